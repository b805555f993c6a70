"""The OpenAPI document: what is checked in is what is served, every reference leads somewhere, every answer fits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from deepsign.serve.schemas import AnswerBody, ModelBody, ProblemBody, VerifyBody
from deepsign.serve.settings import Settings
from serve_stage import server, still

CHECKED_IN = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


def test_the_document_in_the_docs_is_current(tmp_path: Path) -> None:
    served = server(tmp_path).get("/openapi.json").json()
    stale = "python -m deepsign.serve.openapi > docs/openapi.json makes it anew"
    assert served == json.loads(CHECKED_IN.read_text("utf-8")), stale


def test_every_reference_leads_somewhere() -> None:
    text = CHECKED_IN.read_text("utf-8")
    named = set(re.findall(r"#/components/schemas/([A-Za-z]+)", text))
    assert named <= set(json.loads(text)["components"]["schemas"])
    assert {"AnswerBody", "Landmarks", "ProblemBody"} <= named


def test_answers_fit_their_schemas(tmp_path: Path) -> None:
    client = server(tmp_path)
    for model, answer in (
        (AnswerBody, client.post("/v1/predict", json=still())),
        (VerifyBody, client.post("/v1/verify?gloss=A", json=still())),
        (ModelBody, client.get("/v1/models/toy")),
        (ProblemBody, client.get("/v1/models/other")),
    ):
        model.model_validate(answer.json())
        assert set(answer.json()) <= set(model.model_fields), "nothing that the document doesn't tell"


def test_the_guide_tells_every_endpoint_and_asks_nobody_else(tmp_path: Path) -> None:
    client = server(tmp_path)
    answer = client.get("/docs")
    for path in client.get("/openapi.json").json()["paths"]:
        assert f" {path}</code>" in answer.text
    assert "/v1/live" in answer.text
    assert not re.findall(r"(?:src|href|action)=.?(?:https?:)?//", answer.text)
    assert "<script" not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]


def test_every_setting_is_documented_with_its_default() -> None:
    paper = (CHECKED_IN.parent / "api.md").read_text("utf-8")
    for name, setting in Settings.model_fields.items():
        row = re.search(rf"^\| `{name.upper()}` \| ([^|]+) \|", paper, re.M)
        assert row, f"{name} is not in docs/api.md"
        shown = row[1].strip().replace(",", "")
        assert shown == ("none" if setting.default == () else str(setting.default).lower()), name

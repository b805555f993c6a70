"""The OpenAPI document: what is checked in is what is served, every reference leads somewhere, every answer fits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from deepsign.serve.schemas import AnswerBody, ModelBody, ProblemBody, VerifyBody
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

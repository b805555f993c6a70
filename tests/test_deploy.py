"""What a server is deployed with: Dockerfiles, the composed services, their dashboard, Kubernetes and Cloud Run.

There is no Docker engine where these tests run: the files are checked, and what they run is run without it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deepsign import __version__
from deepsign.serve.measures import Measures
from deepsign.serve.run import GRACE_SECONDS
from deepsign.serve.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILES = ("docker/Dockerfile", "deploy/space/Dockerfile")
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
# From the oldest that clouds still offer to the newest that the validator knows of.
KUBERNETES = ("1.32", None)


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / path).read_text("utf-8")))


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_base_is_named_by_its_digest(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    given = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.M))
    bases = [re.sub(r"\$\{(\w+)\}", lambda m: given[m[1]], base) for base in re.findall(r"^FROM (\S+)", text, re.M)]
    assert bases
    for base in bases:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base), base


@pytest.mark.skipif(HADOLINT is None, reason="needs hadolint, which the dev extra has for common machines")
@pytest.mark.parametrize("name", DOCKERFILES)
def test_hadolint_finds_nothing(name: str) -> None:
    # Everything counts, style too; what a file leaves out, it says itself.
    command = [str(HADOLINT), "--no-color", "--failure-threshold", "style", "--config", os.devnull, str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_small_and_may_little() -> None:
    text = (ROOT / "docker" / "Dockerfile").read_text("utf-8")
    build, final = re.split(r"^FROM .*$", text, flags=re.M)[1:]
    # What the first stage does is what docker/check.sh does in a clean folder.
    assert "RUN sh docker/install.sh /opt/deepsign" in build
    assert "sh docker/install.sh" in (ROOT / "docker" / "check.sh").read_text("utf-8")
    assert "COPY --from=build /opt/deepsign /opt/deepsign" in final
    assert re.search(r"^USER [1-9]\d+$", final, re.M)
    assert "/readyz" in re.search(r"^HEALTHCHECK.*\n.*", final, re.M)[0]  # type: ignore[index]
    assert re.search(r'^ENTRYPOINT \["deepsign", "serve"', final, re.M), "SIGTERM has to reach the server"
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", "runs"} <= set(ignored)


def test_the_composed_server_may_little_and_is_watched_by_option() -> None:
    (composed,) = documents("compose.yaml")
    services = composed["services"]
    server = services["deepsign"]
    assert server["read_only"] is True
    assert (server["cap_drop"], server["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert int(server["stop_grace_period"].rstrip("s")) > GRACE_SECONDS
    assert [name for name, one in services.items() if not one.get("profiles")] == ["deepsign"]
    for one in services.values():
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ()))
        for volume in one.get("volumes", ()):
            assert (ROOT / volume.split(":")[0]).is_file(), volume
    assert (ROOT / server["build"]["dockerfile"]).is_file()
    (scraped,) = documents("docker/prometheus.yml")[0]["scrape_configs"]
    assert scraped["static_configs"] == [{"targets": ["deepsign:8000"]}]
    known_settings(server["environment"])


def test_the_dashboard_asks_for_measures_that_there_are() -> None:
    dashboard = json.loads((ROOT / "docker" / "grafana" / "deepsign.json").read_text("utf-8"))
    (source,) = documents("docker/grafana/datasource.yaml")[0]["datasources"]
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(asked) > 5
    families = {family.name for family in Measures().registry.collect()}
    for expression in asked:
        for name in re.findall(r"deepsign_\w+", expression):
            assert re.sub(r"_(total|bucket|count|sum)$", "", name) in families, name
    used = {json.dumps(panel["datasource"]) for panel in dashboard["panels"] if "datasource" in panel}
    assert all(source["uid"] in one for one in used)


def known_settings(variables: Any) -> None:
    """Every DEEPSIGN_SERVE_… variable is a setting: a misspelt one would go unnoticed."""
    for name in variables:
        if name.startswith(PREFIX):
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields, name


@pytest.mark.parametrize("version", KUBERNETES)
def test_the_cluster_s_manifests_fit_kubernetes_own_schemas(version: str | None) -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    version = version or pytest.importorskip("kubernetes_validate").latest_version()
    paths = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
    manifests = [one for path in paths for one in documents(str(path))]
    kinds = {one["kind"] for one in manifests}
    assert kinds == {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
    for manifest in manifests:
        validate(manifest, version, strict=True)
    broken = json.loads(json.dumps(next(one for one in manifests if one["kind"] == "Deployment")))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(Exception, match="readinesProbe"):
        validate(broken, version, strict=True)


def test_the_cluster_s_manifests_agree_with_one_another_and_the_server() -> None:
    deployment, service = documents("deploy/kubernetes/deployment.yaml")
    autoscaler, budget = documents("deploy/kubernetes/autoscaler.yaml")
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert (
        labels
        == deployment["spec"]["selector"]["matchLabels"]
        == service["spec"]["selector"]
        == budget["spec"]["selector"]["matchLabels"]
    )
    assert autoscaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (metric,) = autoscaler["spec"]["metrics"]
    families = {family.name for family in Measures().registry.collect()}
    assert metric["pods"]["metric"]["name"] in families
    assert float(metric["pods"]["target"]["averageValue"]) < Settings(models=()).requests
    (container,) = pod["spec"]["containers"]
    assert container["image"].endswith(f":{__version__}")
    assert pod["spec"]["terminationGracePeriodSeconds"] > GRACE_SECONDS
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    known_settings(variable["name"] for variable in container["env"])


def test_cloud_run_s_service_fits() -> None:
    """Cloud Run takes Knative's shape, whose container is Kubernetes' own."""
    validate = pytest.importorskip("kubernetes_validate").validate
    (service,) = documents("deploy/cloudrun.yaml")
    assert (service["apiVersion"], service["kind"]) == ("serving.knative.dev/v1", "Service")
    assert set(service) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(service["spec"]) <= {"template", "traffic"}
    template = service["spec"]["template"]
    pod = dict(template["spec"])
    assert pod.pop("containerConcurrency") < Settings(models=()).requests
    assert pod.pop("timeoutSeconds") > Settings(models=()).deadline
    known_settings(variable["name"] for variable in pod["containers"][0]["env"])
    for container in pod["containers"]:
        container.setdefault("name", "server")
        for probe in ("startupProbe", "livenessProbe"):  # Cloud Run asks the container's own port
            container[probe]["httpGet"]["port"] = 8000
    as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", **template["metadata"]}, "spec": pod}
    validate(as_pod, KUBERNETES[0], strict=True)


@pytest.mark.skipif(not os.environ.get("CI"), reason="installs into a clean folder, for minutes: runs where CI is set")
def test_the_image_s_steps_make_a_server_that_answers(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = subprocess.run(
        ["sh", str(ROOT / "docker" / "check.sh")],
        env={**os.environ, "TMPDIR": str(tmp_path), "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "check: all well" in done.stdout
    assert list(tmp_path.iterdir()) == []

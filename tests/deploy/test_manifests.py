"""What is deployed is whole, allows the drawn arrows alone, and each planted fault is seen."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cluster.secrets import secrets
from deploy.images.tree import copy as copy_image
from deploy.local.credentials import Safe
from shared.settings import CONTEXTS, SERVICES
from shared.streams import HEARS
from tools.k8s import calls
from tools.manifests import DOCKERFILE, SCHEMAS, all_complaints, of_schema, outdated
from tools.render import NotUnderstood, containers, pod, render

OVERLAYS = Path("deploy/k8s/overlays")
Document = dict[str, Any]


@pytest.fixture(scope="module")
def rendered() -> list[Document]:
    return render(OVERLAYS / "production")


@pytest.fixture
def manifests(rendered: list[Document]) -> list[Document]:
    """A copy that a test may spoil."""
    return copy.deepcopy(rendered)


def named(documents: list[Document], kind: str, name: str) -> Document:
    found = [one for one in documents if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{kind}/{name}: {len(found)}"
    return found[0]


@pytest.mark.parametrize("overlay", ["small", "production"])
def test_every_context_is_whole_in_each_overlay(overlay: str) -> None:
    documents = render(OVERLAYS / overlay)
    for name in SERVICES:
        for kind in ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget"):
            named(documents, kind, name)
        named(documents, "Job", f"migrate-{name}")
        named(documents, "Cluster", f"{name}-db")
        for policy in (name, f"{name}-db", f"migrate-{name}"):
            named(documents, "NetworkPolicy", policy)
    assert not list(all_complaints(documents))
    assert not outdated()


def test_brokers_are_three_and_flush_before_they_acknowledge(manifests: list[Document]) -> None:
    assert named(manifests, "StatefulSet", "nats")["spec"]["replicas"] == 3
    text = named(manifests, "ConfigMap", "nats-config")["data"]["nats.conf"]
    assert "sync_interval: always" in text
    declare = named(manifests, "Job", "declare-streams")
    assert containers(declare)[0]["args"][-2:] == ["--replicas", "3"]


def test_inventory_scales_alone(manifests: list[Document]) -> None:
    scaled = [one for one in manifests if one["kind"] == "HorizontalPodAutoscaler"]
    assert [one["spec"]["scaleTargetRef"]["name"] for one in scaled] == ["inventory"]
    assert "replicas" not in named(manifests, "Deployment", "inventory")["spec"]


def reachable(documents: list[Document], labels: dict[str, str], port: int) -> set[str]:
    """The services whose pods may connect to pods with these labels on a port, by both policies."""

    def fits(selector: Document, of: dict[str, str]) -> bool:
        return bool(selector.get("matchLabels", {}).items() <= of.items())

    def open_to(policy: Document, side: str, peer: str, other: dict[str, str]) -> bool:
        return any(
            any(one["port"] == port for one in rule["ports"])
            and any(
                "podSelector" in who and fits(who["podSelector"], other)
                for who in rule.get(peer, [])
            )
            for rule in policy["spec"].get(side, [])
        )

    policies = [one for one in documents if one["kind"] == "NetworkPolicy"]
    here = [one for one in policies if fits(one["spec"]["podSelector"], labels)]
    found: set[Any] = set()
    for name in SERVICES:
        caller = {"mailuo/service": name, "mailuo/part": "service"}
        theirs = [one for one in policies if fits(one["spec"]["podSelector"], caller)]
        out = any(open_to(one, "egress", "to", labels) for one in theirs)
        into = any(open_to(one, "ingress", "from", caller) for one in here)
        assert out == into, f"{name}: one side of the arrow to {labels} is missing"
        if out:
            found.add(name)
    return found


def test_policies_are_exactly_the_drawn_arrows(manifests: list[Document]) -> None:
    for name in SERVICES:
        own = {"mailuo/service": name, "mailuo/part": "service"}
        callers = {who for who in SERVICES if name in calls(who)}
        assert reachable(manifests, own, 8000) == callers
        assert reachable(manifests, {"cnpg.io/cluster": f"{name}-db"}, 5432) == {name}
    assert reachable(manifests, {"mailuo/part": "broker"}, 4222) == set(SERVICES)
    assert reachable(manifests, {"mailuo/part": "broker"}, 6222) == set()
    assert calls("gateway") == set(CONTEXTS)
    assert calls("sales") == {"inventory", "production", "finance"}
    assert calls("analytics") == set(HEARS["analytics"])
    assert calls("masterdata") == set()


def test_everything_that_is_not_drawn_is_closed(manifests: list[Document]) -> None:
    closed = named(manifests, "NetworkPolicy", "nothing-else")["spec"]
    assert closed["podSelector"] == {}
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert not closed["ingress"]
    assert not closed["egress"]


def test_every_secret_that_is_named_is_made_and_none_is_written_out(
    manifests: list[Document], tmp_path: Path
) -> None:
    made = {one["metadata"]["name"]: set(one["stringData"]) for one in secrets(Safe(tmp_path))}
    named_keys: set[Any] = set()
    for document in manifests:
        for container in containers(document):
            for variable in container.get("env", []):
                if (ref := variable.get("valueFrom", {}).get("secretKeyRef")) is not None:
                    named_keys.add((ref["name"], ref["key"]))
    assert len(named_keys) > 3 * len(SERVICES)
    assert all(key in made[name] for name, key in named_keys)
    assert not [one for one in manifests if one["kind"] == "Secret"]
    config = named(manifests, "ConfigMap", "nats-config")["data"]["nats.conf"]
    assert all(f"${name.upper()}_NKEY" in config for name in ("admin", *SERVICES))


FAULTS: dict[str, Callable[[Any], Any]] = {
    "has no readinessProbe": lambda pod: pod["containers"][0].pop("readinessProbe"),
    "has no livenessProbe": lambda pod: pod["containers"][0].pop("livenessProbe"),
    "may run as root": lambda pod: pod["securityContext"].pop("runAsNonRoot"),
    "runs as root": lambda pod: pod["containers"][0]["securityContext"].update(runAsUser=0),
    "can write to its image": lambda pod: pod["initContainers"][0]["securityContext"].update(
        readOnlyRootFilesystem=False
    ),
    "keeps capabilities": lambda pod: pod["containers"][0]["securityContext"].pop("capabilities"),
    "has no requests and limits": lambda pod: pod["containers"][0].pop("resources"),
    "runs whichever image": lambda pod: pod["containers"][0].update(image="mailuo/sales"),
    "written out": lambda pod: pod["containers"][0]["env"].append(
        {"name": "MAILUO_NATS_SEED", "value": "SU"}
    ),
    "no seccomp profile": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "'memry' was unexpected": lambda pod: pod.update(memry=1),
    "which is not there": lambda pod: pod.update(serviceAccountName="nobody"),
}


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_planted_fault_in_a_pod_is_seen(manifests: list[Document], complaint: str) -> None:
    spec = pod(named(manifests, "Deployment", "sales"))
    FAULTS[complaint](spec)
    found = list(all_complaints(manifests))
    assert found
    assert all(complaint in one for one in found), found


def test_an_open_policy_and_a_misspelt_database_are_seen(manifests: list[Document]) -> None:
    named(manifests, "NetworkPolicy", "sales")["spec"]["ingress"][0].pop("from")
    named(manifests, "Cluster", "sales-db")["spec"]["instnaces"] = 3
    named(manifests, "PrometheusRule", "mailuo")["spec"]["groups"][0]["rules"][0].pop("for")
    found = "\n".join(all_complaints(manifests))
    for complaint in ("sales: lets everybody in", "instnaces", "'for' is a required property"):
        assert complaint in found


DATABASE, RULES = ("Cluster", "sales-db"), ("PrometheusRule", "mailuo")
# What is planted where in a specification, and what the published definition says of it.
MISSPELT: list[tuple[tuple[str, str], tuple[str | int, ...], Any, str]] = [
    (DATABASE, ("postgresql", "maxConections"), 100, "'maxConections' was unexpected"),
    (DATABASE, ("bootstrap", "initdb", "superuser"), "x", "'superuser' was unexpected"),
    (DATABASE, ("postgresql", "parameters", "max_connections"), 100, "is not of type 'string'"),
    (("ScheduledBackup", "sales"), ("method",), "tape", "is not one of ['barmanObjectStore'"),
    (("ScheduledBackup", "sales"), ("cluster",), {}, "'name' is a required property"),
    (RULES, ("groups", 0, "rules", 0, "expression"), "up", "'expression' was unexpected"),
    (RULES, ("groups", 0, "interval"), "soon", "does not match"),
    (("ServiceMonitor", "mailuo"), ("endpoints", 0, "portt"), "http", "'portt' was unexpected"),
]


@pytest.mark.parametrize(("whom", "where", "planted", "complaint"), MISSPELT)
def test_the_publishers_definitions_refuse_what_they_do_not_know(
    whom: tuple[str, str],
    where: tuple[str | int, ...],
    planted: Any,
    complaint: str,
    *,
    manifests: list[Document],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The house's own schemas are set aside, so that these must have seen it."""
    (tmp_path / "published").symlink_to((SCHEMAS / "published").resolve())
    monkeypatch.setattr("tools.manifests.SCHEMAS", tmp_path)
    document = named(manifests, *whom)
    assert not list(of_schema(document))
    place: Any = document["spec"]
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = planted
    found = list(of_schema(document))
    assert len(found) == 1
    assert complaint in found[0]


def test_every_alert_measures_what_services_tell_and_is_explained(
    manifests: list[Document],
) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    from shared.metrics import Metrics

    told = {one.name for one in text_string_to_metric_families(Metrics("x").text().decode())}
    page = Path("docs/operations.md").read_text(encoding="utf-8").lower()
    for rule in named(manifests, "PrometheusRule", "mailuo")["spec"]["groups"][0]["rules"]:
        used = {word for word in told if word in rule["expr"]}
        assert used or rule["expr"].startswith("up{"), rule["expr"]
        assert f"### {rule['alert'].lower()}" in page


def test_an_overlay_that_says_more_than_was_checked_is_refused(tmp_path: Path) -> None:
    wish = {"resources": [], "helmCharts": [{"name": "x"}]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(wish), encoding="utf-8")
    with pytest.raises(NotUnderstood):
        render(tmp_path)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("overlay", ["small", "production"])
def test_kubectl_renders_the_same(overlay: str) -> None:
    ran = subprocess.run(
        ["kubectl", "kustomize", OVERLAYS / overlay], capture_output=True, text=True, check=True
    )

    def by_name(documents: list[Document]) -> dict[str, Document]:
        return {f"{one['kind']}/{one['metadata']['name']}": one for one in documents}

    theirs = by_name(list(yaml.safe_load_all(ran.stdout)))
    ours = by_name(render(OVERLAYS / overlay))
    assert theirs.keys() == ours.keys()
    for name, document in ours.items():
        assert json.dumps(theirs[name], sort_keys=True) == json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("service", ["sales", "gateway", "operations"])
def test_an_image_holds_all_that_its_service_imports(service: str, tmp_path: Path) -> None:
    """Also without the libraries that images leave out."""
    copy_image(service, tmp_path)
    assert not (tmp_path / "tests").exists(), "the switches of the crash tests are in an image"
    left_out = Path("deploy/images/left-out.txt").read_text(encoding="utf-8").split()
    modules = ["deploy.local.one", "shared.migrate", "deploy.cluster.serve"]
    if service == "operations":
        modules += ["deploy.cluster.streams", "deploy.cluster.reconcile"]
    else:
        modules.append("gateway.app" if service == "gateway" else f"services.{service}.app")
    program = f"""
import sys, importlib
for name in {[name.replace("-", "_") for name in left_out]}: sys.modules[name] = None
for name in {modules}: importlib.import_module(name)
print(sorted(name for name in sys.modules if name.startswith("services.")))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    if service == "sales":
        assert "services.finance" not in ran.stdout


def test_the_dockerfile_is_linted_and_leaves_the_tools_out(tmp_path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    spoilt = tmp_path / "Dockerfile"
    spoilt.write_text("FROM python\nRUN cd /x && pip install fastapi\n", encoding="utf-8")
    assert subprocess.run([hadolint, DOCKERFILE], check=False).returncode == 0
    assert subprocess.run([hadolint, spoilt], capture_output=True, check=False).returncode != 0
    import tomllib

    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = {one.split(">")[0] for one in project["optional-dependencies"]["dev"]}
    left_out = set(Path("deploy/images/left-out.txt").read_text(encoding="utf-8").split())
    assert tools <= left_out, f"images would carry {sorted(tools - left_out)}"
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert "USER 10001" in text
    assert "--require-hashes" in text

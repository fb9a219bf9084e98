"""Checks what is deployed: `python -m tools.manifests` renders both overlays and judges them.

Kubernetes' kinds against their schemas (strict), custom kinds against their publishers' and the
house's (deploy/k8s/schemas), the house rules below against every pod, the Dockerfile with hadolint.
Exits 1 and names each fault.
"""

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import kubernetes_validate  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import yaml

from tools import k8s
from tools.render import Document, containers, pod, render

OVERLAYS: Final = Path("deploy/k8s/overlays")
SCHEMAS: Final = Path("deploy/k8s/schemas")
DOCKERFILE: Final = Path("deploy/images/Dockerfile")
KUBERNETES: Final = "1.33"  # the oldest version that must take the manifests
PROBES: Final = ("startupProbe", "livenessProbe", "readinessProbe")


def main() -> int:
    """Every complaint on a line of its own."""
    complaints = [f"{path} is out of date: python -m tools.k8s" for path in outdated()]
    counted = 0
    for overlay in sorted(OVERLAYS.iterdir()):
        documents = render(overlay)
        counted += len(documents)
        complaints += [f"{overlay.name}: {one}" for one in all_complaints(documents)]
    hadolint = Path(sys.executable).with_name("hadolint")
    linted = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)  # noqa: S603 - our file
    complaints += linted.stdout.splitlines() + linted.stderr.splitlines()
    print("\n".join(complaints) or f"{counted} manifests and the Dockerfile are sound")
    return bool(complaints)


def outdated() -> list[Path]:
    return [path for path, text in k8s.files().items() if not k8s.same(path, text)]


def all_complaints(documents: list[Document]) -> Iterator[str]:
    for document in documents:
        name = f"{document['kind']}/{document['metadata']['name']}"
        for complaint in (*of_schema(document), *of_pod(document), *of_policy(document)):
            yield f"{name}: {complaint}"
    yield from of_references(documents)


def of_schema(document: Document) -> Iterator[str]:
    """A field that the kind does not have, a value of the wrong type, or against the house."""
    kind = document["kind"]
    paths = (SCHEMAS / "published" / f"{kind}.json", SCHEMAS / f"{kind}.yaml")
    custom = [path for path in paths if path.exists()]
    try:
        if not custom:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)  # pyright: ignore[reportUnknownMemberType]
        for path in custom:
            validator(path).validate(document["spec"])  # pyright: ignore[reportUnknownMemberType]
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as fault:
        yield str(fault.message)  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
    except kubernetes_validate.SchemaNotFoundError:
        yield "there is no schema for this kind"


@cache
def validator(path: Path) -> Any:
    """JSON is YAML."""
    return jsonschema.Draft202012Validator(yaml.safe_load(path.read_text(encoding="utf-8")))


def of_pod(document: Document) -> Iterator[str]:
    """Nobody runs as root or may write to its image; whoever serves says whether it lives."""
    spec = pod(document)
    if spec is None:
        return
    context = spec.get("securityContext", {})
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "no seccomp profile"
    if spec.get("automountServiceAccountToken") is not False:
        yield "is given a key to the cluster that it does not need"
    for container in containers(document):
        yield from of_container(container)
    if document["kind"] not in {"Job", "CronJob"}:
        for container in spec["containers"]:
            for missing in (probe for probe in PROBES if probe not in container):
                yield f"{container['name']} has no {missing}"


def of_container(container: Document) -> Iterator[str]:
    name, rights = container["name"], container.get("securityContext", {})
    if rights.get("runAsUser") == 0 or rights.get("privileged"):
        yield f"{name} runs as root"
    if rights.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may gain privileges"
    if rights.get("readOnlyRootFilesystem") is not True:
        yield f"{name} can write to its image"
    if rights.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{name} keeps capabilities"
    sizes = container.get("resources", {})
    if not all({"cpu", "memory"} <= set(sizes.get(kind, {})) for kind in ("requests", "limits")):
        yield f"{name} has no requests and limits"
    if ":" not in container["image"] or container["image"].endswith(":latest"):
        yield f"{name} runs whichever image is there"
    for variable in container.get("env", []):
        secret = any(word in variable["name"] for word in ("PASSWORD", "SEED", "_KEY", "TOKEN"))
        if secret and "value" in variable:
            yield f"{name} has {variable['name']} written out"


def of_policy(document: Document) -> Iterator[str]:
    """A rule without peers lets everybody in; outwards only the databases' operator needs one."""
    if document["kind"] != "NetworkPolicy":
        return
    for rule in document["spec"].get("ingress", []):
        if not rule.get("from") or not rule.get("ports"):
            yield "lets everybody in"
    for rule in document["spec"].get("egress", []):
        ports = {port["port"] for port in rule.get("ports", [])}
        if not ports or (not rule.get("to") and ports != {443, 6443}):
            yield "lets anything out"


def of_references(documents: list[Document]) -> Iterator[str]:
    """Maps and accounts that a pod names must be there; secrets come from outside."""
    present = {(one["kind"], one["metadata"]["name"]) for one in documents}
    for document in documents:
        for kind, name in named_by(document):
            if (kind, name) not in present:
                yield f"{document['metadata']['name']} needs {kind}/{name}, which is not there"


def named_by(document: Document) -> Iterator[tuple[str, str]]:
    spec = pod(document)
    if spec is None:
        return
    yield "ServiceAccount", spec["serviceAccountName"]
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
    for container in containers(document):
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                yield "ConfigMap", source["configMapRef"]["name"]


if __name__ == "__main__":
    sys.exit(main())

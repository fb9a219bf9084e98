"""Renders the overlays offline, as `kubectl kustomize` does, for the part of kustomize used here.

Understood: resources, namespace, labels (not in selectors), images, replicas, JSON patches with
a target. Anything else is refused, so that an overlay never means more than what was checked; where
kubectl is installed a test compares both (tests/deploy).
"""

import copy
import sys
from pathlib import Path
from typing import Any, Final

import yaml

Document = dict[str, Any]
UNDERSTOOD: Final = frozenset(
    ("apiVersion", "kind", "namespace", "labels", "resources", "images", "replicas", "patches")
)
WITHOUT_NAMESPACE: Final = frozenset(("Namespace",))
WORKLOADS: Final = frozenset(("Deployment", "StatefulSet", "Job", "CronJob"))
SCALED: Final = frozenset(("Deployment", "StatefulSet"))


class NotUnderstood(Exception):
    """The kustomization says something that this renderer would pass over."""


def render(folder: Path) -> list[Document]:
    """The documents of a kustomization, changed as it says."""
    wish: Document = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    if unknown := set(wish) - UNDERSTOOD:
        raise NotUnderstood(f"{folder}: {sorted(unknown)}")
    documents: list[Document] = []
    for name in wish.get("resources", []):
        path = (folder / name).resolve()
        documents += render(path) if path.is_dir() else loaded(path)
    for patch in wish.get("patches", []):
        operations = yaml.safe_load((folder / patch["path"]).read_text(encoding="utf-8"))
        for document in documents:
            if meant(document, patch["target"]):
                apply(document, operations)
    for document in documents:
        change(document, wish)
    return documents


def loaded(path: Path) -> list[Document]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def change(document: Document, wish: Document) -> None:
    """Namespace, labels, image tags and numbers of replicas."""
    metadata = document["metadata"]
    if "namespace" in wish and document["kind"] not in WITHOUT_NAMESPACE:
        metadata["namespace"] = wish["namespace"]
    for labels in wish.get("labels", []):
        if set(labels) != {"pairs"}:
            raise NotUnderstood(f"labels: {sorted(labels)}")
        metadata.setdefault("labels", {}).update(labels["pairs"])
    for image in wish.get("images", []):
        for container in containers(document):
            if container["image"].split(":")[0] == image["name"]:
                container["image"] = f"{image['name']}:{image['newTag']}"
    for scale in wish.get("replicas", []):
        if document["kind"] in SCALED and metadata["name"] == scale["name"]:
            document["spec"]["replicas"] = scale["count"]


def pod(document: Document) -> Document | None:
    """The pod that a workload starts, None for other kinds."""
    spec: Document = document.get("spec", {})
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if document["kind"] not in WORKLOADS:
        return None
    found: Document = spec["template"]["spec"]
    return found


def containers(document: Document) -> list[Document]:
    spec = pod(document) or {}
    return [*spec.get("initContainers", []), *spec.get("containers", [])]


def meant(document: Document, target: Document) -> bool:
    """Whether a patch's target names this document."""
    group = document["apiVersion"].rpartition("/")[0]
    labels = document["metadata"].get("labels", {})
    for key, value in target.items():
        if key == "labelSelector":
            name, _, wanted = value.partition("=")
            fits = labels.get(name) == wanted
        elif key in {"kind", "name", "group"}:
            fits = value == {**document["metadata"], "kind": document["kind"], "group": group}[key]
        else:
            raise NotUnderstood(f"target: {key}")
        if not fits:
            return False
    return True


def apply(document: Document, operations: list[Document]) -> None:
    """JSON Patch (RFC 6902): add and replace."""
    for operation in operations:
        *way, last = operation["path"].strip("/").split("/")
        place: Any = document
        for step in way:
            step = step.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - unescaped
            place = place[int(step)] if step.isdigit() else place[step]
        if operation["op"] == "replace" and last not in place:
            raise KeyError(operation["path"])
        if operation["op"] not in {"add", "replace"}:
            raise NotUnderstood(operation["op"])
        place[last] = copy.deepcopy(operation["value"])


if __name__ == "__main__":
    yaml.safe_dump_all(render(Path(sys.argv[1])), sys.stdout, sort_keys=False)

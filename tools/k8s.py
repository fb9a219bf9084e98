"""Writes what kustomize cannot say shortly: nine like services, and the arrows between them.

`python -m tools.k8s` fills deploy/k8s/templates for each context and derives NetworkPolicies, the
broker's rights and the peers' addresses from the data that the product itself runs on
(shared/streams.py, the sagas' plans). `--check` writes nothing and exits 1 when files differ.
"""

import hashlib
import importlib
import json
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.local.assemble import package_of
from shared.saga import Plan
from shared.settings import CONTEXTS, SERVICES
from shared.streams import HEARS, permissions
from tools.k8s_network import arrows_as_policies

BASE: Final = Path("deploy/k8s/base")
TEMPLATES: Final = Path("deploy/k8s/templates")
WRITTEN: Final = (
    "# Written by `python -m tools.k8s`; change deploy/k8s/templates or that program.\n"
)
Documents = list[dict[str, Any]]


class Template(string.Template):
    """`%{context}` is filled in; `$(VARIABLE)` stays for Kubernetes."""

    delimiter = "%"


class Plain(yaml.SafeDumper):
    """Every value written out: not every reader of manifests knows anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature of PyYAML
        return True


def block(_dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Several lines are shown as several lines."""
    style = "|" if "\n" in text else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


Plain.add_representer(str, block)


def calls(context: str) -> set[str]:
    """The services that this one asks over HTTP: its sagas' steps, and what it reads anew."""
    asked = {
        call.service
        for plan in plans(context)
        for step in plan.steps
        for call in (step.ask, step.undo)
        if call is not None
    }
    rebuilt = set(HEARS[context]) if context == "analytics" else set[str]()
    proxied = set(CONTEXTS) if context == "gateway" else set[str]()
    return (asked | rebuilt | proxied) - {context}


def plans(context: str) -> Iterator[Plan]:
    """The sagas of a context, straight from their slices: they need nothing of the service."""
    package = package_of(context)
    for path in sorted(Path(*package.split(".")).glob("*/plan.py")):
        module = importlib.import_module(f"{package}.{path.parent.name}.plan")
        yield from (value for value in vars(module).values() if isinstance(value, Plan))


def filled(template: str, **values: str) -> Documents:
    """A template's documents."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    documents: Documents = yaml.safe_load(Template(text).substitute(values))
    return documents


def of_service(name: str) -> Documents:
    """One service; only the gateway gets to know the secret shared with the identity provider."""
    documents = filled("service.yaml", context=name)
    if name == "gateway":
        [deployment] = [one for one in documents if one["kind"] == "Deployment"]
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        container["envFrom"].append({"secretRef": {"name": "identity-provider", "optional": True}})
    return documents


def reconciliation() -> Documents:
    """The nightly look at every database, and the repair that waits for a person to start it."""
    look = filled("reconcile.yaml", name="reconcile", suspend="false", flag="")
    mend = filled("reconcile.yaml", name="repair", suspend="true", flag=", --repair")
    urls = {
        name: f"postgresql+psycopg://{name}_app:${name.upper()}_PASSWORD@{name}-db-rw:5432/{name}"
        f"?sslmode=verify-full&sslrootcert=/etc/database/{name}.crt"
        for name in SERVICES
    }
    for document in (*look, *mend):
        spec = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        variables = spec["containers"][0]["env"]
        variables.append({"name": "MAILUO_DATABASES", "value": json.dumps(urls)})
        for name in SERVICES:
            source = {"secretKeyRef": {"name": f"{name}-role-app", "key": "password"}}
            variables.append({"name": f"{name.upper()}_PASSWORD", "valueFrom": source})
            items = [{"key": "ca.crt", "path": f"{name}.crt"}]
            authority = {"secret": {"name": f"{name}-db-ca", "items": items}}
            spec["volumes"][1]["projected"]["sources"].append(authority)
    return [*look, *mend]


def settings() -> Documents:
    """What every service is told alike: where the others, the broker and the collector are."""
    data = {
        "MAILUO_HOST": "0.0.0.0",  # noqa: S104 - inside a pod, behind a NetworkPolicy
        "MAILUO_PORT": "8000",
        "MAILUO_NATS_URL": "nats://nats:4222",
        "MAILUO_OTLP_ENDPOINT": "http://telemetry:4318",
        "MAILUO_TIME_ZONE": "Asia/Shanghai",
        "MAILUO_PEERS": json.dumps({name: f"http://{name}:8000" for name in SERVICES}),
        "TRACES_ENDPOINT": "http://traces.observability:4318",
    }
    return [config_map("mailuo", data)]


def broker() -> Documents:
    """The brokers' configuration; public keys come as variables out of a Secret."""
    users = [user("admin", None)]
    users += [user(name, permissions(name, HEARS[name])) for name in SERVICES]
    routes = [f"nats://nats-{number}.nats-peers:6222" for number in range(3)]
    text = "\n".join(
        [
            "server_name: $POD_NAME",
            "listen: 0.0.0.0:4222",
            "http: 0.0.0.0:8222",
            "pid_file: /run/nats/nats.pid",
            "max_payload: 1048576",
            "lame_duck_duration: 30s",
            "jetstream { store_dir: /data, sync_interval: always }",
            f"cluster {{ name: mailuo, listen: 0.0.0.0:6222, routes: {json.dumps(routes)} }}",
            "accounts { APP { jetstream: enabled, users: [",
            *users,
            "] } }",
            "",
        ]
    )
    return [config_map("nats-config", {"nats.conf": text})]


def user(name: str, rights: dict[str, list[str]] | None) -> str:
    """One identity with exactly its rights, as the broker's configuration spells it."""
    may = "" if rights is None else f", permissions: {json.dumps(rights)}"
    return f"  {{ nkey: ${name.upper()}_NKEY{may} }}"


def config_map(name: str, data: dict[str, str]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]
    metadata = {"name": name, "annotations": {"mailuo/digest": digest}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def files() -> dict[Path, str]:
    """Every written file with its content."""
    found = {BASE / "services" / f"{name}.yaml": of_service(name) for name in SERVICES}
    found |= {
        BASE / "reconcile.yaml": reconciliation(),
        BASE / "settings.yaml": settings(),
        BASE / "nats-config.yaml": broker(),
        BASE / "arrows.yaml": arrows_as_policies({name: calls(name) for name in SERVICES}),
    }
    return {path: text_of(documents) for path, documents in found.items()}


def text_of(documents: Iterable[dict[str, Any]]) -> str:
    dumped = yaml.dump_all(documents, Dumper=Plain, sort_keys=False, width=100, allow_unicode=True)
    return WRITTEN + dumped


def main() -> int:
    differing = [path for path, text in files().items() if not same(path, text)]
    if "--check" in sys.argv:
        print("\n".join(f"{path} is out of date: make manifests" for path in differing) or "same")
        return bool(differing)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(differing)} files written")
    return 0


def same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())

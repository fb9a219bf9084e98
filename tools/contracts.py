"""Exports the published language: event schemas, AsyncAPI and every service's OpenAPI.

`python -m tools.contracts` writes docs/contracts and refuses a change that is not additive: a
break is a `.v2` beside `.v1`. `--check` writes nothing and exits 1 when the files are out of date;
`--break` writes a break all the same, for a contract that no release has carried yet.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from deploy.local.assemble import installed_services
from shared.contracts.registry import RESTRICTED, context_of, events
from shared.settings import ServiceSettings
from tools.additive import breaks

TARGET = Path("docs/contracts")
CATALOGUE = Path("gateway/identity/roles/permissions.json")
HEARD = Path("shared/heard.json")
HEADERS = {"type": "object", "properties": {"Nats-Msg-Id": {"type": "string"}}}
Documents = dict[Path, Any]


def event_schema(subject: str) -> dict[str, Any]:
    """The JSON Schema of an event's data, as its producer fills it."""
    schema = events()[subject].model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": subject, **schema}


def async_api() -> dict[str, Any]:
    """One AsyncAPI 3.0 document over all channels."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for subject, kind in events().items():
        name = subject.removeprefix("erp.").replace(".", "_")
        payload = inlined(kind.model_json_schema(mode="serialization"))
        channels[name] = {
            "address": subject,
            "messages": {
                "event": {
                    "name": kind.__name__,
                    "contentType": "application/cloudevents+json",
                    "summary": (kind.__doc__ or "").split("\n")[0],
                    "headers": {
                        "type": "object",
                        "properties": {"Nats-Msg-Id": {"type": "string"}},
                    },
                    "payload": {
                        "type": "object",
                        "required": ["id", "source", "type", "time", "sequence", "data"],
                        "properties": {"type": {"const": subject}, "data": payload},
                    },
                }
            },
            **({"x-readers": sorted(RESTRICTED[subject])} if subject in RESTRICTED else {}),
        }
        operations[f"tell_{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "tags": [{"name": context_of(subject)}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Mailuo events", "version": "1.0.0"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
    }


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its own definitions put where they are referred to."""
    definitions: Mapping[str, Any] = schema.pop("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(value) for value in cast("list[Any]", node)]
        if not isinstance(node, dict):
            return node
        pairs = cast("dict[str, Any]", node)
        if "$ref" in pairs:
            return walk(definitions[pairs["$ref"].rsplit("/", 1)[1]])
        return {key: walk(value) for key, value in pairs.items()}

    walked: dict[str, Any] = walk(schema)
    return walked


def open_api(context: str) -> dict[str, Any]:
    """A service's OpenAPI document, made without starting it."""
    package = "gateway" if context == "gateway" else f"services.{context}"
    app = importlib.import_module(f"{package}.app").create_app(dry_settings(context))
    document: dict[str, Any] = app.openapi()
    return document


def dry_settings(context: str) -> ServiceSettings:
    """Settings that connect to nothing: enough to assemble an app."""
    from joserfc.jwk import OKPKey

    key = OKPKey.generate_key("Ed25519", parameters={"kid": context})
    return ServiceSettings(
        context=context,
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
        signing_key=json.dumps(key.as_dict(private=True)),
        trust=json.dumps({"keys": [key.as_dict(private=False)]}),
        background=False,
    )


def exported() -> Iterator[tuple[Path, Any]]:
    for subject in events():
        yield TARGET / "events" / f"{subject}.json", event_schema(subject)
    yield TARGET / "asyncapi.json", async_api()
    yield CATALOGUE, permission_catalogue()
    yield HEARD, subjects_heard()
    for context in installed_services():
        yield TARGET / "openapi" / f"{context}.json", open_api(context)


def subjects_heard() -> dict[str, dict[str, list[str]]]:
    """The subjects that each service reacts to, by source: what the broker delivers to it."""
    found: dict[str, dict[str, list[str]]] = {}
    for context in installed_services():
        if context != "gateway":
            app = importlib.import_module(f"services.{context}.app").create_app(
                dry_settings(context)
            )
            subjects = {reaction.event.subject for reaction in app.state.spec.reactions}
            by_source = found.setdefault(context, {})
            for subject in sorted(subjects):
                by_source.setdefault(context_of(subject), []).append(subject)
    return found


def permission_catalogue() -> list[str]:
    """Every permission that a route or an action asks for: what roles are made of."""
    found: set[str] = set()
    for context in installed_services():
        package = "gateway" if context == "gateway" else f"services.{context}"
        labels: Mapping[str, Any] = importlib.import_module(f"{package}.labels").LABELS
        found |= {code for code in labels if re.fullmatch(rf"{context}\.[a-z_]+\.[a-z_]+", code)}
        for item in open_api(context)["paths"].values():
            for operation in item.values():
                found |= set(operation.get("x-permissions", []))
    return sorted(found)


def text_of(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def stale(documents: Documents) -> list[Path]:
    """Files that are missing, differ, or belong to nothing any more."""
    differing = [
        path
        for path, document in documents.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text_of(document)
    ]
    return differing + sorted(set(TARGET.rglob("*.json")) - set(documents))


def broken(documents: Documents) -> list[str]:
    """What the new event schemas would take away from those that read the committed ones."""
    found: list[str] = []
    for path in sorted((TARGET / "events").glob("*.json")):
        old = json.loads(path.read_text(encoding="utf-8"))
        if path not in documents:
            found.append(f"{path.stem}: no longer published")
        else:
            found += [f"{path.stem}{fault}" for fault in breaks(old, documents[path])]
    return found


def main(arguments: list[str]) -> int:
    documents = dict(exported())
    if "--check" in arguments:
        late = stale(documents)
        print("\n".join(f"out of date: {path} (run make contracts)" for path in late) or "current")
        return bool(late)
    if (faults := broken(documents)) and "--break" not in arguments:
        print("Not additive; publish a .v2 beside it:", *faults, sep="\n  ")
        return 1
    for path in stale(documents):
        if path not in documents:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(documents[path]), encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Publishers' schemas of the custom kinds, made anew: see deploy/k8s/schemas/README.md.

    python -m tools.crds cnpg PACKAGE/dist/postgresql.cnpg.io.d.ts
    python -m tools.crds prometheus       # where cloudcoil.models.prometheus_operator is installed

Both sources are generated from the operators' own resource definitions; what is written keeps their
names, nesting, types, enumerations, patterns and required fields, and drops the descriptions.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

PUBLISHED: Final = Path("deploy/k8s/schemas/published")
INTERFACE: Final = re.compile(r"^export interface (\w+) \{\n(.*?)^\}", re.M | re.S)
FIELD: Final = re.compile(
    r"@schema \w+#(\S+)\n\s*\*/\n\s*readonly \S+?(\??): (\{.*?\}|[^{\n]+);", re.S
)
ENUM: Final = re.compile(r"^export declare enum (\w+) \{\n(.*?)^\}", re.M | re.S)
EITHER: Final = re.compile(r"^export declare class (\w+) \{$", re.M)  # a number or a string
PLAIN: Final = {"any": {}, "Date": {"type": "string"}, "number | string": {}}
CNPG: Final = ("Cluster", "ScheduledBackup")
PROMETHEUS: Final = ("PrometheusRule", "ServiceMonitor")
Schema = dict[str, Any]


def main(arguments: list[str]) -> int:
    kinds = of_declarations if arguments[0] == "cnpg" else of_models
    for name, schema in kinds(arguments[1:]):
        text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
        (PUBLISHED / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return 0


def of_declarations(paths: list[str]) -> Iterator[tuple[str, Schema]]:
    """Kinds out of TypeScript declarations as `cdk8s import` writes them."""
    text = Path(paths[0]).read_text(encoding="utf-8")
    known = {name: interface(body) for name, body in INTERFACE.findall(text)}
    for name, body in ENUM.findall(text):
        known[name] = {"enum": re.findall(r'= "(.*)"', body)}
    for name in EITHER.findall(text):
        known[name] = {"type": ["integer", "number", "string"]}
    for kind in CNPG:
        yield kind, {"$ref": f"#/$defs/{kind}Spec", "$defs": dict(sorted(reached(kind, known)))}


def interface(body: str) -> Schema:
    """An object: nobody may set a field that it does not have."""
    fields = FIELD.findall(body)
    found: Schema = {"type": "object", "properties": {n: typed(kind) for n, _, kind in fields}}
    if required := [name for name, optional, _ in fields if not optional]:
        found["required"] = sorted(required)
    return found | ({"additionalProperties": False} if fields else {})


def typed(kind: str) -> Schema:
    """A TypeScript type as a schema."""
    if kind in PLAIN:
        return dict(PLAIN[kind])
    if kind in {"string", "boolean", "number"}:
        return {"type": kind}
    if kind.endswith("[]"):
        return {"type": "array", "items": typed(kind[:-2])}
    if found := re.fullmatch(r"\{\s*\[key: string\]: (.+?);?\s*\}", kind):
        return {"type": "object", "additionalProperties": typed(found[1])}
    return {"$ref": f"#/$defs/{kind}"}


def reached(kind: str, known: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """What the kind's specification is made of."""
    waiting, seen = [f"{kind}Spec"], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name, known[name]
            waiting += re.findall(r"#/\$defs/(\w+)", json.dumps(known[name]))


def of_models(_: list[str]) -> Iterator[tuple[str, Schema]]:
    """Kinds out of pydantic models."""
    models: Any = importlib.import_module("cloudcoil.models.prometheus_operator.v1")
    for kind in PROMETHEUS:
        whole = getattr(models, kind).model_json_schema(by_alias=True)
        known = {name: closed(schema) for name, schema in whole["$defs"].items()}
        yield kind, {"$ref": f"#/$defs/{kind}Spec", "$defs": dict(sorted(reached(kind, known)))}


def closed(schema: Any, *, names: bool = False) -> Any:
    """Without words and null defaults; `names`: the keys are fields, not words of the schema."""
    if isinstance(schema, list):
        return [closed(one) for one in cast("list[Any]", schema)]
    if isinstance(schema, str):
        return schema.replace("^(?i)", "(?i)^")  # Go's place for the flag is none of Python's
    if not isinstance(schema, dict):
        return schema
    found: Schema = {
        key: closed(value, names=key == "properties" and not names)
        for key, value in cast("Schema", schema).items()
        if names or key not in {"title", "description", "default"}
    }
    if not names and "properties" in found:
        found.setdefault("additionalProperties", False)
    either = [one for one in found.get("anyOf", []) if one != {"type": "null"}]
    return either[0] if not names and len(either) == 1 else found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

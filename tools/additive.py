"""Whether a new JSON Schema still gives its readers all that the old one promised. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """What readers of `old` would miss in `new`, as paths with a reason; empty when additive.

    A producer may add fields and loosen nothing: what was always there must stay, with its type,
    its meaning of null, and no value that the reader was not told of.
    """
    return list(differences(old, new, old, new, "", frozenset()))


def differences(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str, seen: frozenset[str]
) -> Iterator[str]:
    if "$ref" in old and str(old["$ref"]) in seen:
        return
    seen |= {str(old.get("$ref", ""))} - {""}
    old, new = resolved(old, old_root), resolved(new, new_root)
    if kinds(old, old_root) != kinds(new, new_root):
        yield f"{path}: type was {sorted(kinds(old, old_root))}, is {sorted(kinds(new, new_root))}"
        return
    if missing := set(new.get("enum", [])) - set(old.get("enum", new.get("enum", []))):
        yield f"{path}: new values {sorted(map(str, missing))}"
    told = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        if name not in told:
            yield f"{path}/{name}: field gone"
        else:
            yield from differences(field, told[name], old_root, new_root, f"{path}/{name}", seen)
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        if name in told:
            yield f"{path}/{name}: no longer always there"
    if "items" in old and "items" in new:
        yield from differences(old["items"], new["items"], old_root, new_root, f"{path}/[]", seen)


def resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    definition: Schema = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[1]]
    return definition


def kinds(schema: Schema, root: Schema) -> frozenset[str]:
    """The JSON types (with formats) that a value may have, through `anyOf`."""
    if "anyOf" in schema:
        parts = (kinds(resolved(part, root), root) for part in schema["anyOf"])
        return frozenset[str]().union(*parts)
    kind = str(schema.get("type", "any"))
    return frozenset({f"{kind}:{schema['format']}" if "format" in schema else kind})

"""The check that guards the published language, seen to fail on each kind of break."""

from typing import Any

import pytest
from pydantic import BaseModel

from tools.additive import breaks


class Line(BaseModel):
    item: str
    quantity: str


class Old(BaseModel):
    id: str
    note: str | None = None
    lines: tuple[Line, ...]


def changed(**fields: Any) -> dict[str, Any]:
    schema = Old.model_json_schema(mode="serialization")
    properties = {**schema["properties"], **fields}
    kept = {name: field for name, field in properties.items() if field is not None}
    return {**schema, "properties": kept, "required": [n for n in schema["required"] if n in kept]}


OLD = Old.model_json_schema(mode="serialization")


def test_a_new_field_is_additive() -> None:
    assert breaks(OLD, changed(colour={"type": "string"})) == []


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        (changed(id=None), "/id: field gone"),
        (changed(id={"type": "integer"}), "/id: type was ['string'], is ['integer']"),
        ({**OLD, "required": ["lines", "note"]}, "/id: no longer always there"),
    ],
)
def test_a_break_is_named(new: dict[str, Any], fault: str) -> None:
    assert breaks(OLD, new) == [fault]


def test_a_break_inside_a_line_is_found() -> None:
    line: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    new = {**OLD, "$defs": {"Line": line}}
    assert breaks(OLD, new) == ["/lines/[]/item: field gone", "/lines/[]/quantity: field gone"]

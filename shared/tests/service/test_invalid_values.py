"""What a person reads about a wrong value, in both languages, with the numbers that matter."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core import core_schema

from shared.answers import entry
from shared.contracts.base import Body, Quantity, refuse_control_characters
from shared.invalid_values import TYPES

HAN = re.compile(r"[\u4e00-\u9fff]")
# Of Python calls, classes and dataclasses: no request meets them.
OF_CODE = re.compile(
    r"^(arguments|call|counter|dataclass|default_factory|deque|ellipsis|fraction|frozen_(dict|field|inst)"
    r"|get_attribute|is_|missing_|multiple_argument|named_tuple|needs_python|no_such|ordered_dict"
    r"|unexpected_)"
)


class Wish(Body):
    name: Annotated[
        str, Field(min_length=2, max_length=4), AfterValidator(refuse_control_characters)
    ]
    kind: Literal["a", "b"] = "a"
    quantity: Quantity = Decimal(1)
    day: date = date(2026, 1, 1)
    id: UUID | None = None
    lines: Annotated[tuple[int, ...], Field(max_length=2)] = ()


def shown(kind: type[BaseModel], given: dict[str, Any], language: str) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(given)
    errors: list[Any] = refused.value.errors()
    return [entry({**error, "loc": ("body", *error["loc"])}, language) for error in errors]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "必填项缺失"),
        ({"name": "x"}, "至少 2 个字符"),
        ({"name": "xy", "other": 1}, "不允许填写此项"),
        ({"name": "x\x01y"}, "不允许包含控制字符"),
        ({"name": "xy", "kind": "c"}, "应为以下之一：'a' or 'b'"),
        ({"name": "xy", "quantity": "0"}, "应大于 0"),
        ({"name": "xy", "day": "yesterday"}, "无法识别为日期"),
        ({"name": "xy", "id": "5"}, "无法识别为 UUID"),
        ({"name": "xy", "lines": [1, 2, 3]}, "最多 2 项，实际 3 项"),
    ],
)
def test_a_wrong_value_is_explained_in_both_languages(given: dict[str, Any], said: str) -> None:
    [chinese], [english] = shown(Wish, given, "zh-CN"), shown(Wish, given, "en-US")
    assert chinese["detail"].startswith(said), chinese
    assert not HAN.search(english["detail"]), english
    assert {**chinese, "detail": ""} == {**english, "detail": ""}


def test_no_kind_of_wrong_value_lacks_its_chinese() -> None:
    kinds = {kind for kind in get_args(core_schema.ErrorType) if not OF_CODE.match(kind)}
    assert kinds <= TYPES.keys(), sorted(kinds - TYPES.keys())
    assert all(HAN.search(told) for told in TYPES.values())

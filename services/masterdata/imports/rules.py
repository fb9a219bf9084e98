"""Reading a CSV file into wishes, and saying what is wrong cell by cell. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from services.masterdata.masters.rules import Fault
from shared.contracts.base import Body
from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

ROWS_MAX = 50_000
BYTES_MAX = 20_000_000
ERRORS_MAX = 1000
LISTS = frozenset({"item_codes", "scope"})  # cells that hold several values, parted by `;`


class ImportRefused(Refused):
    title = Bilingual(
        "The file cannot be taken over; nothing was changed", "文件无法导入，未做任何更改"
    )
    lifted_by = Bilingual(
        "Correct the cells named and import the whole file again",
        "修正所列单元格后重新导入整个文件",
    )


class KindUnknown(NotFound):
    title = Bilingual("There is no import of this kind", "没有这种导入类型")


PERMISSIONS = {
    "qualifications": "masterdata.supplier.qualify",
    "licences": "masterdata.customer.license",
    "conversions": "masterdata.unit.write",
    "companies": "masterdata.company.write",
}


def permission_for(kind: str) -> str:
    """Who may import a kind may also enter it by hand: `items` needs `masterdata.item.write`."""
    return PERMISSIONS.get(kind, f"masterdata.{kind.removesuffix('s')}.write")


@dataclass(frozen=True)
class Format:
    """How rows become wishes: rows of the same `keys` are one wish when `lines` names its list."""

    body: type[Body]
    keys: tuple[str, ...]
    lines: str = ""
    heads: frozenset[str] = frozenset()  # columns of the wish itself, when it has lines

    def columns(self) -> frozenset[str]:
        """Every column that a file of this kind may have."""
        fields = frozenset(self.body.model_fields)
        if not self.lines:
            return fields
        line: type[Body] = get_args(self.body.model_fields[self.lines].annotation)[0]
        return self.heads | frozenset(line.model_fields)


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell; rows count from 1, the header."""

    row: int
    column: str
    code: str
    detail: Bilingual
    value: str = ""

    def shown(self) -> dict[str, Any]:
        detail = {"en": self.detail.en, "zh": self.detail.zh}
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "detail": detail,
            "value": self.value[:200],
        }


@dataclass(frozen=True, slots=True)
class Drafted:
    """One wish before its types are checked, and the rows it came from."""

    content: dict[str, Any]
    rows: list[int]


NOT_UTF8 = Bilingual("The file is not UTF-8 text", "文件不是 UTF-8 文本")
NO_ROWS = Bilingual("The file has no rows under its header", "文件表头下没有数据行")
TOO_LONG = Bilingual("The file has too many rows: part it", "文件行数过多，请拆分")
STRANGE = Bilingual("This kind of file has no such column", "此类文件没有该列")
RAGGED = Bilingual("The row has more cells than the header", "该行的单元格多于表头")
TWICE = Bilingual("An earlier row has the same key", "与前面的行编码重复")
ANY = Bilingual("The value does not fit this column", "该值不符合此列的要求")
MESSAGES: Mapping[str, Bilingual] = {
    "missing": Bilingual("A value is required", "此项必填"),
    "decimal_parsing": Bilingual("This is not a number", "不是有效的数字"),
    "decimal_max_places": Bilingual("The number has too many decimals", "小数位过多"),
    "decimal_max_digits": Bilingual("The number has too many digits", "位数过多"),
    "decimal_whole_digits": Bilingual("The number is too large", "数值过大"),
    "int_parsing": Bilingual("This is not a whole number", "不是有效的整数"),
    "bool_parsing": Bilingual("Say true or false", "请填 true 或 false"),
    "date_from_datetime_parsing": Bilingual(
        "Write the date as YYYY-MM-DD", "日期格式应为 YYYY-MM-DD"
    ),
    "date_parsing": Bilingual("Write the date as YYYY-MM-DD", "日期格式应为 YYYY-MM-DD"),
    "literal_error": Bilingual("The value is not one of those allowed", "不在允许的取值范围内"),
    "string_pattern_mismatch": Bilingual("The text has the wrong form", "格式不符"),
    "string_too_short": Bilingual("The text is too short", "内容过短"),
    "string_too_long": Bilingual("The text is too long", "内容过长"),
    "greater_than": Bilingual("The number is too small", "数值过小"),
    "greater_than_equal": Bilingual("The number is too small", "数值过小"),
    "less_than": Bilingual("The number is too large", "数值过大"),
    "less_than_equal": Bilingual("The number is too large", "数值过大"),
    "value_error": Bilingual(
        "The value contradicts another one, or holds forbidden characters",
        "与其他值矛盾或含有非法字符",
    ),
}


def drafts_of(content: bytes, form: Format) -> list[Drafted]:
    """The file's wishes in order; blank cells are absent values. Raises ImportRefused."""
    if len(content) > BYTES_MAX:
        refuse([CellFault(1, "", "too_long", TOO_LONG)])
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip() for name in lines.fieldnames or ()]
        refuse(
            [
                CellFault(1, n, "unknown_column", STRANGE, n)
                for n in header
                if n not in form.columns()
            ]
        )
        lines.fieldnames = header
        found = gathered(lines, form)
    except (UnicodeDecodeError, csv.Error) as fault:
        raise ImportRefused(errors=[CellFault(1, "", "not_utf8", NOT_UTF8).shown()]) from fault
    if not found:
        refuse([CellFault(1, "", "no_rows", NO_ROWS)])
    return found


def gathered(lines: "csv.DictReader[str]", form: Format) -> list[Drafted]:
    found: dict[tuple[str, ...], Drafted] = {}
    faults: list[CellFault] = []
    for number, cells in enumerate(lines, start=2):
        if number > ROWS_MAX + 1:
            refuse([CellFault(number, "", "too_long", TOO_LONG)])
        if None in cells:
            faults.append(CellFault(number, "", "ragged", RAGGED))
            continue
        given = {name: value.strip() for name, value in cells.items() if value and value.strip()}
        if not given:
            continue
        values: dict[str, Any] = {
            name: [one.strip() for one in value.split(";") if one.strip()]
            if name in LISTS
            else value
            for name, value in given.items()
        }
        key = tuple(given.get(name, "") for name in form.keys)
        if form.lines:
            head = {name: value for name, value in values.items() if name in form.heads}
            drafted = found.setdefault(key, Drafted(head | {form.lines: []}, []))
            drafted.content[form.lines].append({n: v for n, v in values.items() if n not in head})
            drafted.rows.append(number)
        elif key in found:
            faults.append(CellFault(number, form.keys[0], "twice", TWICE, ", ".join(key)))
        else:
            found[key] = Drafted(values, [number])
    refuse(faults)
    return list(found.values())


def wishes_of(drafts: Sequence[Drafted], form: Format) -> list[Body]:
    """The typed wishes, or every cell that does not fit. Raises ImportRefused."""
    wishes: list[Body] = []
    faults: list[CellFault] = []
    for drafted in drafts:
        try:
            wishes.append(form.body.model_validate(drafted.content))
        except ValidationError as fault:
            faults += [
                cell_fault(drafted, error["loc"], error["type"], error["input"])
                for error in fault.errors(include_url=False, include_context=False)
            ]
    refuse(faults)
    return wishes


def cell_fault(drafted: Drafted, loc: tuple[int | str, ...], code: str, value: object) -> CellFault:
    """The cell behind a validation error: its row by the line's place, its column by name."""
    places = [part for part in loc if isinstance(part, int)]
    names = [part for part in loc if isinstance(part, str)]
    inside = len(loc) > 1 and len(places) == 1 and loc[0] not in LISTS
    row = drafted.rows[places[0]] if inside else drafted.rows[0]
    column = names[-1] if names else ""
    seen = "" if isinstance(value, dict) else str(value)
    return CellFault(row, column, code, MESSAGES.get(code, ANY), seen)


def cell_faults(drafts: Sequence[Drafted], faults: Sequence[Fault]) -> list[CellFault]:
    """Where in the file the faults of the wishes stand."""
    return [
        CellFault(drafts[one.wish].rows[one.line or 0], one.column, one.code, one.detail, one.value)
        for one in faults
    ]


def refuse(faults: Sequence[CellFault]) -> None:
    if faults:
        shown = [one.shown() for one in faults[:ERRORS_MAX]]
        raise ImportRefused(errors=shown, error_count=len(faults))

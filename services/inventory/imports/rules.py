"""Reading a CSV file into rows, and saying what is wrong cell by cell. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.contracts.base import Body
from shared.i18n import Bilingual
from shared.problems import Refused

BYTES_MAX = 20_000_000
ROWS_MAX = 20_000
FIRST_ROW = 2  # row 1 is the header
B = TypeVar("B", bound=Body)


class ImportRefused(Refused):
    title = Bilingual(
        "The file cannot be taken over; nothing was changed", "文件无法导入，未做任何更改"
    )
    lifted_by = Bilingual(
        "Correct the cells named and import the whole file again",
        "修正所列单元格后重新导入整个文件",
    )


NOT_UTF8 = Bilingual("The file is not UTF-8 text with a header row", "文件不是带表头的 UTF-8 文本")
NO_ROWS = Bilingual("The file has no rows under its header", "文件表头下没有数据行")
TOO_LONG = Bilingual("The file has too many rows: part it", "文件行数过多，请拆分")
STRANGE = Bilingual("This kind of file has no such column", "此类文件没有该列")
MISSING = Bilingual("A value is required", "此项必填")
UNFIT = Bilingual("The value does not fit this column", "该值不符合此列的要求")


def cell(row: int, column: str, code: str, detail: Bilingual, value: str = "") -> dict[str, Any]:
    """One fault as an import shows it; rows count from 1, the header."""
    return {
        "row": row,
        "column": column,
        "code": code,
        "detail": {"en": detail.en, "zh": detail.zh},
        "value": value[:200],
    }


def read_rows(content: bytes, kind: type[B]) -> list[B]:
    """The file's rows as bodies; blank cells are absent values. Raises ImportRefused."""
    rows: list[B] = []
    faults: list[dict[str, Any]] = []
    for number, cells in enumerate(cells_of(content, kind), start=FIRST_ROW):
        try:
            rows.append(kind.model_validate(cells))
        except ValidationError as fault:
            faults += [fault_of(number, dict(error), cells) for error in fault.errors()]
    if faults:
        raise ImportRefused(errors=faults[:1000])
    if not rows:
        raise ImportRefused(errors=[cell(1, "", "no_rows", NO_ROWS)])
    return rows


def cells_of(content: bytes, kind: type[Body]) -> Iterator[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in lines.fieldnames or ()]
        if strange := [name for name in header if name not in kind.model_fields]:
            raise ImportRefused(
                errors=[cell(1, name, "unknown_column", STRANGE, name) for name in strange]
            )
        lines.fieldnames = header
        for number, line in enumerate(lines, start=FIRST_ROW):
            if number > ROWS_MAX + 1:
                raise ImportRefused(errors=[cell(number, "", "too_long", TOO_LONG)])
            yield {
                name: value.strip()
                for name, value in line.items()
                if isinstance(name, str) and isinstance(value, str) and value.strip()
            }
    except (UnicodeDecodeError, csv.Error) as fault:
        raise ImportRefused(errors=[cell(1, "", "not_utf8", NOT_UTF8)]) from fault


def fault_of(row: int, error: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Any]:
    column = str(error["loc"][0]) if error["loc"] else ""
    detail = MISSING if error["type"] == "missing" else UNFIT
    return cell(row, column, str(error["type"]), detail, cells.get(column, ""))

"""What all masters refuse. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused, Stale


class MasterUnknown(NotFound):
    title = Bilingual("There is no such master record", "没有此主数据记录")


class KeyTaken(Conflict):
    title = Bilingual("A record with this key stands already", "已存在相同编码的记录")
    lifted_by = Bilingual(
        "Change the existing record, or use another code", "修改已有记录，或改用其他编码"
    )


class KeyChanged(Refused):
    title = Bilingual("A record's key never changes", "记录的编码不可更改")
    lifted_by = Bilingual("Deactivate it and create another", "停用该记录并新建一条")


class MasterChanged(Stale):
    title = Bilingual("The record has changed since you looked at it", "记录在您查看之后已被修改")
    lifted_by = Bilingual("Look at the current version and decide again", "请查看最新版本后再操作")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value: the place of its wish in the list, and of its line therein."""

    wish: int
    column: str
    code: str
    detail: Bilingual
    value: str = ""
    line: int | None = None

    def shown(self) -> dict[str, Any]:
        inner = "" if self.line is None else f"/lines/{self.line}"
        return {
            "pointer": f"/{self.wish}{inner}/{self.column}",
            "code": self.code,
            "detail": self.detail.en,
            "detail_zh": self.detail.zh,
            "params": {"value": self.value},
        }


NOT_KNOWN = Bilingual("There is no record with this code", "没有使用此编码的记录")


def unknown(column: str, asked: Iterable[str], known: Collection[str]) -> list[Fault]:
    """A fault for every code that nothing stands behind; blanks are passed over."""
    return [
        Fault(place, column, "unknown_code", NOT_KNOWN, code)
        for place, code in enumerate(asked)
        if code and code not in known
    ]


class LinesRefused(Refused):
    """Keeps its faults, so that an import can name rows and columns."""

    title = Bilingual("Some lines cannot be taken over", "部分行无法接受")
    lifted_by = Bilingual(
        "Correct the cells named and send all again", "修正所列单元格后整批重新提交"
    )

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(errors=[fault.shown() for fault in faults])
        self.faults = faults


def refuse(faults: list[Fault]) -> None:
    if faults:
        raise LinesRefused(faults)

"""Blocking and unblocking parts. Pure."""

from typing import Final

from shared.i18n import Bilingual
from shared.problems import Conflict

BLOCK: Final = "inventory.part.block"
UNBLOCK: Final = "inventory.part.unblock"


class BlockedAlready(Conflict):
    title = Bilingual("This block stands on the part already", "该分部已有此类冻结")
    lifted_by = Bilingual("Nothing is left to do", "无需再办理")


class NotBlocked(Conflict):
    title = Bilingual("No such block stands on the part", "该分部没有此类冻结")
    lifted_by = Bilingual("Nothing is left to do", "无需再办理")


def with_block(blocks: list[str], kind: str) -> list[str]:
    if kind in blocks:
        raise BlockedAlready(blocks=blocks)
    return sorted([*blocks, kind])


def without_block(blocks: list[str], kind: str) -> list[str]:
    if kind not in blocks:
        raise NotBlocked(blocks=blocks)
    return [block for block in blocks if block != kind]

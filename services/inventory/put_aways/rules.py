"""The life of a put-away. Pure."""

from services.inventory.places.rules import refuse_unsuited
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import NotFound, Refused

LIFECYCLE = Lifecycle(
    ("open", "done", "cancelled"),
    Action("confirm", frozenset({"open"}), "done", "inventory.put_away.confirm"),
)


class PutAwayUnknown(NotFound):
    title = Bilingual("There is no such put-away", "没有此上架任务")


class OtherBinNeedsReason(Refused):
    title = Bilingual(
        "Another bin than the suggested one needs a reason", "使用非推荐货位须填写原因"
    )


def refuse_target(
    *, suggested: bool, reason: str, status: str, storage_class: str, item_class: str
) -> None:
    """The bin must suit; leaving the suggestion must be explained (REQ-34)."""
    refuse_unsuited(status, storage_class, "released", item_class)
    if not suggested and len(reason.strip()) < 2:  # noqa: PLR2004
        raise OtherBinNeedsReason

"""What is refused when a source cannot be read. Pure."""

from shared.i18n import Bilingual
from shared.problems import Unavailable

SOURCES = ("masterdata", "procurement", "inventory", "production", "quality", "sales", "finance")


class SourceUnreadable(Unavailable):
    title = Bilingual(
        "A source's events could not be read; nothing was changed",
        "无法读取某个来源的事件，未作任何更改",
    )
    lifted_by = Bilingual("Try again when the service named is up", "待所列服务恢复后重试")

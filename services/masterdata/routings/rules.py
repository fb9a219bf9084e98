"""What is refused of a routing. Pure."""

from shared.i18n import Bilingual

REVISION_STANDS = Bilingual(
    "A revision never changes: enter a new revision", "已生效的版本不可更改，请新建版本"
)
NOT_AFTER = Bilingual(
    "A new revision must begin after the one that holds", "新版本的生效日须晚于现行版本的生效日"
)

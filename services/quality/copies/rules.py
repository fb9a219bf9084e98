"""What is refused while a copy is missing. Pure."""

from shared.i18n import Bilingual
from shared.problems import Conflict


class ItemNotKnown(Conflict):
    title = Bilingual("Quality does not know this item yet", "质量尚未收到该物料的主数据")
    lifted_by = Bilingual(
        "Create the item in masterdata, or wait until its event has arrived",
        "在主数据中建立该物料，或稍候其消息到达",
    )

"""When material may leave the shelf. Pure."""

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound


class NothingReserved(NotFound):
    title = Bilingual("Nothing is reserved for this production order", "该生产订单没有物料预留")
    lifted_by = Bilingual(
        "Release the production order; its material is then reserved",
        "下达生产订单后系统即预留物料",
    )


class AlreadyIssued(Conflict):
    title = Bilingual("The material has been issued already", "物料已发放")
    lifted_by = Bilingual("Look at the issue named", "请查看所列发料单")


class IssueUnknown(NotFound):
    title = Bilingual("There is no such issue", "没有此发料单")

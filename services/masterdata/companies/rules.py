"""What is refused of a company. Pure."""

from shared.i18n import Bilingual
from shared.problems import NotFound


class CompanyNotEntered(NotFound):
    title = Bilingual("The company's own data have not been entered yet", "尚未录入本公司资料")
    lifted_by = Bilingual("The administrator enters them once", "由系统管理员录入一次")

"""What posting needs to know of a company's books. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.finance.periods.rules import Period
from services.finance.posting_rules.rules import Rule
from shared.i18n import Bilingual
from shared.problems import Conflict


class BooksNotOpen(Conflict):
    title = Bilingual("This company has no books yet", "本公司尚未建账")
    lifted_by = Bilingual(
        "The finance manager opens the first period", "由财务经理开启第一个会计期间"
    )


@dataclass(frozen=True, slots=True)
class AccountSetting:
    leaf: bool
    active: bool
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """What posting needs to know of a company's books, read once under their lock."""

    company_id: UUID
    accounts: Mapping[str, AccountSetting]
    roles: Mapping[tuple[str, str], str]
    rules: Sequence[Rule]
    periods: Sequence[Period]

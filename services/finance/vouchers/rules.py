"""When a voucher may stand in the books (REQ-78), and who may review it (REQ-79). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.finance.books.rules import AccountSetting
from services.finance.posting_rules.rules import Entry, Line
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import NotFound, Refused

LIFECYCLE = Lifecycle(
    ("posted", "reviewed"),
    Action(
        "review",
        frozenset({"posted"}),
        "reviewed",
        "finance.voucher.review",
        not_by=("created_by",),
    ),
)


class VoucherUnbalanced(Refused):
    title = Bilingual("Debits and credits of the voucher differ", "凭证借贷不平衡")


class AccountNotPostable(Refused):
    title = Bilingual(
        "Only an active account without sub-accounts can be posted to", "只能记入启用的末级科目"
    )


class DimensionMissing(Refused):
    title = Bilingual(
        "The account asks for a dimension that the line lacks", "该科目要求的辅助核算项目缺失"
    )


class VoucherUnknown(NotFound):
    title = Bilingual("There is no such voucher", "没有此凭证")


@dataclass(frozen=True, slots=True)
class Posting:
    """A fact to be posted: what happened, when, with the amounts that the rule will place."""

    event: str
    fact_id: UUID
    source_type: str
    source_id: UUID
    source_number: str
    business_on: date
    entries: Sequence[Entry]
    related_ids: tuple[UUID, ...] = ()


def check_lines(lines: Sequence[Line], accounts: Mapping[str, AccountSetting]) -> None:
    """Refuse what may not stand in the books: balance, accounts, dimensions."""
    debit, credit = sum(line.debit for line in lines), sum(line.credit for line in lines)
    if debit != credit:
        raise VoucherUnbalanced(debit=debit, credit=credit, difference=debit - credit)
    for line in lines:
        account = accounts.get(line.account)
        if account is None or not account.leaf or not account.active:
            raise AccountNotPostable(account=line.account)
        if missing := [name for name in account.required if getattr(line, name) is None]:
            raise DimensionMissing(account=line.account, missing=missing)

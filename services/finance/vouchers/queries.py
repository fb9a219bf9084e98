"""Vouchers as they are shown."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from services.finance.accounts.tables import Account
from services.finance.vouchers.rules import LIFECYCLE, VoucherUnknown
from services.finance.vouchers.tables import Voucher, VoucherLine
from shared.actor import Actor
from shared.contracts.finance.ledgers import Voucher as Shown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Voucher,
    {
        "state": "in",
        "source_id": "ref",
        "source_type": "eq",
        "period": "eq",
        "rule": "in",
        "posted_on": "range",
    },
    sort=("number", "posted_on", "created_at"),
    search=("number", "source_number"),
)


async def show_voucher(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    voucher = await session.get(Voucher, id)
    if voucher is None or voucher.company_id != actor.company_id:
        raise VoucherUnknown(id=id)
    rows = await session.exec(
        select(VoucherLine).where(VoucherLine.voucher_id == id).order_by(col(VoucherLine.line))
    )
    lines = list(rows)
    names = await account_names(session, actor.company_id, {line.account for line in lines})
    people = {"created_by": voucher.created_by}
    values = {
        **voucher.model_dump(),
        "lines": [
            line.model_dump()
            | {"account_name_zh": names[line.account][0], "account_name_en": names[line.account][1]}
            for line in lines
        ],
        "allowed_actions": LIFECYCLE.allowed(voucher.state, actor, people),
    }
    return Shown.model_validate(values)


async def account_names(
    session: AsyncSession, company_id: UUID, codes: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Chinese and English names by code."""
    rows = await session.exec(
        select(Account.code, Account.name_zh, Account.name_en).where(
            Account.company_id == company_id, col(Account.code).in_(set(codes))
        )
    )
    return {code: (zh, en) for code, zh, en in rows}

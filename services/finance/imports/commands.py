"""Importing opening balances: journal, pools and open items in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import col, select

from services.finance.accounts.tables import Account
from services.finance.books.commands import open_books
from services.finance.copies.queries import COMPANY_CURRENCY
from services.finance.copies.tables import ItemCopy, PartnerCopy
from services.finance.facts.commands import retry_all
from services.finance.imports.rules import (
    Known,
    OpeningDone,
    OpeningRow,
    check_rows,
    read_rows,
    totals,
)
from services.finance.open_items.commands import tell_credit
from services.finance.open_items.tables import OpenItem
from services.finance.posting_rules.rules import Line, Rule, resolve
from services.finance.valuation.commands import Move, move_values
from services.finance.vouchers.commands import post_lines
from services.finance.vouchers.rules import Posting
from services.finance.vouchers.tables import Voucher
from shared.actor import Actor
from shared.contracts.finance.ledgers import OpeningImport
from shared.database import AsyncSession
from shared.ids import derived_id, new_id

RULE = Rule("opening", 1, date.min, "期初余额", "Opening balances", ())
Items = Mapping[str, ItemCopy]
Partners = Mapping[str, PartnerCopy]
CASH_FLOW = "opening"  # opening cash is no flow of the period, but the line must say so


async def import_opening(
    session: AsyncSession, content: bytes, actor: Actor, *, dry_run: bool
) -> OpeningImport:
    """Book a list of opening balances, all or nothing; a dry run only checks.

    Raises OpeningUnreadable, OpeningDone, BooksNotOpen. Facts that waited for stock are posted.
    """
    books = await open_books(session)
    done = await session.exec(
        select(Voucher.number).where(
            Voucher.company_id == actor.company_id, Voucher.rule == RULE.event
        )
    )
    if number := done.first():
        raise OpeningDone(voucher=number)
    rows, problems = read_rows(content)
    items, partners = await named(session, rows, actor)
    accounts = await session.exec(
        select(Account.code, Account.control).where(
            Account.company_id == actor.company_id, col(Account.leaf), col(Account.active)
        )
    )
    known = Known(
        dict(list(accounts)),
        {code: row.role for code, row in partners.items()},
        {code: resolve("@stock", row.kind, books.roles) for code, row in items.items()},
    )
    problems += check_rows(rows, known)
    number = None
    if not problems and rows and not dry_run:
        number = await book(session, rows, known, items, partners)
    debit, credit = totals(rows)
    return OpeningImport(
        rows=len(rows), debit=debit, credit=credit, voucher=number, problems=tuple(problems)
    )


async def named(
    session: AsyncSession, rows: Sequence[OpeningRow], actor: Actor
) -> tuple[dict[str, ItemCopy], dict[str, PartnerCopy]]:
    """The items and partners that the rows name, by code."""
    items = await session.exec(
        select(ItemCopy).where(
            ItemCopy.company_id == actor.company_id,
            col(ItemCopy.code).in_({row.item for row in rows}),
        )
    )
    partners = await session.exec(
        select(PartnerCopy).where(
            PartnerCopy.company_id == actor.company_id,
            col(PartnerCopy.code).in_({row.partner for row in rows}),
        )
    )
    return {row.code: row for row in items}, {row.code: row for row in partners}


async def book(
    session: AsyncSession,
    rows: Sequence[OpeningRow],
    known: Known,
    items: Items,
    partners: Partners,
) -> str:
    """One voucher on the first day of the books, the pools and the open items behind it."""
    books = await open_books(session)
    id, day = new_id(), min(period.first for period in books.periods if period.state == "open")
    lines = [opening_line(row, known, items, partners) for row in rows]
    posting = Posting(RULE.event, id, "opening", id, "", day, ())
    number = await post_lines(session, posting, lines, RULE)
    stock = [row for row in rows if known.accounts[row.account] == "stock"]
    moves = [Move(items[row.item].id, row.quantity, row.debit) for row in stock]
    await move_values(session, RULE.event, id, day, moves)
    owing = [row for row in rows if known.accounts[row.account] in ("receivable", "payable")]
    for row in owing:
        session.add(opening_item(row, known, partners, day))
    await tell_credit(session, {p.id for p in partners.values() if p.role == "customer"})
    await retry_all(session)
    return number


def opening_line(row: OpeningRow, known: Known, items: Items, partners: Partners) -> Line:
    item, partner = items.get(row.item), partners.get(row.partner)
    return Line(
        row.account,
        row.debit,
        row.credit,
        partner_id=partner.id if partner else None,
        item_id=item.id if item else None,
        cash_flow=CASH_FLOW,
        quantity=row.quantity or None if known.accounts[row.account] == "stock" else None,
    )


def opening_item(row: OpeningRow, known: Known, partners: Partners, day: date) -> OpenItem:
    partner, amount = partners[row.partner], abs(row.balance)
    return OpenItem(
        id=derived_id(partner.id, f"opening:{row.row}"),
        company_id=partner.company_id,
        kind=known.accounts[row.account],
        partner_id=partner.id,
        number=f"OPENING-{row.row}",
        currency=COMPANY_CURRENCY,
        amount=amount,
        open_amount=amount,
        base=amount,
        open_base=amount,
        posted_on=day,
        due_on=row.due_on or day,
    )

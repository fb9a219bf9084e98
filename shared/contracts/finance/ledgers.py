"""The books as they are read: vouchers, balances, ledgers, lists and their reconciliation."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Amount, AnyQuantity, Body, Contract, Currency, Price, Text


class Period(Contract):
    """A month of the books."""

    id: UUID
    period: str
    first: date
    last: date
    state: str
    version: int
    vouchers: int
    allowed_actions: tuple[str, ...]


class OpenPeriod(Body):
    """Body of `POST /periods`: the month that a day lies in; the first one opens the books."""

    first: date


class Account(Contract):
    code: str
    name_zh: str
    name_en: str
    type: str
    side: str
    leaf: bool
    active: bool
    control: str
    required: tuple[str, ...]


class PostedLine(Contract):
    """A line of the journal, company currency; foreign amounts beside it."""

    line: int
    account: str
    account_name_zh: str
    account_name_en: str
    debit: Amount
    credit: Amount
    partner_id: UUID | None
    item_id: UUID | None
    order_id: UUID | None
    line_id: UUID | None
    element: str | None
    cash_flow: str | None
    quantity: AnyQuantity | None
    currency: Currency | None
    rate: Price | None
    amount_fc: Amount | None


class Voucher(Contract):
    """A voucher with its lines and the document that caused it."""

    id: UUID
    number: str
    version: int
    state: str
    period: str
    posted_on: date
    business_on: date
    rule: str
    rule_version: int
    source_type: str
    source_id: UUID
    source_number: str
    related_ids: tuple[UUID, ...]
    summary_zh: str
    summary_en: str
    total: Amount
    created_by: str
    reviewed_by: str | None
    lines: tuple[PostedLine, ...]
    allowed_actions: tuple[str, ...]


class VoucherRow(Contract):
    id: UUID
    number: str
    version: int
    state: str
    posted_on: date
    rule: str
    source_type: str
    source_id: UUID
    source_number: str
    summary_zh: str
    summary_en: str
    total: Amount
    created_by: str


class TrialBalanceLine(Contract):
    account: str
    name_zh: str
    name_en: str
    opening_debit: Amount
    opening_credit: Amount
    debit: Amount
    credit: Amount
    closing_debit: Amount
    closing_credit: Amount


class TrialBalance(Contract):
    """Opening, turnover and closing of every account that moved; both sides are equal."""

    period: str
    lines: tuple[TrialBalanceLine, ...]
    total: TrialBalanceLine
    balanced: bool
    vouchers: int


class LedgerLine(Contract):
    posted_on: date
    business_on: date
    voucher_id: UUID
    number: str
    summary_zh: str
    summary_en: str
    account: str
    debit: Amount
    credit: Amount
    balance: Amount  # debit minus credit, running
    source_type: str
    source_id: UUID
    source_number: str


class AccountLedger(Contract):
    """One account, sub-accounts included, line by line with its running balance."""

    account: str
    name_zh: str
    name_en: str
    opening: Amount
    closing: Amount
    lines: tuple[LedgerLine, ...]


class AccrualLine(Contract):
    arrival_line_id: UUID
    arrival_id: UUID
    arrival_number: str
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    accepted_on: date
    accepted: AnyQuantity
    invoiced: AnyQuantity
    returned: AnyQuantity
    open_quantity: AnyQuantity
    open_amount: Amount


class Accruals(Contract):
    """Received, not invoiced; `total` equals account 220202."""

    lines: tuple[AccrualLine, ...]
    total: Amount


class StockValueLine(Contract):
    item_id: UUID
    code: str
    name: str
    quantity: AnyQuantity
    value: Amount
    unit_cost: Price | None  # a quotient, for reading


class StockValues(Contract):
    lines: tuple[StockValueLine, ...]
    total: Amount


class OrderCostLine(Contract):
    """What a production order holds in 500101."""

    order_id: UUID
    number: str
    material: Amount
    labour: Amount
    overhead: Amount
    total: Amount


class ReconciliationLine(Contract):
    """One control account against the subledger behind it."""

    name: str
    accounts: tuple[str, ...]
    ledger: Amount
    subledger: Amount
    difference: Amount


class Reconciliation(Contract):
    """`reconciled` is True when nothing differs; facts that wait are listed apart (G2)."""

    lines: tuple[ReconciliationLine, ...]
    balances_differ: tuple[str, ...]  # accounts whose kept balance is not the sum of their lines
    pending_facts: int
    reconciled: bool


class PendingFact(Contract):
    """A fact that is not posted yet, and what it waits for."""

    id: UUID
    subject: str
    waits_for: str
    body: dict[str, object]


class ImportProblem(Contract):
    row: int
    column: str
    text_en: str
    text_zh: str


class OpeningImport(Contract):
    """Outcome of `POST /imports/opening`: nothing is written on a dry run or with any problem."""

    rows: int
    debit: Amount
    credit: Amount
    voucher: str | None
    problems: tuple[ImportProblem, ...]


class ClosePeriod(Body):
    """Body of `POST /periods/{id}/actions/close|reopen`."""

    version: int
    note: Annotated[Text | None, Field()] = None

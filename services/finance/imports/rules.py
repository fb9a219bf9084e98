"""Reading a list of opening balances: per-cell problems, and what may be opened. Pure."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from services.finance.valuation.rules import ZERO
from shared.contracts.finance.ledgers import ImportProblem
from shared.decimals import cents
from shared.i18n import Bilingual
from shared.problems import Conflict, Refused

COLUMNS = ("account", "debit", "credit", "partner", "item", "quantity", "due_on")
NEEDED = COLUMNS[:3]
ROWS_MAX = 10_000
FIGURE_MAX = Decimal(10) ** 12
NOT_A_FIGURE = ("not a number from 0 upwards", "应为不小于零的数字")


class OpeningUnreadable(Refused):
    title = Bilingual(
        "The file is not a CSV list with the columns named", "文件不是含所列栏目的 CSV"
    )


class OpeningDone(Conflict):
    title = Bilingual("Opening balances have been imported before", "期初余额已导入")
    lifted_by = Bilingual(
        "Correct them by vouchers; documents settle what was opened", "请通过凭证更正期初余额"
    )


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One balance; stock has an item and a quantity, a receivable or payable a partner."""

    row: int
    account: str
    debit: Decimal
    credit: Decimal
    partner: str
    item: str
    quantity: Decimal
    due_on: date | None

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may name: leaf accounts with their control, partners and items by code."""

    accounts: Mapping[str, str]
    partners: Mapping[str, str]  # code to role
    items: Mapping[str, str]  # code to the stock account of its class


def read_rows(content: bytes) -> tuple[list[OpeningRow], list[ImportProblem]]:
    """The rows that can be read, and a problem per cell that cannot. Raises OpeningUnreadable."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        given = list(reader)
        names = tuple(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as fault:
        raise OpeningUnreadable(columns=COLUMNS, cause=str(fault)) from fault
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or not set(NEEDED) <= set(names) or len(given) > ROWS_MAX:
        raise OpeningUnreadable(columns=COLUMNS, found=names, rows=len(given), rows_max=ROWS_MAX)
    rows: list[OpeningRow] = []
    problems: list[ImportProblem] = []
    for number, cells in enumerate(given, 2):
        row, found = read_row(number, {k: (v or "").strip() for k, v in cells.items()})
        problems += found
        if row is not None:
            rows.append(row)
    return rows, problems


def read_row(
    number: int, cells: Mapping[str, str]
) -> tuple[OpeningRow | None, list[ImportProblem]]:
    problems: list[ImportProblem] = []
    figures: dict[str, Decimal] = {}
    for name in ("debit", "credit", "quantity"):
        figure = figure_of(cells.get(name) or "0")
        if figure is None:
            problems.append(complaint(number, name, *NOT_A_FIGURE))
        else:
            figures[name] = figure
    due: date | None = None
    try:
        due = date.fromisoformat(cells["due_on"]) if cells.get("due_on") else None
    except ValueError:
        problems.append(
            complaint(number, "due_on", "not a day as YYYY-MM-DD", "日期应为 YYYY-MM-DD")
        )
    if problems:
        return None, problems
    return OpeningRow(
        number,
        cells.get("account", ""),
        cents(figures["debit"]),
        cents(figures["credit"]),
        cells.get("partner", ""),
        cells.get("item", ""),
        figures["quantity"],
        due,
    ), []


def figure_of(cell: str) -> Decimal | None:
    """A number from zero upwards, None for anything else."""
    try:
        figure = Decimal(cell)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() and ZERO <= figure < FIGURE_MAX else None


def check_rows(rows: list[OpeningRow], known: Known) -> list[ImportProblem]:
    """What keeps the list from being booked, cell by cell; last, whether it balances."""
    problems = [problem for row in rows for problem in check_row(row, known)]
    debit, credit = totals(rows)
    if debit != credit:
        text = f"debit {debit} and credit {credit} differ"
        problems.append(complaint(0, "debit", text, f"借方 {debit} 与贷方 {credit} 不平"))
    return problems


def totals(rows: list[OpeningRow]) -> tuple[Decimal, Decimal]:
    return sum((row.debit for row in rows), ZERO), sum((row.credit for row in rows), ZERO)


def check_row(row: OpeningRow, known: Known) -> list[ImportProblem]:
    n, found = row.row, list[ImportProblem]()
    control = known.accounts.get(row.account)
    if control is None:
        return [complaint(n, "account", "no active leaf account", "不是启用的末级科目")]
    if (row.debit == 0) == (row.credit == 0):
        found.append(complaint(n, "debit", "give either debit or credit", "借方、贷方须且仅填一方"))
    if control in ("wip", "accrual"):
        found.append(complaint(n, "account", "comes from documents only", "该科目只能由单据形成"))
    if control == "stock":
        found += check_stock(row, known)
    roles = {"receivable": "customer", "payable": "supplier"}
    if control in roles and known.partners.get(row.partner) != roles[control]:
        found.append(complaint(n, "partner", f"no such {roles[control]}", "没有此往来单位"))
    owed = row.credit if control == "payable" else row.debit
    if control in roles and owed <= 0:
        found.append(complaint(n, "debit", "an open item has its usual side", "未清项方向不符"))
    return found


def check_stock(row: OpeningRow, known: Known) -> list[ImportProblem]:
    found: list[ImportProblem] = []
    if known.items.get(row.item) != row.account:
        found.append(
            complaint(row.row, "item", "no item of this stock account", "该存货科目下没有此物料")
        )
    if row.quantity <= 0 or row.credit > 0:
        found.append(
            complaint(
                row.row, "quantity", "stock has a quantity and a debit", "存货须填数量与借方金额"
            )
        )
    return found


def complaint(row: int, column: str, english: str, chinese: str) -> ImportProblem:
    return ImportProblem(row=row, column=column, text_en=english, text_zh=chinese)

"""The key figures as data, and how two sums become one. Pure.

Source: KPI dictionary (analytics.md 2): 1 net sales, 3 gross margin, 6 order fulfilment, 25 stock
turns, 34 yield. Ratios are divided last, from two sums; they are never averaged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from shared.contracts.analytics.dashboard import Tile
from shared.i18n import Bilingual
from shared.problems import Refused

SIX = Decimal("0.000001")
DAYS_PER_YEAR = 365
DAYS_MAX = 366 * 3
COST_RIGHTS = ("finance.cost.read", "analytics.cost.read")


class SpanRefused(Refused):
    title = Bilingual(
        "The span must begin before it ends and last at most three years",
        "期间起止有误，或超过三年",
    )


@dataclass(frozen=True, slots=True)
class Kpi:
    code: str
    name: Bilingual
    formula: Bilingual
    unit: str  # currency, share, times
    costly: bool = False  # shows cost: asks for the right to see it


KPIS = (
    Kpi(
        "sales_net",
        Bilingual("Net sales", "销售额"),
        Bilingual("sum of invoiced net, company currency", "已开票不含税金额合计（本位币）"),
        "currency",
    ),
    Kpi(
        "gross_margin",
        Bilingual("Gross margin", "毛利率"),
        Bilingual("(net sales − cost of sales) ÷ net sales", "（销售额 − 销售成本）÷ 销售额"),
        "share",
        costly=True,
    ),
    Kpi(
        "stock_turns",
        Bilingual("Stock turns", "库存周转次数"),
        Bilingual(
            "cost of sales × 365 ÷ days ÷ average daily stock value",
            "销售成本 × 365 ÷ 天数 ÷ 日均库存金额",
        ),
        "times",
        costly=True,
    ),
    Kpi(
        "order_fulfilment",
        Bilingual("Order fulfilment", "订单达成率"),
        Bilingual(
            "order lines shipped in full by their due day ÷ order lines due",
            "按期足量发货的订单行 ÷ 到期订单行",
        ),
        "share",
    ),
    Kpi(
        "production_yield",
        Bilingual("Production yield", "生产合格率"),
        Bilingual(
            "good pieces ÷ (good + scrapped pieces) over operation reports",
            "报工合格数 ÷（合格数 + 报废数）",
        ),
        "share",
    ),
)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of a span of days, as the store gives them."""

    sales: Decimal
    sales_documents: int
    cost: Decimal
    cost_documents: int
    stock_days: Decimal  # value × days, over all items
    stock_items: int
    due_lines: int
    met_lines: int
    good: Decimal
    scrap: Decimal
    reports: int


def span_of(first: date, last: date) -> int:
    """Days of a span, both ends included. Raises SpanRefused."""
    days = (last - first).days + 1
    if not 0 < days <= DAYS_MAX:
        raise SpanRefused(first=first, last=last, days_max=DAYS_MAX)
    return days


def fractions(sums: Sums, days: int) -> Mapping[str, tuple[Decimal, Decimal, int]]:
    """Numerator, denominator and number of documents behind each figure."""
    yearly = sums.cost * DAYS_PER_YEAR / days
    return {
        "sales_net": (sums.sales, Decimal(1), sums.sales_documents),
        "gross_margin": (sums.sales - sums.cost, sums.sales, sums.sales_documents),
        "stock_turns": (yearly, sums.stock_days / days, sums.cost_documents),
        "order_fulfilment": (Decimal(sums.met_lines), Decimal(sums.due_lines), sums.due_lines),
        "production_yield": (sums.good, sums.good + sums.scrap, sums.reports),
    }


def tile(kpi: Kpi, numerator: Decimal, denominator: Decimal, documents: int) -> Tile:
    return Tile(
        code=kpi.code,
        name_en=kpi.name.en,
        name_zh=kpi.name.zh,
        value=six(numerator / denominator) if denominator else None,
        numerator=six(numerator),
        denominator=six(denominator),
        unit=kpi.unit,
        formula_en=kpi.formula.en,
        formula_zh=kpi.formula.zh,
        documents=documents,
    )


def six(value: Decimal) -> Decimal:
    return value.quantize(SIX, ROUND_HALF_UP)


def tiles(sums: Sums, days: int, *, cost: bool) -> tuple[tuple[Tile, ...], tuple[str, ...]]:
    """The tiles that the reader may see, and the codes of the others."""
    found = fractions(sums, days)
    shown = tuple(tile(kpi, *found[kpi.code]) for kpi in KPIS if cost or not kpi.costly)
    return shown, tuple(kpi.code for kpi in KPIS if kpi.costly and not cost)

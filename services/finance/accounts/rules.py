"""The chart as shipped. Source: CAS application guide (财会〔2006〕18号), 财会〔2016〕22号."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.i18n import Bilingual
from shared.problems import NotFound


class AccountUnknown(NotFound):
    title = Bilingual("The chart has no such account", "科目表中没有此科目")


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of the shipped chart."""

    code: str
    name_zh: str
    name_en: str
    type: str
    side: str
    leaf: bool
    control: str
    required: tuple[str, ...]


# Own sub-accounts beside the official ones (finance.md 1.1).
OWN: tuple[tuple[str, str, str], ...] = (
    ("140501", "产成品", "Finished goods"),
    ("140502", "自制半成品", "Semi-finished goods"),
    ("140503", "外购商品", "Traded goods"),
    ("190101", "待处理流动资产损溢", "Current assets pending"),
    ("190102", "待处理固定资产损溢", "Fixed assets pending"),
    ("220201", "应付货款", "Trade payables"),
    ("220202", "暂估应付账款", "Goods received, not invoiced"),
    ("280101", "产品质量保证", "Product warranty"),
    ("410401", "提取法定盈余公积", "Appropriation to statutory reserve"),
    ("410402", "提取任意盈余公积", "Appropriation to voluntary reserve"),
    ("410403", "应付现金股利", "Dividends payable"),
    ("410415", "未分配利润", "Undistributed profit"),
    ("500101", "基本生产成本", "Work in progress"),
    ("500102", "辅助生产成本", "Auxiliary production"),
    ("500103", "直接人工归集", "Direct labour pool"),
    ("500104", "生产差异", "Production variances"),
    ("510101", "制造费用发生", "Overhead incurred"),
    ("510199", "制造费用已分配", "Overhead absorbed"),
    ("600101", "产品销售收入", "Sales of products"),
    ("600102", "服务收入", "Sales of services"),
    ("660301", "利息费用", "Interest expense"),
    ("660302", "利息收入", "Interest income"),
    ("660303", "汇兑损益", "Exchange differences"),
    ("660304", "手续费", "Bank charges"),
    ("660305", "尾差", "Rounding differences"),
)
CONTROLS: Mapping[str, str] = {
    "1403": "stock",
    "1405": "stock",
    "500101": "wip",
    "220201": "payable",
    "220202": "accrual",
    "1122": "receivable",
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "stock": ("item_id",),
    "wip": ("order_id",),
    "payable": ("partner_id",),
    "accrual": ("partner_id", "line_id"),
    "receivable": ("partner_id",),
}
CASH = ("1001", "1002", "1012")  # 现金流量项目 is obligatory here
# Which account a rule means by a role, by the item's kind.
ROLES: tuple[tuple[str, str, str], ...] = (
    ("stock", "raw", "1403"),
    ("stock", "purchased", "1403"),
    ("stock", "manufactured", "140502"),
    ("stock", "finished", "140501"),
    ("consumed", "", "6401"),
    ("cos", "", "6401"),
    ("sales", "", "600101"),
    ("bank", "", "1002"),
)


def shipped_chart(source: Mapping[str, Any]) -> list[ChartAccount]:
    """Every account a manufacturer needs, in order of code, parents before children."""
    plain: dict[str, tuple[str, str, str, str]] = {}
    for one in source["accounts"]:
        if one["use"] == "manufacturer":
            plain[one["code"]] = (
                one["name_zh"], one["name_en"], one["type"], one["normal_balance"],
            )  # fmt: skip
    for one in source["added_by_later_standards"]:
        plain.setdefault(
            one["suggested_code"],
            (one["name_zh"], one["name_en"], one["type"], one["normal_balance"]),
        )
    for code, zh, en, side in (*vat_accounts(source), *((*own, "") for own in OWN)):
        parent = plain[code[:4]]
        plain[code] = (zh, en, parent[2], side or parent[3])
    # An account that may stand on either side (损溢, 本年利润) is shown as its type usually stands.
    for code, (zh, en, type_, side) in plain.items():
        usual = "debit" if type_ in ("asset", "cost") else "credit"
        plain[code] = (zh, en, type_, side if side in ("debit", "credit") else usual)
    parents = {code[:length] for code in plain for length in (4, 6) if length < len(code)}
    return [
        ChartAccount(code, *plain[code], code not in parents, control_of(code), required_of(code))
        for code in sorted(plain)
    ]


def vat_accounts(source: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    """Level 2 of 应交税费, and the columns of 应交增值税 with their own sides."""
    for one in source["vat_subaccounts"]["accounts"]:
        yield one["code"], one["name_zh"], one.get("name_en", "VAT payable"), ""
        for child in one.get("children", ()):
            yield child["code"], child["name_zh"], child["name_en"], child["side"]


def control_of(code: str) -> str:
    return next((kind for stem, kind in CONTROLS.items() if code.startswith(stem)), "")


def required_of(code: str) -> tuple[str, ...]:
    return ("cash_flow",) if code in CASH else REQUIRED.get(control_of(code), ())

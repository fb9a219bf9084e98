"""Which approved source serves a need best, and why. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from uuid import UUID

from shared.business_calendar import BusinessCalendar
from shared.decimals import cents, plain
from shared.i18n import Bilingual

REQUIRED_KINDS: Final = frozenset({"business_licence"})  # of every supplier (REQ-07)
PRICE_POINTS, TIME_POINTS, RANK_POINTS = Decimal(60), Decimal(25), Decimal(15)
HOPELESS_DAYS = 30  # so late that punctuality earns nothing
ZERO = Decimal(0)
WEEKDAYS: Final = BusinessCalendar()


@dataclass(frozen=True, slots=True)
class Paper:
    """A supplier's qualification; days inclusive; empty scope: everything."""

    kind: str
    valid_from: date
    valid_to: date | None
    scope: tuple[str, ...] = ()

    def stands_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Offer:
    """An approved source with its terms. `rate` is company currency per unit of `currency`."""

    source_id: UUID
    supplier_id: UUID
    usable: bool  # source and supplier are active
    locked: bool
    papers: tuple[Paper, ...]
    rank: int
    order_minimum: Decimal
    order_multiple: Decimal
    lead_time_days: int  # working days
    price: Decimal | None
    currency: str | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Need:
    """`names` are what a licence's scope may call the item: its code, its kind."""

    quantity: Decimal
    needed_on: date
    decimals: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Because:
    code: str
    text: Bilingual
    points: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Ranked:
    offer: Offer
    quantity: Decimal
    due_on: date  # a working day
    order_by: date  # the last working day on which ordering there is in time
    cost: Decimal | None  # company currency, of the quantity to order
    score: Decimal
    because: tuple[Because, ...]

    @property
    def eligible(self) -> bool:
        return self.cost is not None


INACTIVE = Because(
    "inactive", Bilingual("The source or its supplier is not active", "货源或供应商已停用")
)
LOCKED = Because(
    "locked", Bilingual("The supplier is locked: a licence lapsed", "供应商因资质过期被锁定")
)
UNQUALIFIED = Because(
    "unqualified",
    Bilingual(
        "No valid business licence covers the item today", "今日没有覆盖该物料的有效营业执照"
    ),
)
UNPRICED = Because("unpriced", Bilingual("The source has no price", "货源没有价格"))
NO_RATE = Because("no_rate", Bilingual("Its currency has no exchange rate", "其币种没有汇率"))
NO_SOURCE = Because("no_source", Bilingual("The item has no approved source", "该物料没有合格货源"))


def order_quantity(needed: Decimal, minimum: Decimal, multiple: Decimal, decimals: int) -> Decimal:
    """The least quantity that covers the need, the minimum and the multiple, in whole steps."""
    wanted = max(needed, minimum)
    step = multiple if multiple > 0 else Decimal(1).scaleb(-decimals)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


def obstacles(
    papers: Iterable[Paper], names: frozenset[str], today: date, *, usable: bool, locked: bool
) -> list[Because]:
    """Why nothing may be ordered there today: REQ-07 lacking, REQ-08 locked, REQ-09 scope."""
    found: list[Because] = []
    if not usable:
        found.append(INACTIVE)
    if locked:
        found.append(LOCKED)
    standing = {
        paper.kind
        for paper in papers
        if paper.stands_on(today) and (not paper.scope or names & set(paper.scope))
    }
    if not standing >= REQUIRED_KINDS:
        found.append(UNQUALIFIED)
    return found


def rank_sources(
    need: Need, offers: Sequence[Offer], today: date, calendar: BusinessCalendar = WEEKDAYS
) -> list[Ranked]:
    """All offers, the best first; those that may not be used come last and say why.

    Lead times are counted on the company's working calendar.

    Points: price up to 60 (cost of what must be ordered, waste of minimums included, per unit
    needed, against the cheapest), punctuality up to 25, the approved rank up to 15. Equal scores
    go by rank, then by id, so the same offers always give the same order.
    """
    rated = [assess(need, offer, today, calendar) for offer in offers]
    cheapest = min((one.cost for one in rated if one.cost is not None), default=ZERO)
    scored = [score(need, one, cheapest) if one.eligible else one for one in rated]
    scored.sort(key=lambda one: (not one.eligible, -one.score, one.offer.rank, one.offer.source_id))
    return scored


def assess(need: Need, offer: Offer, today: date, calendar: BusinessCalendar) -> Ranked:
    """What ordering there would mean; without a cost when it may not be done."""
    quantity = order_quantity(
        need.quantity, offer.order_minimum, offer.order_multiple, need.decimals
    )
    due_on = calendar.add(today, offer.lead_time_days)
    order_by = calendar.add(calendar.on_or_before(need.needed_on), -offer.lead_time_days)
    against = obstacles(offer.papers, need.names, today, usable=offer.usable, locked=offer.locked)
    if offer.price is None:
        against.append(UNPRICED)
    elif offer.rate is None:
        against.append(NO_RATE)
    if against or offer.price is None or offer.rate is None:
        return Ranked(offer, quantity, due_on, order_by, None, ZERO, tuple(against))
    cost = cents(quantity * offer.price * offer.rate)
    return Ranked(offer, quantity, due_on, order_by, cost, ZERO, ())


def score(need: Need, one: Ranked, cheapest: Decimal) -> Ranked:
    assert one.cost is not None
    share = Decimal(1) if one.cost == 0 else cheapest / one.cost
    late = max(0, (one.due_on - need.needed_on).days)
    in_time = max(ZERO, Decimal(1) - Decimal(late) / HOPELESS_DAYS)
    waste = one.quantity - need.quantity
    because = (
        Because("price", price_text(one.cost, waste), rounded(PRICE_POINTS * share)),
        Because("time", time_text(one.due_on, late), rounded(TIME_POINTS * in_time)),
        Because("rank", rank_text(one.offer.rank), rounded(RANK_POINTS / one.offer.rank)),
    )
    total = sum((reason.points for reason in because), ZERO)
    return replace(one, score=total, because=because)


def rounded(points: Decimal) -> Decimal:
    return cents(points)


def price_text(cost: Decimal, waste: Decimal) -> Bilingual:
    more = f", {plain(waste)} more than needed" if waste > 0 else ""
    zh_more = f"，超出需求 {plain(waste)}" if waste > 0 else ""
    return Bilingual(f"Costs {plain(cost)} CNY{more}", f"成本 {plain(cost)} 元{zh_more}")


def time_text(due_on: date, late: int) -> Bilingual:
    if late == 0:
        return Bilingual(f"In time on {due_on}", f"可于 {due_on} 按期到货")
    return Bilingual(f"{late} days late on {due_on}", f"{due_on} 到货，延误 {late} 天")


def rank_text(rank: int) -> Bilingual:
    return Bilingual(f"Approved as choice {rank}", f"合格货源第 {rank} 顺位")


def said(because: Because) -> dict[str, Any]:
    return {
        "code": because.code,
        "en": because.text.en,
        "zh": because.text.zh,
        "points": because.points,
    }

"""What may be promised: firm supply by day and last usable day, less what is promised. Pure.

The rule is that of a plan run's available to promise, over what is firm alone. What expires is
looked at lot by lot: stock that nobody else would use in time is free, though it does not last.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from services.production.mrp.engine.mps import available_to_promise
from services.production.mrp.engine.shelf import Shelf
from services.production.mrp.engine.snapshot import NEVER

HORIZON = 3650  # days: what is later counts with nobody
SERIES_MAX = 100
Supply = Mapping[tuple[int, int], int]  # (last usable day, day of arrival): smallest units
Layers = dict[int, int]  # last usable day: smallest units


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is and comes of an item, and the claims on it by day; days from today.

    Every claim takes what has `minimum_life` days left; whatever a claim lacks on its day is owed
    to it first when more arrives.
    """

    decimals: int
    minimum_life: int
    supply: Supply
    claims: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Promise:
    """The answer to one line, in smallest units and days from today."""

    available: int
    earliest: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A day once its claims are served: what lies there, and what is still owed to claims."""

    day: int
    gone: Layers  # unused, and no longer usable from this day on
    lying: Layers
    owed: int


def opening(free: int, lots: Iterable[tuple[int, int]]) -> Layers:
    """Stock by last usable day, of the lots (last usable day, quantity).

    As in a plan run: the free stock is the truth. What its lots claim beyond it is off those that
    expire first, for these are held first; what no lot explains has no expiry.
    """
    known = sorted((until, max(quantity, 0)) for until, quantity in lots)
    total = sum(quantity for _, quantity in known)
    over = max(total - max(free, 0), 0)
    layers: defaultdict[int, int] = defaultdict(int)
    for until, quantity in [*known, (NEVER, max(free - total, 0))]:
        layers[until] += quantity - min(over, quantity)
        over -= min(over, quantity)
    return layers


def supplied(
    stock: Layers, receipts: Mapping[int, int], shelf_life: int, minimum_life: int
) -> Supply:
    """Stock and receipts that can be used at all; a new lot lasts `shelf_life` days, or NEVER."""
    supply = {(until, 0): quantity for until, quantity in stock.items()}
    for day, quantity in receipts.items():
        key = min(day + shelf_life, NEVER), day
        supply[key] = supply.get(key, 0) + quantity
    return {
        (until, day): quantity
        for (until, day), quantity in supply.items()
        if quantity > 0 and until - minimum_life >= day
    }


def days_that_matter(held: Holdings, life: int) -> list[int]:
    """Today, arrivals, claims, and the days from which something may not be used any more."""
    found = {0, *held.claims}
    for until, day in held.supply:
        found |= {day, until - held.minimum_life + 1, until - life + 1}
    return sorted(day for day in found if 0 <= day <= HORIZON)


def walked(held: Holdings, days: list[int]) -> Iterator[Moment]:
    """First to expire is first out, day by day."""
    coming, shelf = arrivals(held.supply), Shelf(held.minimum_life)
    for day in days:
        before = lots_on(shelf)
        shelf.expire(day)
        left = lots_on(shelf)
        for until, quantity in coming[day]:
            shelf.receive(quantity, until)
        shelf.use(held.claims.get(day, 0))
        gone = {until: quantity for until, quantity in before.items() if until not in left}
        yield Moment(day, gone, lots_on(shelf), shelf.short)


def lots_on(shelf: Shelf) -> Layers:
    return {layer[0]: layer[1] for layer in shelf.layers}


def arrivals(supply: Supply) -> defaultdict[int, list[tuple[int, int]]]:
    """What arrives on each day, by last usable day."""
    coming: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for (until, day), quantity in sorted(supply.items()):
        coming[day].append((until, quantity))
    return coming


class Outlook:
    """What may be promised of an item with `life` days left, so that no claim waits longer."""

    def __init__(self, held: Holdings, life: int) -> None:
        self.held, self.life = held, max(life, held.minimum_life)
        self.days = days_that_matter(held, self.life)
        self.moments = list(walked(held, self.days))
        self.coming = arrivals(held.supply)
        self.owed_until = max((one.day for one in self.moments if one.owed), default=-1)
        self.lasting = None if any(until != NEVER for until, _ in held.supply) else self.by_sums()

    def by_sums(self) -> list[int]:
        """Where nothing expires, sums suffice."""
        supply = [sum(quantity for _, quantity in self.coming[day]) for day in self.days]
        claims = [self.held.claims.get(day, 0) for day in self.days]
        return available_to_promise(supply, claims)

    def on(self, day: int) -> int:
        """What may be promised on a day."""
        place = bisect_right(self.days, day) - 1
        if self.lasting is not None:
            return self.lasting[place]
        there = sum(self.for_asking(place).values())
        if self.days[place] <= self.owed_until:
            return there
        return max(there - self.to_keep(place), 0)

    def for_asking(self, place: int) -> dict[tuple[int, int], int]:
        """What lies there with enough life; while claims are owed, only what none of them can use.

        The first to expire first: what is kept for others is what lasts.
        """
        moment, found = self.moments[place], dict[tuple[int, int], int]()
        if moment.day <= self.owed_until:
            lots = {until: lies for one in self.moments for until, lies in one.gone.items()}
        else:
            lots = moment.lying
        for until in sorted(until for until in lots if until - self.life >= moment.day):
            last = HORIZON if moment.day <= self.owed_until else moment.day
            found |= last_arrived(self.held.supply, until, last, lots[until])
        return {key: quantity for key, quantity in found.items() if key[1] <= moment.day}

    def to_keep(self, place: int) -> int:
        """How much of what could be promised later claims need: what nothing else can serve."""
        moment, claims = self.moments[place], self.held.claims
        later = [day for day in self.days[place + 1 :] if claims.get(day, 0)]
        if not later:
            return 0
        shelf, missing = Shelf(self.held.minimum_life), 0
        for until, quantity in sorted(moment.lying.items()):
            if until - self.life < moment.day:
                shelf.receive(quantity, until)
        for day in self.days[place + 1 : bisect_right(self.days, later[-1])]:
            for until, quantity in self.coming.get(day, ()):
                shelf.receive(quantity, until)
            if claim := claims.get(day, 0):
                shelf.expire(day)
                shelf.use(claim)
                missing, shelf.short = missing + shelf.short, 0
        return missing

    def earliest(self, quantity: int, day: int) -> int | None:
        """The first day from `day` on with so much, all on that day."""
        later = self.days[bisect_right(self.days, day) :]
        return next((one for one in (day, *later) if self.on(one) >= quantity), None)

    def changes(self) -> list[tuple[int, int]]:
        """(day, what may be promised) wherever it is another than before, the first ones."""
        found: list[tuple[int, int]] = []
        for day in self.days:
            free = self.on(day)
            if not found or found[-1][1] != free:
                found.append((day, free))
            if len(found) == SERIES_MAX:
                break
        return found

    def without(self, day: int, quantity: int) -> Holdings:
        """The holdings once so much was promised on the day."""
        taken: dict[tuple[int, int], int] = {}
        for key, lies in self.for_asking(bisect_right(self.days, day) - 1).items():
            taken[key] = min(lies, quantity)
            quantity -= taken[key]
        supply = self.held.supply
        left = {key: supply[key] - taken.get(key, 0) for key in supply}
        return replace(self.held, supply=left)


def last_arrived(supply: Supply, until: int, day: int, quantity: int) -> dict[tuple[int, int], int]:
    """So much of what is usable until then and has arrived by the day, the latest first."""
    found: dict[tuple[int, int], int] = {}
    for key in sorted((key for key in supply if key[0] == until and key[1] <= day), reverse=True):
        found[key] = min(supply[key], quantity)
        quantity -= found[key]
    return found


def promised(held: Holdings, quantity: Decimal, day: int, life: int) -> tuple[Promise, Holdings]:
    """The answer to a line, and what is left for those after it.

    A line takes what there is on its day, and the rest on the first day with the whole.
    """
    wanted = int(quantity.scaleb(held.decimals).to_integral_value(ROUND_CEILING))
    known = Outlook(held, life)
    answer = Promise(known.on(day), known.earliest(wanted, day))
    now = min(answer.available, wanted)
    left = known.without(day, now) if now else held
    if answer.earliest is not None and wanted > now:
        left = Outlook(left, life).without(answer.earliest, wanted - now)
    return answer, left

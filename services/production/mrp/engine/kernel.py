"""The compiled engine: `net.py` again, over arrays, bit for bit the same orders.

Items are pulled in planning order: an item adds up what its parents' orders take into one scratch
row that stays in the cache, and walks it once. Only orders are kept; there is no table of items by
buckets. Imported only where numba is to be had (`engines.py`).
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from numba import njit

from services.production.mrp.engine import shelf_kernel as shelf
from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.snapshot import NEVER

USED, FULL, TOOK = 0, 1, 2  # of an arena's tally


@njit(cache=True, error_model="numpy")
def add_needs(c, arena, item, gross, until):
    """What the item's own demands, its parents' orders and its mains take, by bucket.

    Of its mains, those it stands in for, only what is planned before a place `until`.
    """
    gross[:] = 0
    for place in range(c.demand_at[item], c.demand_at[item + 1]):
        gross[c.demand_bucket[place]] += c.demand_quantity[place]
    for place in range(0, len(c.extra), 3):
        if c.extra[place] == item:
            gross[c.extra[place + 1]] += c.extra[place + 2]
    for edge in range(c.used_at[item], c.used_at[item + 1]):
        parent = c.parent[edge]
        top, below = c.numerator[edge], c.denominator[edge]
        first, last = c.first[edge], c.last[edge]
        begin = arena.at[parent]
        for place in range(begin, begin + arena.counts[parent]):
            bucket = max(arena.release[place], 0)
            if first <= bucket <= last:
                needed = arena.start[place] * top
                if below != 1:
                    needed = (needed + below - 1) // below
                gross[bucket] += needed
    if c.main_at[item] < c.main_at[item + 1]:
        substitutes.add_taken(c, arena, item, gross, until)


# What stands in a tuple is counted each time it is taken out of it: loops take it out once.


@njit(cache=True, error_model="numpy", inline="always")
def rule_of(c, item):
    """What sizes and dates an item's orders."""
    time = c.safety_time[item] + c.lead[item]
    size = (c.maximum[item], c.good[item], c.started[item])
    return (*size, time, c.unit_time[item], c.unit_time_of[item], c.working[item])


@njit(cache=True, error_model="numpy", forceinline=True)
def before(working, day_number, day_bucket, bucket, time):
    if not working:
        return bucket - time
    place = day_number[bucket] - time
    return day_bucket[place] if place >= 0 else place


@njit(cache=True, error_model="numpy", forceinline=True)
def emit(rule, days, columns, tally, need, wanted, minimum, multiple):
    """Write the orders that cover what is wanted; answers their sum, -1 when the arena is full."""
    maximum, good, started, fixed, unit_time, unit_time_of, working = rule
    needs, releases, starts, quantities = columns
    total = 0
    while wanted > 0:
        size = wanted if multiple == 1 else (wanted + multiple - 1) // multiple * multiple
        size = max(size, minimum)
        if maximum:
            size = min(size, maximum)
        place = tally[USED]
        if place == len(needs):
            tally[FULL] = 1
            return -1
        start = size
        if good != started:
            start = (size * started + good - 1) // good
        time = fixed
        if unit_time:
            time += (start * unit_time + unit_time_of - 1) // unit_time_of
        needs[place], releases[place] = need, before(working, days[0], days[1], need, time)
        starts[place], quantities[place] = start, size
        tally[USED] = place + 1
        wanted -= size
        total += size
    return total


@njit(cache=True, error_model="numpy")
def net_plain(c, arena, item, rows):
    """Stock without expiry is one number."""
    gross, arriving, safety = rows.gross, rows.arriving, rows.safety
    rule, days = rule_of(c, item), (c.day_number, c.day_bucket)
    columns, tally = (arena.need, arena.release, arena.start, arena.quantity), arena.tally
    minimum, multiple = c.minimum[item], c.multiple[item]
    left, periods, buckets = c.stock[item], c.periods[item], c.buckets
    fence = c.fence[item]
    for bucket in range(buckets):
        left += arriving[bucket] - gross[bucket]
        wanted = safety[bucket] - left
        if wanted <= 0 or bucket < fence:
            continue
        running = left
        for ahead in range(bucket + 1, min(bucket + periods, buckets)):
            running += arriving[ahead] - gross[ahead]
            wanted = max(wanted, safety[ahead] - running)
        total = emit(rule, days, columns, tally, bucket, wanted, minimum, multiple)
        if total < 0:
            return
        left += total


@njit(cache=True, error_model="numpy")
def net_shelf(c, arena, item, rows):
    """Stock by expiry: the layers of shelf.py."""
    gross, arriving, safety = rows.gross, rows.arriving, rows.safety
    state, until, quantity = rows.shelf
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    shelf.clear(state)
    for place in range(c.lot_at[item], c.lot_at[item + 1]):
        shelf.receive(state, until, quantity, c.lot_quantity[place], c.lot_until[place])
    shelf.receive(state, until, quantity, c.stock[item], NEVER)
    swaps = c.alt_at[item] < c.alt_at[item + 1]
    if swaps:
        look_for_spares(c, arena, item, rows.spares)
    for bucket in range(c.buckets):
        shelf.expire(state, until, quantity, bucket, minimum_life)
        last = NEVER if life == NEVER else bucket + life
        shelf.receive(state, until, quantity, arriving[bucket], last)
        used = gross[bucket]
        if swaps:
            short = safety[bucket] + used - shelf.available(state, quantity)
            used -= substitutes.stand_in(c, arena, rows, item, bucket, short) if short > 0 else 0
            if arena.tally[FULL]:
                return
        shelf.use(state, quantity, used)
        if bucket < c.fence[item] or safety[bucket] - shelf.available(state, quantity) <= 0:
            continue
        soft = c.safety_time[item]
        receipt = max(before(c.working[item], c.day_number, c.day_bucket, bucket, soft), 0)
        last = NEVER if life == NEVER else receipt + life
        total = emit_fresh(c, arena, item, rows, bucket, last)
        if total < 0:
            return
        shelf.receive(state, until, quantity, total, last)


@njit(cache=True, error_model="numpy")
def emit_fresh(c, arena, item, rows, bucket, last):
    """Orders for a shortage, no larger than what is used before they expire."""
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    end = bucket + min(c.periods[item], last - minimum_life - bucket + 1)
    wanted = shelf.shortage(
        rows.shelf, rows.ahead, rows.gross, rows.arriving, rows.safety,
        bucket, end, life, minimum_life,
    )  # fmt: skip
    written = arena.tally[USED]
    rule, days = rule_of(c, item), (c.day_number, c.day_bucket)
    columns = (arena.need, arena.release, arena.start, arena.quantity)
    least, multiple = c.minimum[item], c.multiple[item]
    total = emit(rule, days, columns, arena.tally, bucket, wanted, least, multiple)
    end = last - minimum_life + 1
    if last == NEVER or total <= wanted or end > c.buckets:
        return total
    sellable = shelf.shortage(
        rows.shelf, rows.ahead, rows.gross, rows.arriving, rows.safety,
        bucket, end, life, minimum_life,
    )  # fmt: skip
    if total <= sellable:
        return total
    arena.tally[USED] = written
    return emit(rule, days, columns, arena.tally, bucket, sellable, 0, 1)


@njit(cache=True, error_model="numpy", inline="always")
def add_firm(c, item, arriving, safety):
    """The item's firm receipts and safety stock, by bucket."""
    arriving[:] = 0
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        arriving[c.receipt_bucket[place]] += c.receipt_quantity[place]
    safety[:] = 0
    for place in range(c.safety_at[item], c.safety_at[item + 1]):
        safety[c.safety_bucket[place] :] = c.safety_quantity[place]


@njit(cache=True, error_model="numpy")
def look_for_spares(c, arena, item, spares):
    """A row for each of the item's substitutes: what it has, and what others want of it."""
    spares.held[0] = 0
    for place in range(c.alt_at[item], c.alt_at[item + 1]):
        other = c.alt_substitute[place]
        row = substitutes.spare_of(spares, other)
        if row < spares.held[0]:
            continue
        spares.held[0], spares.item[row], spares.given[row] = row + 1, other, 0
        add_needs(c, arena, other, spares.gross[row], item)
        add_firm(c, other, spares.arriving[row], spares.safety[row])
        substitutes.least_from(c, spares, row)


@njit(cache=True, error_model="numpy")
def plan_item(c, arena, item, rows):
    """Write the item's orders behind all others."""
    add_needs(c, arena, item, rows.gross, item)
    add_firm(c, item, rows.arriving, rows.safety)
    plain = c.lot_at[item] == c.lot_at[item + 1] and c.shelf_life[item] == NEVER
    if plain and c.alt_at[item] == c.alt_at[item + 1]:
        net_plain(c, arena, item, rows)
    else:
        net_shelf(c, arena, item, rows)


@njit(cache=True, error_model="numpy")
def plan_from(c, arena, begin, rows):
    """Plan all items from `begin` on; answers the item at which the arena was full, or the end."""
    alt_at = c.alt_at
    for item in range(begin, len(c.stock)):
        written, took = arena.tally[USED], arena.tally[TOOK]
        plan_item(c, arena, item, rows)
        if arena.tally[FULL]:
            arena.tally[USED], arena.tally[TOOK], arena.tally[FULL] = written, took, 0
            return item
        if alt_at[item] < alt_at[item + 1]:
            substitutes.settle(arena, item, took)
        arena.at[item], arena.counts[item] = written, arena.tally[USED] - written
    return len(c.stock)


@njit(cache=True, error_model="numpy")
def replan(c, arena, dirty, child_at, child, changed, rows):
    """Plan the dirty items and whatever their changes reach, in planning order.

    An item whose orders come out as they were passes nothing on. Answers as `plan_from`;
    `changed` marks the items whose orders are others now.
    """
    for item in range(len(dirty)):
        if not dirty[item]:
            continue
        written, took = arena.tally[USED], arena.tally[TOOK]
        plan_item(c, arena, item, rows)
        if arena.tally[FULL]:
            arena.tally[USED], arena.tally[TOOK], arena.tally[FULL] = written, took, 0
            return item
        dirty[item] = 0
        fresh = arena.tally[USED] - written
        others = False
        if c.alt_at[item] < c.alt_at[item + 1]:
            others = substitutes.settle(arena, item, took)
        if not others and same(arena, item, written, fresh):
            arena.tally[USED] = written
            continue
        changed[item] = 1
        if fresh <= arena.counts[item]:
            move(arena, written, arena.at[item], fresh)
            arena.tally[USED] = written
        else:
            arena.at[item] = written
        arena.counts[item] = fresh
        for place in range(child_at[item], child_at[item + 1]):
            dirty[child[place]] = 1
    return len(dirty)


@njit(cache=True, error_model="numpy")
def same(arena, item, written, fresh):
    if arena.counts[item] != fresh:
        return False
    old = arena.at[item]
    for place in range(fresh):
        if (
            arena.need[old + place] != arena.need[written + place]
            or arena.release[old + place] != arena.release[written + place]
            or arena.start[old + place] != arena.start[written + place]
            or arena.quantity[old + place] != arena.quantity[written + place]
        ):
            return False
    return True


@njit(cache=True, error_model="numpy")
def move(arena, source, target, count):
    for place in range(count):
        arena.need[target + place] = arena.need[source + place]
        arena.release[target + place] = arena.release[source + place]
        arena.start[target + place] = arena.start[source + place]
        arena.quantity[target + place] = arena.quantity[source + place]

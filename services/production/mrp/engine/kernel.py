"""The compiled engine: `net.py` again, over arrays, bit for bit the same orders.

Items are pulled in planning order: an item adds up what its parents' orders take into one scratch
row that stays in the cache, and walks it once. Only orders are kept; there is no table of items by
buckets. Imported only where numba is to be had (`engines.py`).
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import shelf_kernel as shelf
from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.gross_kernel import find_needs
from services.production.mrp.engine.machine import compiled, inlined
from services.production.mrp.engine.needs_kernel import add_firm, add_needs, less_firm
from services.production.mrp.engine.snapshot import NEVER

USED, FULL, TOOK = 0, 1, 2  # of an arena's tally
STEP = 32  # buckets from one kept balance to the next


@inlined
def before(working, day_number, day_bucket, bucket, time):
    if not working:
        return bucket - time
    place = day_number[bucket] - time
    return day_bucket[place] if place >= 0 else place


@inlined
def sized(wanted, minimum, maximum, multiple):
    """The good quantity of the next order of those that cover what is wanted."""
    size = wanted if multiple == 1 else (wanted + multiple - 1) // multiple * multiple
    size = max(size, minimum)
    return min(size, maximum) if maximum else size


@inlined
def begun(size, good, started):
    """What must be started so that the yield leaves the size."""
    return size if good == started else (size * started + good - 1) // good


@inlined
def taking(start, fixed, unit_time, unit_time_of):
    """How long before its need an order of this size starts."""
    return fixed + (start * unit_time + unit_time_of - 1) // unit_time_of if unit_time else fixed


@compiled
def emit(c, arena, item, need, wanted, minimum, multiple):
    """Write the orders that cover what is wanted; answers their sum, -1 when the arena is full."""
    maximum, good, started = c.maximum[item], c.good[item], c.started[item]
    fixed = c.safety_time[item] + c.lead[item]
    total = 0
    while wanted > 0:
        place = arena.tally[USED]
        if place == len(arena.need):
            arena.tally[FULL] = 1
            return -1
        size = sized(wanted, minimum, maximum, multiple)
        start = begun(size, good, started)
        time = taking(start, fixed, c.unit_time[item], c.unit_time_of[item])
        arena.need[place], arena.start[place], arena.quantity[place] = need, start, size
        arena.release[place] = before(c.working[item], c.day_number, c.day_bucket, need, time)
        arena.tally[USED] = place + 1
        wanted -= size
        total += size
    return total


# An array is counted each time it is taken out of a tuple, and that costs more than an order:
# what runs once per order gets its arrays as arguments, taken out once per item.


@inlined
def net_plain(c, arena, item, rows, step, last):
    """Stock without expiry is one number. Plans from a step on, at least to the bucket `last`.

    Answers the step from which on everything is as it was.
    """
    lot = (c.minimum[item], c.maximum[item], c.multiple[item], c.periods[item])
    made = (c.good[item], c.started[item], c.fence[item], c.working[item])
    time = (c.safety_time[item] + c.lead[item], c.unit_time[item], c.unit_time_of[item])
    used, step = walk(
        step, last, arena.left[item], lot, made, time, rows.gross, c.day_number, c.day_bucket,
        arena.need, arena.release, arena.start, arena.quantity, arena.tally[USED],
    )  # fmt: skip
    if used < 0:
        arena.tally[FULL] = 1
    else:
        arena.tally[USED] = used
    return step


@inlined
def most_short(needed, left, wanted):
    """The most that is short in these buckets or was wanted before them."""
    for day in range(len(needed)):
        left -= needed[day]
        wanted = max(wanted, -left)
    return wanted


@compiled
def walk(
    begin, last, lefts, lot, made, time, needed, day_number, day_bucket,
    needs, releases, starts, quantities, place,
):  # fmt: skip
    """Order what is short, bucket by bucket, from `place` on; the next place, -1 when full.

    And the step behind the bucket `last` before which there is left what was left there before.
    """
    minimum, maximum, multiple, periods = lot
    good, started, fence, working = made
    fixed, unit_time, unit_time_of = time
    left = lefts[begin]
    for step in range(begin, len(lefts)):
        first = step * STEP
        if first > last and lefts[step] == left:
            return place, step
        lefts[step] = left
        span = needed[first : first + STEP]
        for day in range(len(span)):
            left -= span[day]
            bucket = first + day
            if left >= 0 or bucket < fence:
                continue
            wanted = -left
            if periods > 1:
                wanted = most_short(needed[bucket + 1 : bucket + periods], left, wanted)
            while wanted > 0:
                if place >= len(needs):
                    return -1, step
                size = sized(wanted, minimum, maximum, multiple)
                start = begun(size, good, started)
                earlier = taking(start, fixed, unit_time, unit_time_of)
                needs[place], starts[place], quantities[place] = bucket, start, size
                releases[place] = before(working, day_number, day_bucket, bucket, earlier)
                place += 1
                wanted -= size
                left += size
    return place, len(lefts)


@compiled
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


@compiled
def emit_fresh(c, arena, item, rows, bucket, last):
    """Orders for a shortage, no larger than what is used before they expire."""
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    end = bucket + min(c.periods[item], last - minimum_life - bucket + 1)
    wanted = shelf.shortage(
        rows.shelf, rows.ahead, rows.gross, rows.arriving, rows.safety,
        bucket, end, life, minimum_life,
    )  # fmt: skip
    written = arena.tally[USED]
    total = emit(c, arena, item, bucket, wanted, c.minimum[item], c.multiple[item])
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
    return emit(c, arena, item, bucket, sellable, 0, 1)


@inlined
def simple(c, item):
    """Whether nothing of the item expires."""
    return c.lot_at[item] == c.lot_at[item + 1] and c.shelf_life[item] == NEVER


@inlined
def one_number(c, item):
    """Whether the item's stock is one number: nothing expires, and nothing stands in for it."""
    return simple(c, item) and c.alt_at[item] == c.alt_at[item + 1]


@compiled
def look_for_spares(c, arena, item, spares):
    """A row for each of the item's substitutes: what it has, and what others want of it."""
    spares.held[0] = 0
    for place in range(c.alt_at[item], c.alt_at[item + 1]):
        other = c.alt_substitute[place]
        row = substitutes.spare_of(spares, other)
        if row < spares.held[0]:
            continue
        spares.held[0], spares.item[row], spares.given[row] = row + 1, other, 0
        add_needs(c, arena, other, spares.gross[row], item, 0)
        add_firm(c, other, spares.arriving[row], spares.safety[row])
        substitutes.least_from(c, spares, row)


@inlined
def plan_item(c, arena, item, rows):
    """Write the item's orders behind all others."""
    find_needs(c, arena, item, rows.gross, 0, known=False)
    if one_number(c, item):
        less_firm(c, item, rows.gross)
        arena.left[item, 0] = c.stock[item]
        net_plain(c, arena, item, rows, 0, c.buckets)
    else:
        add_firm(c, item, rows.arriving, rows.safety)
        net_shelf(c, arena, item, rows)


@compiled
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
        arena.at[item] = written
        arena.counts[item] = arena.held[item] = arena.tally[USED] - written
    return len(c.stock)

"""Net change, compiled: what changes is planned again, and of it only what comes after the change.

An item is planned again from the first bucket in which its need is another, to where it is not any
more and as much is left as was; the orders before and behind stand. Of those between only what
differs reaches its components (`gross_kernel.py`). Equal to regeneration bit for bit (tested).
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.gross_kernel import (
    ANEW,
    CLEAN,
    earliest,
    expect,
    find_changed,
    note,
)
from services.production.mrp.engine.kernel import (
    FULL,
    STEP,
    TOOK,
    USED,
    net_plain,
    net_shelf,
    one_number,
)
from services.production.mrp.engine.machine import compiled, inlined
from services.production.mrp.engine.needs_kernel import add_firm, less_firm

SAME, MOVED = 1, 2  # marks of items that were planned again


@compiled
def replan(c, arena, log, since, child_at, child, marks, rows):
    """Plan what changed `since` a bucket, and whatever that reaches, in planning order.

    An item whose orders come out as they were passes nothing on. Answers as `plan_from`;
    `marks` tells the items that were planned again, and of these whose orders are others now.
    """
    items = len(since)
    item = following(since, 0)
    while item < items:
        coming = following(since, item + 1)
        if coming < items:
            expect(arena, coming, since[coming])
        low, known = looking_from(c, item, since[item]), since[item] != ANEW
        first, last = find_changed(c, arena, log, item, rows.gross, low, known)
        swaps = c.alt_at[item] < c.alt_at[item + 1]
        if first > last and not swaps:
            since[item] = CLEAN
            item = coming
            continue
        took = arena.tally[TOOK]
        if one_number(c, item):
            moved = renew(c, arena, log, item, rows, first, last)
        else:
            moved = renew_whole(c, arena, log, item, rows)
        if arena.tally[FULL]:
            arena.tally[TOOK], arena.tally[FULL] = took, 0
            since[item] = ANEW  # its kept need is the new one, its orders are the old ones
            return item
        marks[item] = max(marks[item], MOVED if moved else SAME)
        since[item] = CLEAN
        others = swaps and substitutes.settle(arena, item, took)
        if others:
            marks[item] = MOVED
        if others or (moved and log.counts[item]):
            reached = child[child_at[item] : child_at[item + 1]]
            # what stood in, and does no more, may have served in any bucket
            reach(since, reached, ANEW if others or log.counts[item] < 0 else earliest(log, item))
        item = following(since, item + 1)
    return items


@compiled
def following(since, item):
    """The next item to be planned again, from this one on."""
    while item < len(since) and since[item] == CLEAN:
        item += 1
    return item


@inlined
def looking_from(c, item, since):
    """The first bucket that is planned again; what expires or is stood in for is planned whole.

    An order looks ahead as many buckets as its rule gathers.
    """
    first = since - c.periods[item] + 1
    return first // STEP * STEP if first > 0 and one_number(c, item) else 0


@compiled
def reach(since, reached, bucket):
    for place in range(len(reached)):
        since[reached[place]] = min(since[reached[place]], bucket)


@inlined
def renew(c, arena, log, item, rows, first, last):
    """Plan what the item needs from `first` to `last`, and what that moves; whether it moves."""
    less_firm(c, item, rows.gross)
    step = looking_from(c, item, first) // STEP
    if step == 0:
        arena.left[item, 0] = c.stock[item]
    written, begin = arena.tally[USED], standing(arena, item, step)
    arena.tally[USED] = written + begin
    step = net_plain(c, arena, item, rows, step, last)
    count, arena.tally[USED] = arena.tally[USED] - written - begin, written
    if arena.tally[FULL]:
        return False
    return splice(arena, log, item, begin, standing(arena, item, step), written, count)


@inlined
def renew_whole(c, arena, log, item, rows):
    """Plan all that an item with lots, or with what stands in for it, needs."""
    add_firm(c, item, rows.arriving, rows.safety)
    written = arena.tally[USED]
    net_shelf(c, arena, item, rows)
    count, arena.tally[USED] = arena.tally[USED] - written, written
    if arena.tally[FULL]:
        return False
    return splice(arena, log, item, 0, arena.counts[item], written, count)


@compiled
def standing(arena, item, step):
    """How many of the item's orders are for needs before a step."""
    low, high, needs = 0, arena.counts[item], arena.need[arena.at[item] :]
    while low < high:
        middle = (low + high) // 2
        if needs[middle] < step * STEP:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def splice(arena, log, item, begin, end, written, count):
    """Put fresh orders in the places of the item's orders `begin` to `end`; whether they differ.

    They stand `begin` places behind `written`. What changes once changes again, and fresh memory
    costs more than planning: where the places do not do, the item gets some to spare at the end.
    """
    old, fresh = arena.at[item] + begin, written + begin
    rest = arena.counts[item] - end
    total = begin + count + rest
    if total > arena.held[item] and written + total > len(arena.need):
        arena.tally[FULL] = 1
        return False
    if not note(arena, log, item, old, arena.at[item] + end, fresh, fresh + count):
        return False
    if total <= arena.held[item]:
        if begin + count != end:
            move(arena, arena.at[item] + end, old + count, rest)
        move(arena, fresh, old, count)
    else:
        move(arena, arena.at[item], written, begin)
        move(arena, arena.at[item] + end, fresh + count, rest)
        arena.at[item] = written
        arena.held[item] = min(with_spare(total), len(arena.need) - written)
        arena.tally[USED] = written + arena.held[item]
    arena.counts[item] = total
    return True


@compiled
def with_spare(count):
    return count + count // 8 + 4


@compiled
def move(arena, source, target, count):
    copied(arena.need, source, target, count)
    copied(arena.release, source, target, count)
    copied(arena.start, source, target, count)
    copied(arena.quantity, source, target, count)


@inlined
def copied(values, source, target, count):
    """Orders of one item may move onto one another."""
    old, fresh = values[source : source + count], values[target : target + count]
    if target < source:
        for place in range(count):
            fresh[place] = old[place]
    else:
        for place in range(count - 1, -1, -1):
            fresh[place] = old[place]


@compiled
def wanted(arena):
    """How many places all orders take when they are gathered."""
    places = 0
    for item in range(len(arena.counts)):
        places += with_spare(arena.counts[item])
    return places


@compiled
def gather(arena, fresh):
    """Write all orders one item behind the other, each with places to spare."""
    place = 0
    for item in range(len(arena.at)):
        old, count = arena.at[item], arena.counts[item]
        fresh.at[item], fresh.counts[item], fresh.held[item] = place, count, with_spare(count)
        end = place + fresh.held[item]
        for number in range(old, old + count):
            fresh.need[place], fresh.release[place] = arena.need[number], arena.release[number]
            fresh.start[place], fresh.quantity[place] = arena.start[number], arena.quantity[number]
            place += 1
        place = end
    fresh.tally[USED] = place
    if len(arena.taken) > 0:
        substitutes.gather(arena, fresh)

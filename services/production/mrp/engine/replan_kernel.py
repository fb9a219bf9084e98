"""Net change, compiled: what changes is planned again, and of it only what comes after the change.

An item's orders before the first bucket in which its need differs are what they were: they stand,
and its stock is taken up behind them. Equal to regeneration bit for bit (tested).
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.kernel import FULL, TOOK, USED, plan_item, simple
from services.production.mrp.engine.machine import compiled, inlined

CLEAN = 2**30  # `since` of an item that need not be planned again
SAME, MOVED = 1, 2  # marks of items that were


@compiled
def replan(c, arena, since, child_at, child, marks, rows):
    """Plan what changed `since` a bucket, and whatever that reaches, in planning order.

    An item whose orders come out as they were passes nothing on. Answers as `plan_from`;
    `marks` tells the items that were planned again, and of these whose orders are others now.
    """
    for item in range(len(since)):
        if since[item] == CLEAN:
            continue
        begin, kept = standing(c, arena, item, since[item])
        written, took = arena.tally[USED], arena.tally[TOOK]
        arena.tally[USED] = written + kept
        plan_item(c, arena, item, rows, begin, kept)
        count = arena.tally[USED] - written
        arena.tally[USED] = written
        if arena.tally[FULL]:
            arena.tally[TOOK], arena.tally[FULL] = took, 0
            return item
        since[item] = CLEAN
        marks[item] = max(marks[item], SAME)
        others = c.alt_at[item] < c.alt_at[item + 1] and substitutes.settle(arena, item, took)
        first = differing(arena, item, written, kept, count)
        if not others and first == count == arena.counts[item]:
            continue
        marks[item] = MOVED
        bucket = earliest(arena.release, arena.at[item] + first, arena.counts[item] - first)
        bucket = min(bucket, earliest(arena.release, written + first, count - first))
        settle(arena, item, written, first, count)
        if others:  # what stood in, and does no more, may have served in any bucket
            bucket = 0
        for place in range(child_at[item], child_at[item + 1]):
            since[child[place]] = min(since[child[place]], bucket)
    return len(since)


@compiled
def standing(c, arena, item, since):
    """From which bucket on the item is planned again, and how many orders stand before it.

    An order looks ahead as many buckets as its rule gathers; what may expire, or be stood in for,
    is planned whole.
    """
    begin = since - c.periods[item] + 1
    if begin <= 0 or c.alt_at[item] < c.alt_at[item + 1] or not simple(c, item):
        return 0, 0
    low, high = 0, arena.counts[item]
    while low < high:
        middle = (low + high) // 2
        if arena.need[arena.at[item] + middle] < begin:
            low = middle + 1
        else:
            high = middle
    return begin, low


@compiled
def differing(arena, item, written, kept, count):
    """The number of the item's first order that is not what it was."""
    old, most = arena.at[item], min(arena.counts[item], count)
    first = unequal(arena.need, old, written, kept, most)
    first = unequal(arena.start, old, written, kept, first)
    first = unequal(arena.quantity, old, written, kept, first)
    return unequal(arena.release, old, written, kept, first)


@compiled
def unequal(values, old, fresh, begin, end):
    was, comes = values[old + begin : old + end], values[fresh + begin : fresh + end]
    for place in range(len(was)):
        if was[place] != comes[place]:
            return begin + place
    return end


@compiled
def earliest(releases, begin, count):
    """The first bucket in which these orders take their components."""
    bucket, releases = CLEAN - 1, releases[begin : begin + count]
    for place in range(len(releases)):
        bucket = min(bucket, releases[place])
    return max(bucket, 0)


@compiled
def settle(arena, item, written, first, count):
    """Bring the fresh orders from `first` on to where the item's stand, or all to the end.

    There the item gets places to spare: what changes once changes again, and fresh memory costs
    more than planning.
    """
    old = arena.at[item]
    if count <= arena.held[item]:
        move(arena, written + first, old + first, count - first)
    else:
        move(arena, old, written, first)
        arena.at[item] = written
        arena.held[item] = min(with_spare(count), len(arena.need) - written)
        arena.tally[USED] = written + arena.held[item]
    arena.counts[item] = count


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
    old, fresh = values[source : source + count], values[target : target + count]
    for place in range(count):
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

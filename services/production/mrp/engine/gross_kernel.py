"""The gross need of each item as a plan keeps it, and what changed orders change of it.

Net change would otherwise read all orders of all parents again, which lie all over the memory, to
find that a few of them are others now. Those that are stand in a log, parent by parent; an item
takes them from there when its turn comes. What does not fit 32 bits is not kept, nor anything where
there is no room for all items: then the need is added up anew each time, with the same outcome.
Imported only where numba is to be had.
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine.machine import compiled, fetch, inlined
from services.production.mrp.engine.needs_kernel import add_needs

CLEAN = 2**30  # `since` of an item that need not be planned again
ANEW = -1  # of one whose gross need must be added up anew
HALF = 2**31  # what is kept is less, and no less than its negative
BUCKET, WAS, COMES = 0, 1, 2  # of a logged change


@inlined
def find_needs(c, arena, item, gross, low, known):
    """The item's gross need by bucket, from `low` on; the kept one where that is `known`."""
    if known and arena.kept[item]:
        recall(arena.gross[item, low:], gross[low:])
    else:
        add_needs(c, arena, item, gross, item, low)
        if low == 0 and len(arena.gross) > 0:
            arena.kept[item] = keep(gross, arena.gross[item])


@compiled
def recall(row, gross):
    for bucket in range(len(gross)):
        gross[bucket] = row[bucket]


@compiled
def keep(gross, row):
    """Keep the need; whether it fits."""
    over = 0
    for bucket in range(len(gross)):
        row[bucket] = gross[bucket]
        over |= (gross[bucket] + HALF) >> 32
    return over == 0


@inlined
def find_changed(c, arena, log, item, gross, low, known):
    """The item's gross need as it is now, from the bucket `low` on.

    Answers the first and the last bucket in which it is another; where what is kept is not `known`
    to be what it was, all may be.
    """
    if not known:
        find_needs(c, arena, item, gross, 0, known=False)
        return 0, c.buckets
    if arena.kept[item]:
        recall(arena.gross[item, low:], gross[low:])
    first, last = heard(c, log, item, gross)
    if not arena.kept[item]:
        find_needs(c, arena, item, gross, low, known=False)
    elif first <= last:
        arena.kept[item] = keep(gross[low:], arena.gross[item, low:])
    return first, last


@inlined
def heard(c, log, item, gross):
    """Add to the need what its parents' orders take more, or less; from where to where."""
    first, last = CLEAN, -1
    for edge in range(c.used_at[item], c.used_at[item + 1]):
        begin, count = log.at[c.parent[edge]], log.counts[c.parent[edge]]
        if count > 0:
            changes = log.changes[begin : begin + count]
            per, days = (c.numerator[edge], c.denominator[edge]), (c.first[edge], c.last[edge])
            first, last = add_changes(changes, per, days, gross, first, last)
    return first, last


@compiled
def add_changes(changes, per, days, gross, first, last):
    (top, below), (begin, end) = per, days
    for place in range(len(changes)):
        bucket = changes[place, BUCKET]
        if begin <= bucket <= end:
            more = takes(changes[place, COMES], top, below)
            more -= takes(changes[place, WAS], top, below)
            gross[bucket] += more
            first = min(first, bucket)
            last = max(last, bucket)
    return first, last


@inlined
def takes(start, top, below):
    """What one order of this size takes of a line."""
    return start * top if below == 1 else (start * top + below - 1) // below


@compiled
def note(arena, log, item, old, end, fresh, last):
    """Log what differs between an item's orders as they stood and as they come; whether any."""
    place = log.tally[0]
    log.at[item], log.counts[item] = place, -1
    if len(log.changes) - place <= 2 * (end - old + last - fresh):
        return differ(arena, old, end, fresh, last)
    found = log.changes[place:]
    count, other = changes(arena, found, old, end, fresh, last)
    log.counts[item], log.tally[0] = count, place + count
    return other


@inlined
def changes(arena, found, old, end, fresh, last):
    """Write the changes between two runs of orders, which ascend by need; how many, whether any.

    What is the same in both is written as well, and written over: a branch that is taken now and
    then costs more. A size may differ where the same is started.
    """
    needs, releases, starts, quantities = arena.need, arena.release, arena.start, arena.quantity
    count, other = 0, 0
    while old < end and fresh < last:
        gone, come = needs[old] <= needs[fresh], needs[fresh] <= needs[old]
        other |= quantities[old] ^ quantities[fresh]
        if gone and come and releases[old] != releases[fresh]:
            count = write(found, count, releases[old], starts[old], 0)
            count = write(found, count, releases[fresh], 0, starts[fresh])
        else:
            release = releases[old] if gone else releases[fresh]
            was, comes = starts[old] if gone else 0, starts[fresh] if come else 0
            count = write(found, count, release, was, comes)
        old += gone
        fresh += come
    for place in range(old, end):
        count = write(found, count, releases[place], starts[place], 0)
    for place in range(fresh, last):
        count = write(found, count, releases[place], 0, starts[place])
    return count, other != 0 or count > 0


@compiled
def differ(arena, old, end, fresh, last):
    """Whether two runs of orders do."""
    same = end - old == last - fresh
    while same and old < end:
        same = arena.need[old] == arena.need[fresh] and arena.release[old] == arena.release[fresh]
        same &= arena.start[old] == arena.start[fresh]
        same &= arena.quantity[old] == arena.quantity[fresh]
        old += 1
        fresh += 1
    return not same


@inlined
def write(found, count, release, was, comes):
    found[count, BUCKET], found[count, WAS], found[count, COMES] = max(release, 0), was, comes
    return count + (was != comes)


@compiled
def earliest(log, item):
    """The first bucket in which the item's orders take other components than before."""
    bucket, begin = CLEAN, log.at[item]
    for place in range(begin, begin + log.counts[item]):
        bucket = min(bucket, log.changes[place, BUCKET])
    return bucket


LINE = 16  # numbers of 32 bits that memory hands over together


@inlined
def expect(arena, item, since):
    """Have what is known of an item fetched while another is planned: memory is far away."""
    if arena.kept[item]:
        for bucket in range(max(since, 0), arena.gross.shape[1], LINE):
            fetch(arena.gross, item * arena.gross.shape[1] + bucket)
    begin, count = arena.at[item], arena.counts[item]
    begin, end = begin + count * max(since, 0) // arena.gross.shape[1], begin + count
    for place in range(begin, end, LINE):
        fetch(arena.need, place)
        fetch(arena.release, place)
        fetch(arena.start, place)
        fetch(arena.start, place + LINE // 2)
        fetch(arena.quantity, place)
        fetch(arena.quantity, place + LINE // 2)

"""`substitutes.py` again, compiled: what stands in for an item that is short, order by order."""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import shelf_kernel as shelf
from services.production.mrp.engine.machine import compiled
from services.production.mrp.engine.snapshot import NEVER

FULL, TOOK = 1, 2  # places in the arena's tally
SUBSTITUTE, EDGE, NUMBER, BUCKET, REPLACED, TAKEN = 0, 1, 2, 3, 4, 5


@compiled
def add_taken(c, arena, item, gross, until):
    """What the item stands in for, of those planned before a place."""
    for place in range(c.main_at[item], c.main_at[item + 1]):
        main = c.main[place]
        if main >= until:
            return
        begin = arena.taken_at[main]
        for row in range(begin, begin + arena.taken_counts[main]):
            if arena.taken[row, SUBSTITUTE] == item:
                gross[arena.taken[row, BUCKET]] += arena.taken[row, TAKEN]


@compiled
def spare_of(spares, substitute):
    """Its row; the first free one while it has none."""
    for row in range(spares.held[0]):
        if spares.item[row] == substitute:
            return row
    return spares.held[0]


@compiled
def least_from(c, spares, row):
    """For each bucket what its stock never falls below the safety stock by from it on."""
    least = spares.least[row]
    balance = c.stock[spares.item[row]]
    for bucket in range(c.buckets):
        balance += spares.arriving[row, bucket] - spares.gross[row, bucket]
        least[bucket] = balance - spares.safety[row, bucket]
    for bucket in range(c.buckets - 2, -1, -1):
        least[bucket] = min(least[bucket], least[bucket + 1])


@compiled
def plain(c, item):
    return c.lot_at[item] == c.lot_at[item + 1] and c.shelf_life[item] == NEVER


@compiled
def lack(c, rows, row, at, more):
    """The most that is short from a bucket on if so much more were used in it."""
    spares = rows.spares
    item = spares.item[row]
    state, until, quantity = rows.ahead
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    shelf.clear(state)
    for place in range(c.lot_at[item], c.lot_at[item + 1]):
        shelf.receive(state, until, quantity, c.lot_quantity[place], c.lot_until[place])
    shelf.receive(state, until, quantity, c.stock[item], NEVER)
    most = 0
    for bucket in range(c.buckets):
        shelf.expire(state, until, quantity, bucket, minimum_life)
        last = NEVER if life == NEVER else bucket + life
        shelf.receive(state, until, quantity, spares.arriving[row, bucket], last)
        used = spares.gross[row, bucket] + (more if bucket == at else 0)
        shelf.use(state, quantity, used)
        if bucket >= at:
            short = spares.safety[row, bucket] - shelf.available(state, quantity)
            most = max(most, short)
    return most


@compiled
def free(c, rows, row, bucket, wanted):
    """How much of what is wanted may be used in a bucket, so that nothing is short from it on."""
    spares = rows.spares
    if plain(c, spares.item[row]):
        return max(min(wanted, spares.least[row, bucket] - spares.given[row]), 0)
    if lack(c, rows, row, bucket, 0) > 0:
        return 0
    while wanted > 0:
        short = lack(c, rows, row, bucket, wanted)
        if short <= 0:
            break
        wanted -= short
    return max(wanted, 0)


@compiled
def stand_in(c, arena, rows, item, bucket, short):
    """How much of what is short others stand in for: edge by edge, order by order."""
    replaced = 0
    row, end = c.alt_at[item], c.alt_at[item + 1]
    while row < end and replaced < short:
        edge, stop = c.alt_edge[row], row
        while stop < end and c.alt_edge[stop] == edge:
            stop += 1
        if c.first[edge] <= bucket <= c.last[edge]:
            replaced += for_parent(c, arena, rows, (bucket, edge, row, stop), short - replaced)
        row = stop
    return replaced


@compiled
def for_parent(c, arena, rows, place, short):
    """What stands in for one edge's needs of a bucket."""
    bucket, edge, first, stop = place
    parent, replaced = c.parent[edge], 0
    begin = arena.at[parent]
    for number in range(arena.counts[parent]):
        if max(arena.release[begin + number], 0) != bucket:
            continue
        top, below = c.numerator[edge], c.denominator[edge]
        need = (arena.start[begin + number] * top + below - 1) // below
        for row in range(first, stop):
            wanted = min(short - replaced, need)
            if wanted > 0:
                part = take(c, arena, rows, (row, edge, number, bucket), wanted)
                need -= part
                replaced += part
    return replaced


@compiled
def take(c, arena, rows, place, wanted):
    """How much of the item one substitute stands in for in one order; written down."""
    row, edge, number, bucket = place
    top, below = c.alt_numerator[row], c.alt_denominator[row]
    spares = rows.spares
    own = spare_of(spares, c.alt_substitute[row])
    given = free(c, rows, own, bucket, (wanted * top + below - 1) // below)
    replaced = min(wanted, given * below // top)
    if replaced <= 0:
        return 0
    written = arena.tally[TOOK]
    if written == len(arena.taken):
        arena.tally[FULL] = 1
        return 0
    taken = (replaced * top + below - 1) // below
    spares.given[own] += taken
    spares.gross[own, bucket] += taken
    arena.taken[written, SUBSTITUTE], arena.taken[written, EDGE] = spares.item[own], edge
    arena.taken[written, NUMBER], arena.taken[written, BUCKET] = number, bucket
    arena.taken[written, REPLACED], arena.taken[written, TAKEN] = replaced, taken
    arena.tally[TOOK] = written + 1
    return replaced


@compiled
def same_taken(arena, item, written):
    """Whether what was written last stands already."""
    fresh = arena.tally[TOOK] - written
    if arena.taken_counts[item] != fresh:
        return False
    old = arena.taken_at[item]
    for row in range(fresh):
        for part in range(arena.taken.shape[1]):
            if arena.taken[old + row, part] != arena.taken[written + row, part]:
                return False
    return True


@compiled
def settle(arena, item, written):
    """Let the item's substitutions be those written last; answers whether they are others."""
    if same_taken(arena, item, written):
        arena.tally[TOOK] = written
        return False
    fresh = arena.tally[TOOK] - written
    if fresh <= arena.taken_counts[item]:  # what stood leaves room enough
        old = arena.taken_at[item]
        for row in range(fresh):
            for part in range(arena.taken.shape[1]):
                arena.taken[old + row, part] = arena.taken[written + row, part]
        arena.tally[TOOK] = written
    else:
        arena.taken_at[item] = written
    arena.taken_counts[item] = fresh
    return True


@compiled
def gather(arena, fresh):
    """Write all substitutions one main item behind the other."""
    place = 0
    for main in range(len(arena.taken_at)):
        old, count = arena.taken_at[main], arena.taken_counts[main]
        fresh.taken_at[main], fresh.taken_counts[main] = place, count
        for row in range(old, old + count):
            for part in range(arena.taken.shape[1]):
                fresh.taken[place, part] = arena.taken[row, part]
            place += 1
    fresh.tally[TOOK] = place

"""Compile the engine before anybody waits for it: `python -m services.production.mrp.engine.ahead`.

What is compiled is kept (`machine.py`) and serves until a source of the engine changes. Takes most
of a minute, the second time a second. Where numba cannot be had there is nothing to do.
"""

from dataclasses import replace
from decimal import Decimal

from services.production.mrp.engine.building import build
from services.production.mrp.engine.engines import chosen_engine
from services.production.mrp.engine.generated import generated
from services.production.mrp.engine.given import Item, Lot, Substitute
from services.production.mrp.engine.snapshot import Snapshot


def compile_ahead() -> bool:
    """Use every compiled function once on a small plan; False where the reference plans."""
    if chosen_engine().notice is not None:
        return False
    from services.production.mrp.engine import compiled, everything, promising

    standing = compiled.Standing(small())
    everything.check_all_bounds(standing)
    everything.all_messages(standing)
    standing.add_demand(0, 3, 7)
    standing.arena = compiled.roomier(standing.arena)
    promising.earliest(small(), 0, 1)
    return True


def small() -> Snapshot:
    """A plan with all that has its own code: lots that spoil, and parts that stand in."""
    given = generated(20, 40, tangled=True)
    spoils = replace(given.items[-1], lots=[Lot(Decimal(5), 9)])
    lines = [replace(given.lines[0], substitutes=[Substitute("Z")]), *given.lines[1:]]
    items = [*given.items[:-1], spoils, Item("Z", on_hand=Decimal(30))]
    return build(replace(given, items=items, lines=lines))


if __name__ == "__main__":
    compile_ahead()

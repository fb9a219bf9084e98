"""What a standing plan keeps, compared with what the reference reckons from its orders."""

import numpy as np

from services.production.mrp.engine.compiled import Standing
from services.production.mrp.engine.kernel import STEP
from services.production.mrp.engine.net import firm_row, gross_need
from services.production.mrp.engine.snapshot import NEVER


def check_kept(standing: Standing) -> None:
    """Each gross need that is kept, and what is left beyond the safety stock before each step."""
    snapshot, plan, arena = standing.snapshot, standing.plan, standing.arena
    for item, id in enumerate(snapshot.ids):
        gross = gross_need(snapshot, plan, item)
        if arena.kept[item]:
            assert arena.gross[item].tolist() == gross, id
        lots = snapshot.lots.at[item] < snapshot.lots.at[item + 1]
        if lots or snapshot.shelf_life[item] != NEVER or snapshot.alternates.of(item):
            continue
        come = np.array(firm_row(snapshot, item)) - np.array(gross)
        for order in plan.of(item):
            come[order.need] += order.quantity
        left = snapshot.stock[item] + np.concatenate(([0], np.cumsum(come)))
        left[1:] -= np.array(snapshot.safety_row(item))
        assert arena.left[item].tolist() == left[::STEP].tolist(), id

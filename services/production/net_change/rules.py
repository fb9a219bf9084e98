"""A plan that stands in the planning process, and what moves it. Pure.

It is kept as it was planned: its input by columns, its orders in the compiled engine. What some
items' rows say anew is put in their places, and these items are planned again with whatever that
reaches: the same input and the same orders as a regeneration gives, bit for bit.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.columnar import Laid, Named, named_of
from services.production.mrp.engine.patching import inputs_at, with_inputs
from services.production.mrp.engine.plan import DIGEST
from services.production.mrp.engine.read_rows import Ints, Keys, ReadRows
from services.production.mrp.engine.snapshot import Digests
from shared.i18n import Bilingual

if TYPE_CHECKING:
    from services.production.mrp.engine.compiled import Standing

KEY = 16  # bytes of a UUID
LARGE = 4  # more than one item in so many: planned whole, or stored whole
REASONS = {
    "what_if": Bilingual("A what-if is planned whole", "模拟运行总是整体计划"),
    "nothing_stands": Bilingual(
        "The planning process keeps no plan: it has just started, or the last run failed",
        "计划进程中没有保留的计划：进程刚启动，或上次运行失败",
    ),
    "new_day": Bilingual("A new day has begun since the last run", "上次运行之后已是新的一天"),
    "horizon": Bilingual("The days to plan are others", "计划天数或工作日历已改变"),
    "structure": Bilingual("Structures of items changed", "物料清单已变更"),
    "items": Bilingual("There are new items", "有新增物料"),
    "shape": Bilingual(
        "An item's decimals changed, or a phantom is stocked now",
        "物料的小数位数已变更，或虚拟件有了库存或需求",
    ),
    "many": Bilingual("More than a quarter of all items changed", "超过四分之一的物料发生了变化"),
    "run_gone": Bilingual("The run that it would move is no longer kept", "所依据的运行已不再保留"),
}


class Terms(NamedTuple):
    """Whose plan it is and over which days; another plan is another plan."""

    company_id: UUID
    today: date
    buckets: int
    working: str


class Shape(NamedTuple):
    """What structures are made of, by item in order of keys; a share only of blown phantoms."""

    keys: Keys
    decimals: Ints
    shares: Ints


def shape_of(known: Laid) -> Shape:
    shares = np.where(known.blown, known.given["yield_6"], -1)
    return Shape(known.keys, known.given["decimals"], shares)


@dataclass
class Kept:
    """A regular run's plan as it stands; `moment` is the database snapshot that it was read in."""

    terms: Terms
    run_id: UUID
    whole_id: UUID  # the run whose store holds all items
    plan_hash: str
    moment: str
    named: Named
    standing: "Standing"
    shape: Shape
    place: Ints  # of each item in order of keys
    parents: Keys  # of the structure's lines, in order
    components: Keys
    said: Ints  # how many messages each item has
    digests: bytearray
    known: Digests
    moved: npt.NDArray[np.bool_]  # planned again since the whole run


def places_of(named: Named, shape: Shape) -> Ints:
    """Where each item stands in planning order, in order of keys."""
    raw = bytes.fromhex("".join(named.snapshot.ids).replace("-", ""))
    order = np.argsort(np.frombuffer(raw, "S16"), kind="stable")
    assert len(order) == len(shape.keys)
    return order


def with_components(kept: Kept, ids: Collection[UUID]) -> list[UUID]:
    """These items and what their structures name: a firm order's need stands at its components."""
    keys = np.array(sorted(id.bytes for id in ids), "S16")
    begin = np.searchsorted(kept.parents, keys, side="left")
    end = np.searchsorted(kept.parents, keys, side="right")
    spans = [kept.components[b:e] for b, e in zip(begin.tolist(), end.tolist(), strict=True)]
    whole = np.unique(np.concatenate((keys, *spans)))
    raw = whole.tobytes()
    return [UUID(bytes=raw[at : at + KEY]) for at in range(0, len(raw), KEY)]


def misfit(kept: Kept, fresh: Laid, asked: int) -> str:
    """Why these rows cannot be put into the plan that stands; empty when they can."""
    shape = shape_of(fresh)
    at = np.minimum(np.searchsorted(kept.shape.keys, shape.keys), len(kept.shape.keys) - 1)
    if len(shape.keys) != asked or (kept.shape.keys[at] != shape.keys).any():
        return "items"
    same = (kept.shape.decimals[at] == shape.decimals) & (kept.shape.shares[at] == shape.shares)
    return "" if same.all() else "shape"


def move(kept: Kept, read: ReadRows, fresh: Laid) -> tuple[Ints, Ints]:
    """Plan what the rows change: the items planned again, and those whose orders are others now.

    Raises a problem where a number would leave its bounds; then the plan stands no longer.
    """
    from services.production.mrp.engine.everything import check_all_bounds, messages_of

    working = [one == "1" for one in kept.terms.working]
    part = named_of(fresh, read, kept.terms.buckets, working)
    places = kept.place[np.searchsorted(kept.shape.keys, fresh.keys)]
    order = np.argsort(places)
    kept.named = with_inputs(kept.named, inputs_at(part, order), places[order])
    replanned, moved = kept.standing.rebase(kept.named.snapshot, places, check_all_bounds)
    told = messages_of(kept.standing, replanned)
    kept.said[replanned] = np.bincount(told[:, 0], minlength=len(kept.said))[replanned]
    kept.moved[replanned] = True
    rehash(kept, moved.tolist())
    return replanned, moved


def rehash(kept: Kept, moved: list[int]) -> None:
    """The plan's hash, of which only the items that moved are hashed anew."""
    fresh = kept.standing.plan.digests(moved)
    for number, place in enumerate(moved):
        own = fresh[number * DIGEST : (number + 1) * DIGEST]
        kept.digests[place * DIGEST : (place + 1) * DIGEST] = own
    kept.plan_hash = hashlib.sha256(kept.digests).hexdigest()

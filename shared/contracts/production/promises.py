"""What may be promised by when: asked by whoever has an order in hand."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Quantity

Life = Annotated[int, Field(ge=0, le=3650)]


class PromiseWish(Body):
    """So much of an item on a day, by default today; days before today count as today.

    `minimum_life_days` must remain on that day, at least those of the item's planning policy.
    """

    item_id: UUID
    quantity: Quantity
    day: date | None = None
    minimum_life_days: Life = 0


class AskPromises(Body):
    """Body of `POST /planning/promises`: as many lines as an order has.

    Lines of one item share it in the order given. `document_id` has its own demand left out: what
    is asked for an order is not taken by the same order. `series` asks for these as well.
    """

    lines: Annotated[tuple[PromiseWish, ...], Field(min_length=1, max_length=500)]
    document_id: UUID | None = None
    series: bool = False


class PromiseDay(Contract):
    """From `day` until the next one so much may be promised."""

    day: date
    available: AnyQuantity


class ItemPromise(Contract):
    """`available` on `day`, whatever was asked; `complete`: it is at least the quantity.

    `earliest_on` is the first day from `day` on with the whole quantity; none: what is firm does
    not suffice. `series`, where asked for, are the changes from today on, the first hundred.
    """

    item_id: UUID
    item_code: str
    quantity: Quantity
    day: date
    available: AnyQuantity
    complete: bool
    earliest_on: date | None
    series: tuple[PromiseDay, ...]


class ItemPromises(Contract):
    """The answers in the order of the lines."""

    today: date
    lines: tuple[ItemPromise, ...]

"""What of a sales order is still to be promised, and the answers beside its lines. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from shared.decimals import plain
from shared.i18n import Bilingual
from shared.problems import NotFound

Json = dict[str, Any]
ENDED = frozenset({"cancelled", "closed", "shipped"})  # nothing of it is to come


class OrderUnknown(NotFound):
    title = Bilingual("There is no such sales order", "没有此销售订单")


def held_by_line(reservation: Json | None) -> dict[str, Decimal]:
    """What is held of each line."""
    lines: Iterable[Json] = reservation["lines"] if reservation else ()
    return {line["line_id"]: Decimal(line["held"]) for line in lines}


def open_lines(order: Json, reservation: Json | None) -> list[Json]:
    """Each line with what is held for it, and what is still open: neither held nor on its way.

    What is being delivered or has left is held no more, or is part of what was held.
    """
    held = held_by_line(reservation)
    found: list[Json] = []
    for line in order["lines"]:
        gone = Decimal(line["delivering"]) + Decimal(line["shipped"])
        secured = max(held.get(line["id"], Decimal(0)), gone)
        wanted = Decimal(line["quantity"])
        missing = Decimal(0) if order["state"] in ENDED else max(wanted - secured, Decimal(0))
        found.append(
            {
                "line_id": line["id"],
                **{name: line[name] for name in ("line", "item_id", "item_code", "due_on")},
                "quantity": plain(wanted),
                "held": plain(secured),
                "open": plain(missing),
                "promise": None,
            }
        )
    return found


def question(order: Json, lines: Iterable[Json], life: int) -> Json:
    """The body for production: the open lines by line number, the order's own demand left out."""
    wishes = [
        {
            "item_id": line["item_id"],
            "quantity": line["open"],
            "day": line["due_on"],
            "minimum_life_days": life,
        }
        for line in wanting(lines)
    ]
    return {"document_id": order["id"], "lines": wishes}


def wanting(lines: Iterable[Json]) -> list[Json]:
    return [line for line in lines if line["open"] != "0"]


def answered(lines: Iterable[Json], answer: Json) -> list[Json]:
    """The lines with production's answers beside those that are open."""
    promises = iter(answer["lines"])
    return [line if line["open"] == "0" else {**line, "promise": next(promises)} for line in lines]


def complete(lines: Iterable[Json]) -> bool:
    """Whether every open line can be had by its day."""
    return all(line["promise"]["complete"] for line in wanting(lines))

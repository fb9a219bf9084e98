"""How large orders are: the lot rules, in smallest units."""

from services.production.mrp.engine.scaling import ceiling


def order_sizes(needed: int, minimum: int, maximum: int, multiple: int) -> list[int]:
    """The orders that cover a shortage.

    Each is a whole multiple, at least the minimum and at most the maximum (0: none), both of which
    are whole multiples too; a shortage above the maximum takes several orders of the same day.
    """
    sizes: list[int] = []
    while needed > 0:
        size = max(minimum, rounded_up(needed, multiple))
        sizes.append(min(size, maximum) if maximum else size)
        needed -= sizes[-1]
    return sizes


def rounded_up(quantity: int, multiple: int) -> int:
    return ceiling(quantity, multiple) * multiple

"""The master schedule's own rules: forecasts are consumed by orders, and what may be promised."""

from collections.abc import Sequence

Dated = tuple[int, int]  # bucket, quantity


def unconsumed(
    forecasts: Sequence[Dated], orders: Sequence[Dated], back: int, ahead: int, fence: int = 0
) -> list[Dated]:
    """What is left of each forecast once the orders it foresaw are taken off.

    An order takes from the forecast of its own bucket, then from earlier ones, the nearest first,
    at most `back` buckets before, then from later ones at most `ahead` after. Orders go by date.
    Inside the demand `fence` only orders count: what is left of a forecast there is nothing.
    """
    left = sorted(forecasts)
    quantities = [quantity for _, quantity in left]
    for bucket, wanted in sorted(orders):
        near = [
            (abs(at - bucket), at > bucket, place)
            for place, (at, _) in enumerate(left)
            if bucket - back <= at <= bucket + ahead
        ]
        rest = wanted
        for _, _, place in sorted(near, key=lambda one: (one[1], one[0], one[2])):
            taken = min(rest, quantities[place])
            quantities[place] -= taken
            rest -= taken
    return [
        (bucket, quantity if bucket >= fence else 0)
        for (bucket, _), quantity in zip(left, quantities, strict=True)
    ]


def available_to_promise(supply: Sequence[int], promised: Sequence[int]) -> list[int]:
    """What may still be promised by each bucket: no later promise is broken by it.

    `supply` is stock (in bucket 0), firm and planned receipts; never below zero.
    """
    balance, balances = 0, list[int]()
    for coming, taken in zip(supply, promised, strict=True):
        balance += coming - taken
        balances.append(balance)
    least, answer = None, list[int]()
    for one in reversed(balances):
        least = one if least is None else min(least, one)
        answer.append(max(least, 0))
    return answer[::-1]

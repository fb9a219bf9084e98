"""The shelf of `shelf.py` over plain arrays, for the compiled engine.

`state` holds head, end and short of one shelf: its layers are those from head up to end. Imported
only where numba is to be had.
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine.machine import compiled
from services.production.mrp.engine.snapshot import NEVER

HEAD, END, SHORT = 0, 1, 2


@compiled
def clear(state):
    state[HEAD] = state[END] = state[SHORT] = 0


@compiled
def expire(state, until, quantity, bucket, minimum_life):
    wasted = 0
    while state[HEAD] < state[END] and until[state[HEAD]] - minimum_life < bucket:
        wasted += quantity[state[HEAD]]
        state[HEAD] += 1
    return wasted


@compiled
def receive(state, until, quantity, amount, last):
    served = min(amount, state[SHORT])
    state[SHORT] -= served
    amount -= served
    if amount == 0:
        return
    place = state[END]
    while place > state[HEAD] and until[place - 1] >= last:
        if until[place - 1] == last:
            quantity[place - 1] += amount
            return
        place -= 1
    for index in range(state[END], place, -1):
        until[index], quantity[index] = until[index - 1], quantity[index - 1]
    until[place], quantity[place] = last, amount
    state[END] += 1


@compiled
def use(state, quantity, amount):
    while amount > 0 and state[HEAD] < state[END]:
        taken = min(amount, quantity[state[HEAD]])
        amount -= taken
        quantity[state[HEAD]] -= taken
        if quantity[state[HEAD]] == 0:
            state[HEAD] += 1
    state[SHORT] += amount


@compiled
def available(state, quantity):
    total = -state[SHORT]
    for place in range(state[HEAD], state[END]):
        total += quantity[place]
    return total


@compiled
def shortage(shelf, ahead, gross, arriving, safety, begin, end, life, minimum_life):
    """The most that is short at any one time of a window, whose first bucket is already used."""
    state, until, quantity = shelf
    other, other_until, other_quantity = ahead
    layers = state[END] - state[HEAD]
    other[HEAD], other[END], other[SHORT] = 0, layers, state[SHORT]
    for place in range(layers):
        other_until[place] = until[state[HEAD] + place]
        other_quantity[place] = quantity[state[HEAD] + place]
    most = safety[begin] - available(other, other_quantity)
    for bucket in range(begin + 1, min(end, len(gross))):
        expire(other, other_until, other_quantity, bucket, minimum_life)
        last = NEVER if life == NEVER else bucket + life
        receive(other, other_until, other_quantity, arriving[bucket], last)
        use(other, other_quantity, gross[bucket])
        most = max(most, safety[bucket] - available(other, other_quantity))
    return most

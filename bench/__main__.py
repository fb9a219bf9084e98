"""`make bench`: the performance table, from a stack of its own.

python -m bench                     every part
python -m bench waiting_saga lists  these parts alone
"""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable

from rich.console import Console

from bench.beside import orders_beside_plan
from bench.buying import purchases
from bench.cluster import Cluster, throw_away
from bench.events import event_path
from bench.figures import Absent, Figure, keep, show
from bench.making import production
from bench.planning import planning
from bench.sagas import waiting_saga
from bench.scheduling import scheduling
from bench.selling import lists, orders
from bench.stock import growth, moves
from bench.whole import stack_memory, stack_start

PARTS: dict[str, Callable[[Cluster], list[Figure]]] = {
    "stack_start": stack_start,
    "stack_memory": stack_memory,
    "waiting_saga": waiting_saga,
    "events": event_path,
    "moves": moves,
    "o2c": orders,
    "p2p": purchases,
    "production": production,
    "growth": growth,
    "lists": lists,
    "planning": planning,
    "scheduling": scheduling,
    "orders_beside_plan": orders_beside_plan,
}


WIDTH = 130  # of the table where there is no terminal: every figure stands under its whole name


def main() -> int:
    """0 when every part that was asked for gave its figures."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
    wanted: list[str] = parser.parse_args().parts or list(PARTS)
    if unknown := sorted(set(wanted) - set(PARTS)):
        parser.error(f"unknown: {', '.join(unknown)}")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    figures: list[Figure] = []
    absent: list[Absent] = []
    # The stack goes away with us.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(1))
    with throw_away() as cluster:
        for name in wanted:
            began = time.monotonic()
            try:
                figures += PARTS[name](cluster)
            except Exception as fault:  # noqa: BLE001 - the other parts still count
                absent.append(Absent(name, f"{type(fault).__name__}: {fault}"[:600]))
                console.print(f"[dim]{traceback.format_exc()}[/]", markup=False)
            keep(figures)  # what is measured stays, whatever becomes of the rest
            console.print(f"[dim]{name} {time.monotonic() - began:.1f} s[/]")
    show(console, figures, absent)
    return bool(absent)


if __name__ == "__main__":
    raise SystemExit(main())

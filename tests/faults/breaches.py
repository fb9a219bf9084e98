"""Short sieges at the moment for which a guarantee exists: with it nothing parts, without it all.

What each does is the ordinary accident of platform.md 1.5; what it leaves is judged by the account
of the whole stack. They run on one stack, so each answers with what is new in the account.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from shared.contracts.inventory.events import ShipmentDispatched
from tests.faults.account import Account, reconcile
from tests.faults.crowd import Crowd
from tests.faults.siege import UNSENT, WINDOW_SECONDS, Siege, eventually

HEARER, TELLER = "production", "inventory"
CLIENTS = 2
ORDERS_SECONDS = 2.0
PATIENCE_SECONDS = 20.0


@dataclass
class Field:
    """The stack under siege, and what was ordered on it so far."""

    siege: Siege
    account: Account
    done: int

    @contextmanager
    def orders(self) -> Iterator[None]:
        """Clients at work; each ends the order it is at."""
        crowd = Crowd(self.siege.cluster.gateway, dict(self.siege.cluster.run["users"]), CLIENTS)
        crowd.start()
        try:
            yield
        finally:
            notes = crowd.finish()
            self.done += notes.done
        assert not notes.faults, notes.faults
        assert not notes.bugs, notes.bugs

    def disagreements(self) -> list[str]:
        self.siege.until_ready()
        self.siege.until_quiet()
        return self.account.disagreements(self.done, reconcile(self.siege))


def lose_the_stream(field: Field) -> str:
    """The broker comes back older than it was, while one hearer had not heard yet."""
    siege = field.siege
    siege.keep_store()
    siege.arm(HEARER, "start")
    siege.kill(HEARER)
    stopped = siege.held(HEARER)
    assert stopped is not None
    with field.orders():
        time.sleep(ORDERS_SECONDS)
    assert eventually(lambda: siege.under_way() == (0, 0), PATIENCE_SECONDS), siege.under_way()
    siege.roll_back_store()
    os.kill(stopped[0], signal.SIGCONT)
    return f"the store was rolled back while {HEARER} slept"


def wake_an_old_leader(field: Field) -> str:
    """A leader sleeps with half a batch in hand, is replaced, and wakes."""
    siege = field.siege
    with siege.second(TELLER), field.orders():
        siege.arm(TELLER, "sending")
        stopped = siege.held(TELLER)
        assert stopped is not None
        sleeper, in_flight = stopped
        siege.depose(TELLER)
        assert eventually(lambda: siege.ask(TELLER, UNSENT) == 0, PATIENCE_SECONDS)
        time.sleep(2 * WINDOW_SECONDS)
        os.kill(sleeper, signal.SIGCONT)
        time.sleep(1.0)
    return f"a relay of {TELLER} woke with half of {in_flight} events, replaced"


def kill_a_hearer(field: Field) -> str:
    """Kill -9 between commit and acknowledgement of a fact that a copy adds up."""
    siege = field.siege
    with field.orders():
        siege.arm(HEARER, f"committed {ShipmentDispatched.subject}")
        stopped = siege.held(HEARER)
        assert stopped is not None
        victim, in_flight = stopped
        os.kill(victim, signal.SIGKILL)
    return f"{HEARER} was killed with {in_flight} events committed and not acknowledged"


BREACHES: Final[dict[str, tuple[Callable[[Field], str], tuple[str, ...]]]] = {
    "resync": (lose_the_stream, (f"{TELLER}: lost:", f"{HEARER}'s stock of")),
    "fence": (wake_an_old_leader, (f"{TELLER}: twice in the stream:",)),
    "inbox": (kill_a_hearer, (f"{HEARER}'s stock of",)),
}


def prove(field: Field, say: Callable[[str], None], *, soundly: bool) -> None:
    """Each accident without its guarantee parts the accounts, by name; `soundly`: not with it.

    The accounts agree when this begins.
    """
    asyncio.run(field.siege.shorten(TELLER, HEARER))
    known = set[str]()
    for guard, (accident, named) in BREACHES.items():
        if soundly:
            told = accident(field)
            found = [line for line in field.disagreements() if line not in known]
            say(f"with the {guard}, {told}: {len(found)} disagreements")
            assert not found, found
        with field.siege.without(guard):
            told = accident(field)
            found = [line for line in field.disagreements() if line not in known]
        say(f"without the {guard}, {told}: {len(found)} disagreements, as {found[:2]}")
        for name in named:
            assert any(name in line for line in found), (guard, name, found)
        if guard == "resync":
            heal(field)
        else:
            known |= set(found)


def heal(field: Field) -> None:
    """What a lost stream took is told again by the repair, and the accounts agree once more."""
    reconcile(field.siege, repair=True)
    left = field.disagreements()
    assert not left, left

"""The stack of `make run` whose services a test can stop at a place, or strip of a guarantee.

`python -m tests.faults.breach run` supervises services that start from here as well. Each looks
into the folder `faults` of its home: `hold-sales` names a place where sales stops itself (SIGSTOP)
and notes its pid and what is in flight; while `without-fence` lies there, the fence is off. This
module is the only one that knows these switches and it is in no image and no package.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import main as supervisor
from deploy.local import multi, one
from shared import deliveries, runtime
from shared.contracts.base import Envelope
from shared.database import AsyncSession
from tests.faults.held import HeldConsumer, HeldRelay

CALM_SECONDS = 5.0  # services that are killed on purpose are no sick services
FLUSH_SECONDS = 0.05
MARKER = "--home="


@dataclass(frozen=True)
class Folder:
    """The gate and the guards of one service."""

    context: str
    path: Path

    @property
    def inbox(self) -> bool:
        return not (self.path / "without-inbox").exists()

    @property
    def fence(self) -> bool:
        return not (self.path / "without-fence").exists()

    @property
    def resync(self) -> bool:
        return not (self.path / "without-resync").exists()

    async def reach(self, place: str, in_flight: int) -> None:
        """Stop here if the test asked for it; what was sent so far leaves the process first."""
        if self.asked(place):
            await asyncio.sleep(FLUSH_SECONDS)
            self.stop(in_flight)

    def asked(self, place: str) -> bool:
        """True once per order."""
        order = self.path / f"hold-{self.context}"
        try:
            if order.read_text(encoding="utf-8") != place:
                return False
            order.unlink()
        except FileNotFoundError:
            return False
        return True

    def stop(self, in_flight: int) -> None:
        note = self.path / f"held-{self.context}"
        fresh = note.with_suffix(".fresh")
        fresh.write_text(json.dumps([os.getpid(), in_flight]), encoding="utf-8")
        fresh.replace(note)
        os.kill(os.getpid(), signal.SIGSTOP)


def strip(folder: Folder) -> None:
    """Have this process's relays and consumers ask the folder."""
    claimed = deliveries.note_heard

    async def note_heard(
        session: AsyncSession, consumer: str, envelopes: Sequence[Envelope]
    ) -> set[Any]:
        fresh = await claimed(session, consumer, envelopes)
        return fresh if folder.inbox else {one.id for one in envelopes}

    HeldRelay.gate = HeldConsumer.gate = folder
    HeldRelay.guards = folder
    for place, name, planted in (
        (runtime, "Relay", HeldRelay),
        (runtime, "Consumer", HeldConsumer),
        (deliveries, "note_heard", note_heard),
    ):
        setattr(place, name, planted)


def serve(context: str, home: Path) -> None:
    """One service, as the supervisor starts it."""
    folder = Folder(context, home / "faults")
    strip(folder)
    if folder.asked("start"):
        folder.stop(0)
    one.main()


def main() -> int:
    """The supervisor, or one of its services."""
    homes = [part.removeprefix(MARKER) for part in sys.argv if part.startswith(MARKER)]
    if homes:
        serve(sys.argv[1], Path(homes[0]))
        return 0
    for name, planted in (("ENTRY", "tests.faults.breach"), ("CALM", CALM_SECONDS)):
        setattr(multi, name, planted)
    return supervisor.main()


if __name__ == "__main__":
    raise SystemExit(main())

"""What the audience sees: one line per step, who did it, and the numbers of the documents."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape

NUMBERS_SHOWN = 3
AUTOMATIC = "automatic"


@dataclass
class Stage:
    """Counts and prints the steps. `human` steps name the role that acted."""

    console: Console
    steps: int = 0
    automatic: int = 0
    actors: set[str] = field(default_factory=set[str])
    documents: set[str] = field(default_factory=set[str])
    began: float = field(default_factory=time.monotonic)

    def act(self, title: str) -> None:
        self.console.print(f"\n[bold]{escape(title)}[/bold]")

    def human(self, role: str, what: str, numbers: Iterable[str] = ()) -> None:
        """A person did this."""
        self.actors.add(role)
        self.line(role, "[cyan]human[/cyan]    ", what, list(numbers))

    def system(self, context: str, what: str, numbers: Iterable[str] = ()) -> None:
        """Nobody did this: an event, a saga or a rule."""
        self.automatic += 1
        self.line(context, "[green]automatic[/green]", what, list(numbers))

    def line(self, who: str, kind: str, what: str, numbers: list[str]) -> None:
        self.steps += 1
        self.documents |= set(numbers)
        shown = ", ".join(numbers[:NUMBERS_SHOWN])
        more = f" +{len(numbers) - NUMBERS_SHOWN}" if len(numbers) > NUMBERS_SHOWN else ""
        clock = f"{time.monotonic() - self.began:6.1f} s"
        self.console.print(
            f"{self.steps:3} {clock}  {kind}  {who:<18} {escape(what)}"
            + (f"  [dim]{escape(shown)}{more}[/dim]" if numbers else ""),
            soft_wrap=True,
        )

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner while the system works; nothing where the output is no terminal."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(what):
            yield

"""How a search tells what it has found, and learns when it must end."""

import math
from collections.abc import Callable
from typing import Protocol


class Search(Protocol):
    """Whoever watches a search; `left` seconds may it still take, none when it is given up."""

    def improved(self, objective: int) -> None: ...
    def bounded(self, bound: int) -> None: ...
    def begun(self, stop: Callable[[], None]) -> None: ...
    def left(self) -> float: ...


class Quiet:
    """A search that nobody watches and no clock ends."""

    def improved(self, objective: int) -> None: ...

    def bounded(self, bound: int) -> None: ...

    def begun(self, stop: Callable[[], None]) -> None: ...

    def left(self) -> float:
        return math.inf

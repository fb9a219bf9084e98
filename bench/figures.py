"""A figure, its goal, and how all of them are shown and kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

RESULTS: Final = Path("bench/results/latest.jsonl")


@dataclass(frozen=True, slots=True)
class Goal:
    """What the ratio (or the absolute value) must be, and what would be good."""

    must: float
    good: float
    more_is_better: bool = False

    def verdict(self, value: float) -> str:
        """`good`, `must` or `missed`."""
        sign = -1 if self.more_is_better else 1
        if value * sign <= self.good * sign:
            return "good"
        return "must" if value * sign <= self.must * sign else "missed"


# Names are stable, so that runs compare.
GOALS: Final[dict[str, Goal]] = {
    "o2c_cpu": Goal(160, 80),
    "o2c_statements": Goal(150, 90),
    "o2c_8_vs_2": Goal(0.95, 1.1, more_is_better=True),
    "o2c_serial": Goal(250, 120),
    "p2p_cpu": Goal(160, 90),
    "production_cpu": Goal(70, 35),
    "move_one_cpu": Goal(5, 2.5),
    "move_100_rate": Goal(0.05, 0.2, more_is_better=True),
    "hot_command": Goal(0.25, 0.5, more_is_better=True),
    "list_orders": Goal(10, 5),
    "on_hand_growth": Goal(1.2, 1.05),
    "reserve_growth": Goal(1.2, 1.05),
    "event_rate": Goal(0.4, 0.7, more_is_better=True),
    "event_lag": Goal(3, 1.5),
    "stack_start": Goal(10, 6),
    "stack_memory": Goal(6, 4),
    "waiting_saga": Goal(1024, 400),
    "plan_1k": Goal(0.02, 0.01),
    "plan_10k": Goal(0.2, 0.1),
    "plan_100k": Goal(1.0, 0.6),
    "plan_100k_memory": Goal(700, 550),
    "plan_growth": Goal(20, 16),
    "plan_loop_ratio": Goal(15, 30, more_is_better=True),
    "plan_100k_net_deep": Goal(1, 0.3),
    "plan_100k_net_end_item": Goal(20, 8),
    "plan_tangled_end_item": Goal(150, 60),
    "plan_shelf_item": Goal(50, 25),
    "plan_pegging": Goal(5, 2),
    "plan_trace": Goal(50, 20),
    "plan_100k_messages": Goal(2.5, 1.0),
    "plan_100k_written": Goal(10, 6),
    "plan_100k_moved": Goal(1000, 500),
    "orders_beside_plan": Goal(1.5, 1.2),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `limit` is the peer of the same run; without one the value is absolute."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    cpu_ms: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over the limit's."""
        return self.value / self.limit if self.limit else None

    @property
    def judged(self) -> float:
        """What the goal speaks about."""
        return self.value if self.ratio is None else self.ratio

    def line(self) -> str:
        """The figure as it is kept."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 4),
                "unit": self.unit,
                "limit": self.limit,
                "ratio": self.ratio,
                "cpu_ms": self.cpu_ms,
            }
        )


@dataclass(frozen=True, slots=True)
class Absent:
    """A part that could not be measured, and why."""

    name: str
    why: str


def keep(figures: Iterable[Figure]) -> None:
    """Write the run's figures, replacing the last run's."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text("".join(f"{figure.line()}\n" for figure in figures), encoding="utf-8")


def show(console: Console, figures: Iterable[Figure], absent: Iterable[Absent]) -> None:
    """One table, then what is missing from it."""
    table = Table(title="bench")
    for heading in ("figure", "value", "limit", "ratio", "must", "good", "CPU ms", ""):
        table.add_column(heading, justify="left" if heading in ("figure", "") else "right")
    for one in figures:
        goal = GOALS.get(one.name)
        table.add_row(
            one.name,
            f"{one.value:,.2f} {one.unit}",
            "" if one.limit is None else f"{one.limit:,.4g}",
            "" if one.ratio is None else f"{one.ratio:.3g}",
            "" if goal is None else f"{goal.must:g}",
            "" if goal is None else f"{goal.good:g}",
            "" if one.cpu_ms is None else f"{one.cpu_ms:.2f}",
            "" if goal is None else goal.verdict(one.judged),
        )
    console.print(table)
    for part in absent:
        console.print(f"[yellow]{part.name}[/]: {part.why}")

"""A shop to be scheduled: orders with their operations, work centres with their working time.

Time is whole minutes. Every work centre opens at the same minute of a working day, some for longer
than others. Two scales follow: a centre's *own* time counts only the minutes it works, so that an
operation, which stops for the night and goes on in the morning, is one piece there; the *shop's*
time gives each working day as many minutes as the centre that works longest, so that centres can be
compared. Free days are on neither.
"""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Centre:
    """A work centre: `units` operations at once, `minutes` on each working day.

    `units` 0: whatever comes is done at once, because this centre is not scheduled.
    """

    id: str
    units: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Task:
    """One operation at the centre at place `centre`; `minutes` of the centre's own time, from 1."""

    operation: int
    centre: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Job:
    """What remains of an order: its tasks one after the other.

    `release` and `due` are minutes of the shop's time: nothing begins before the one, and what ends
    after the other is late. `after` are the places of the jobs that make its components.
    """

    id: str
    release: int
    due: int
    weight: int
    tasks: tuple[Task, ...]
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """Jobs by id; `day` is how many minutes of the shop's time a working day has."""

    day: int
    centres: tuple[Centre, ...]
    jobs: tuple[Job, ...]

    def digest(self) -> str:
        """SHA-256 of everything a schedule is made from."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def opens(self, centre: Centre, at: int) -> int:
        """The centre's first own minute at or after a minute of the shop."""
        day, minute = divmod(at, self.day)
        return day * centre.minutes + min(minute, centre.minutes)

    def started(self, centre: Centre, own: int) -> int:
        """The minute of the shop in which an operation begins: the morning, not the evening."""
        day, minute = divmod(own, centre.minutes)
        return day * self.day + minute

    def ended(self, centre: Centre, own: int) -> int:
        """The minute of the shop by which an operation has ended: the evening, not the morning."""
        day, minute = divmod(own - 1, centre.minutes)
        return day * self.day + minute + 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each task begins, in its centre's own time: by job, then by task, as in the shop."""

    starts: tuple[tuple[int, ...], ...]

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.starts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Placed:
    """One operation as it is told: by whom and when, in minutes of the shop's time."""

    job: int
    task: int
    unit: int  # of the centre, from 0
    begin: int
    end: int


def end_of(shop: Shop, job: Job, starts: tuple[int, ...]) -> int:
    """The minute of the shop by which the job has ended."""
    last = job.tasks[-1]
    return shop.ended(shop.centres[last.centre], starts[-1] + last.minutes)


def lateness(shop: Shop, schedule: Schedule) -> list[int]:
    """By how many minutes of the shop's time each job ends after it is due; 0 when it does not."""
    return [
        max(0, end_of(shop, job, starts) - job.due)
        for job, starts in zip(shop.jobs, schedule.starts, strict=True)
    ]


def objective(shop: Shop, schedule: Schedule) -> int:
    """Weighted tardiness: what a schedule is judged by, the less the better."""
    late = lateness(shop, schedule)
    return sum(job.weight * minutes for job, minutes in zip(shop.jobs, late, strict=True))

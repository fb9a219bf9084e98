"""Random shops, and small ones that can be reckoned by hand."""

from random import Random

from hypothesis import strategies as st

from services.production.scheduling.engine.shop import Centre, Job, Shop, Task

DAY = 480


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Up to eight jobs over three centres of different hours and units, with components."""
    hours = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3))
    centres = tuple(
        Centre(f"c{place}", draw(st.integers(0, 3)), minutes) for place, minutes in enumerate(hours)
    )
    day = max(hours) + draw(st.integers(0, 1))
    jobs: list[Job] = []
    for place in range(draw(st.integers(1, 8))):
        tasks = tuple(
            Task(number * 10, draw(st.integers(0, len(centres) - 1)), draw(st.integers(1, 15)))
            for number in range(1, draw(st.integers(1, 4)) + 1)
        )
        before = draw(st.sets(st.integers(0, place - 1), max_size=2)) if place else set[int]()
        jobs.append(
            Job(
                f"j{place}", draw(st.integers(0, 30)), draw(st.integers(-20, 80)),
                draw(st.integers(1, 5)), tasks, tuple(sorted(before)),
            )
        )  # fmt: skip
    return Shop(day, centres, tuple(jobs))


def one_centre(*jobs: tuple[int, int], units: int = 1, weights: tuple[int, ...] = ()) -> Shop:
    """Jobs of one operation each, (minutes, due), at one centre."""
    made = tuple(
        Job(f"j{place}", 0, due, weights[place] if weights else 1, (Task(10, 0, minutes),))
        for place, (minutes, due) in enumerate(jobs)
    )
    return Shop(DAY, (Centre("c", units, DAY),), made)


def crowded(jobs: int) -> Shop:
    """More work than can be in time, over six centres of two kinds of hours."""
    chance = Random(7)
    centres = tuple(Centre(f"c{n}", 1 + n % 2, (480, 420)[n % 2]) for n in range(6))
    made = tuple(
        Job(
            f"{n:03}", 0, chance.randint(200, 2000), chance.randint(1, 3),
            tuple(Task(k * 10, chance.randrange(6), chance.randint(20, 200)) for k in range(1, 5)),
        )
        for n in range(jobs)
    )  # fmt: skip
    return Shop(DAY, centres, made)

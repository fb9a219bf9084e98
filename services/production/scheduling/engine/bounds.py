"""What no schedule of a shop can be better than."""

from services.production.scheduling.engine.shop import Shop


def least_lateness(shop: Shop) -> int:
    """Weighted tardiness if every centre had units without end: work and calendars alone."""
    ends: dict[int, int] = {}

    def earliest(place: int) -> int:
        if place not in ends:
            job = shop.jobs[place]
            at = max([job.release, *(earliest(before) for before in job.after)])
            for task in job.tasks:
                centre = shop.centres[task.centre]
                at = shop.ended(centre, shop.opens(centre, at) + task.minutes)
            ends[place] = at
        return ends[place]

    return sum(
        job.weight * max(0, earliest(place) - job.due) for place, job in enumerate(shop.jobs)
    )

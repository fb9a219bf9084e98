"""Choosing the source of a need. Pure."""

from collections.abc import Sequence
from datetime import date

from services.procurement.sourcing.rules import Because, Need, Offer, Ranked, rank_sources
from shared.business_calendar import BusinessCalendar
from shared.i18n import Bilingual
from shared.problems import Refused


class SourceUnknown(Refused):
    title = Bilingual("The item has no such approved source", "该物料没有此合格货源")


def choose(
    need: Need, offers: Sequence[Offer], today: date, calendar: BusinessCalendar
) -> tuple[Ranked | None, tuple[Because, ...]]:
    """The best offer that may be used; else everything that stands against those there are."""
    ranked = rank_sources(need, offers, today, calendar)
    if ranked and ranked[0].eligible:
        return ranked[0], ()
    against = {one.code: one for entry in ranked for one in entry.because}
    return None, tuple(against.values())

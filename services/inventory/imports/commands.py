"""Imports: all rows or none; a rehearsal does everything and takes it back."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

from services.inventory.imports.rules import FIRST_ROW, ImportRefused, cell, read_rows
from services.inventory.openings.commands import open_stock
from services.inventory.openings.rules import OpeningRefused
from services.inventory.places.commands import save_places
from shared.contracts.inventory.places import PlaceRow
from shared.contracts.inventory.receipts import ImportOutcome, OpeningRow
from shared.database import AsyncSession


class Rehearsed(Exception):
    """Carries what a rehearsal found out of the savepoint that takes it back."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def import_places(session: AsyncSession, content: bytes, *, dry_run: bool) -> ImportOutcome:
    """Warehouses, zones and bins; what stands already is left as it is."""
    rows = read_rows(content, PlaceRow)

    async def work() -> ImportOutcome:
        saved = await save_places(session, rows)
        return ImportOutcome(
            kind="places",
            dry_run=dry_run,
            rows=len(rows),
            created=saved.bins_created,
            unchanged=saved.bins_standing,
        )

    return await rehearsed(session, work, dry_run=dry_run)


async def import_opening(session: AsyncSession, content: bytes, *, dry_run: bool) -> ImportOutcome:
    """Stock on the shelves on the first day, as released parts."""
    rows = read_rows(content, OpeningRow)

    async def work() -> ImportOutcome:
        try:
            await open_stock(session, rows)
        except OpeningRefused as refused:
            errors = [
                cell(place + FIRST_ROW, column, "refused", detail, value)
                for place, column, detail, value in refused.faults
            ]
            raise ImportRefused(errors=errors) from refused
        return ImportOutcome(
            kind="opening", dry_run=dry_run, rows=len(rows), created=len(rows), unchanged=0
        )

    return await rehearsed(session, work, dry_run=dry_run)


async def rehearsed(
    session: AsyncSession, work: Callable[[], Awaitable[ImportOutcome]], *, dry_run: bool
) -> ImportOutcome:
    """Do the work; on a dry run in a savepoint that is taken back, events included."""
    if not dry_run:
        return await work()
    told = len(session.info.get("events", []))
    try:
        async with session.begin_nested():
            take_back(await work())
    except Rehearsed as done:
        del session.info.get("events", [])[told:]
        return done.outcome


def take_back(outcome: ImportOutcome) -> NoReturn:
    """Leave the savepoint by the way that undoes it."""
    raise Rehearsed(outcome)

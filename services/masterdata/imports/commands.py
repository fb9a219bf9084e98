"""Imports: all rows or none; a rehearsal does everything and takes it back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from services.masterdata.boms.commands import save_and_release_boms
from services.masterdata.certificates.commands import save_certificates
from services.masterdata.customers.commands import save_customers, save_licences
from services.masterdata.imports.rules import (
    Format,
    ImportRefused,
    KindUnknown,
    cell_faults,
    drafts_of,
    refuse,
    wishes_of,
)
from services.masterdata.items.commands import save_items
from services.masterdata.masters.commands import Saved
from services.masterdata.masters.rules import LinesRefused
from services.masterdata.rates.commands import save_rates
from services.masterdata.routings.commands import save_routings
from services.masterdata.sources.commands import save_sources
from services.masterdata.suppliers.commands import save_qualifications, save_suppliers
from services.masterdata.units.commands import save_units
from services.masterdata.work_centres.commands import save_work_centres
from shared.contracts.masterdata.bodies import (
    BomBody,
    CertificateBody,
    CustomerBody,
    ImportOutcome,
    ItemBody,
    LicenceBody,
    QualificationBody,
    RateBody,
    RoutingBody,
    SourceBody,
    SupplierBody,
    UnitBody,
)
from shared.contracts.masterdata.work_centres import WorkCentreBody
from shared.database import AsyncSession

Save = Callable[[AsyncSession, Sequence[Any]], Awaitable[Saved[Any]]]
KEYS_SHOWN = 100


@dataclass(frozen=True)
class Kind:
    form: Format
    save: Save


BOM_HEADS = frozenset({"item_code", "revision", "valid_from", "valid_to"})
ROUTING_HEADS = frozenset({"item_code", "revision", "valid_from"})
REVISION = ("item_code", "revision")
KINDS: Final[Mapping[str, Kind]] = {
    "units": Kind(Format(UnitBody, ("code",)), save_units),
    "items": Kind(Format(ItemBody, ("code",)), save_items),
    "suppliers": Kind(Format(SupplierBody, ("code",)), save_suppliers),
    "qualifications": Kind(
        Format(QualificationBody, ("supplier_code", "kind", "number")), save_qualifications
    ),
    "sources": Kind(Format(SourceBody, ("item_code", "supplier_code")), save_sources),
    "customers": Kind(Format(CustomerBody, ("code",)), save_customers),
    "licences": Kind(Format(LicenceBody, ("customer_code", "kind", "number")), save_licences),
    "certificates": Kind(Format(CertificateBody, ("number",)), save_certificates),
    "work_centres": Kind(Format(WorkCentreBody, ("code",)), save_work_centres),
    "boms": Kind(Format(BomBody, REVISION, "lines", BOM_HEADS), save_and_release_boms),
    "routings": Kind(Format(RoutingBody, REVISION, "operations", ROUTING_HEADS), save_routings),
    "rates": Kind(Format(RateBody, ("currency", "day")), save_rates),
}


class Rehearsed(Exception):
    """Leaves the savepoint of a dry run by the way that takes everything back."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def import_rows(
    session: AsyncSession, kind: str, content: bytes, *, dry_run: bool
) -> ImportOutcome:
    """Take over a file, or say what that would do. Raises ImportRefused with every cell."""
    if kind not in KINDS:
        raise KindUnknown(kind=kind, known=sorted(KINDS))
    if not dry_run:
        return await load(session, kind, content, dry_run=False)
    told = len(session.info.get("events", []))
    try:
        async with session.begin_nested():
            end_rehearsal(await load(session, kind, content, dry_run=True))
    except Rehearsed as rehearsed:
        del session.info.get("events", [])[told:]
        return rehearsed.outcome
    raise AssertionError("unreachable")


def end_rehearsal(outcome: ImportOutcome) -> NoReturn:
    raise Rehearsed(outcome)


async def load(session: AsyncSession, kind: str, content: bytes, *, dry_run: bool) -> ImportOutcome:
    form, save = KINDS[kind].form, KINDS[kind].save
    drafts = drafts_of(content, form)
    wishes = wishes_of(drafts, form)
    try:
        saved = await save(session, wishes)
    except LinesRefused as fault:
        refuse(cell_faults(drafts, fault.faults))
        raise ImportRefused(errors=[]) from fault
    return ImportOutcome(
        kind=kind,
        dry_run=dry_run,
        rows=sum(len(drafted.rows) for drafted in drafts),
        created=len(saved.created),
        changed=len(saved.changed),
        unchanged=len(saved.unchanged),
        created_keys=tuple(name_of(row) for row in saved.created[:KEYS_SHOWN]),
        changed_keys=tuple(name_of(row) for row in saved.changed[:KEYS_SHOWN]),
    )


def name_of(row: Any) -> str:
    """What a person calls the row: its code or number, else its id."""
    return str(getattr(row, "code", None) or getattr(row, "number", None) or row.id)

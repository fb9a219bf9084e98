"""Others' records heard."""

from services.production.copies.commands import (
    close_requisitions,
    keep_newer,
    keep_purchase_lines,
    keep_requisition,
    keep_stock,
)
from services.production.copies.tables import (
    BomCopy,
    CertificateCopy,
    ItemCopy,
    RoutingCopy,
    SourceCopy,
    WorkCentreCopy,
)
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import ItemAvailabilityChanged
from shared.contracts.masterdata.events import (
    BomPublished,
    CertificatePublished,
    ItemPublished,
    RoutingPublished,
    SourcePublished,
    WorkCentrePublished,
)
from shared.contracts.procurement.events import (
    OrderIssued,
    OrderProgressed,
    RequisitionClosed,
    RequisitionRaised,
)
from shared.database import AsyncSession
from shared.events import react_to


async def on_item(session: AsyncSession, event: ItemPublished, _envelope: Envelope) -> None:
    await keep_newer(session, ItemCopy, event)


async def on_bom(session: AsyncSession, event: BomPublished, _envelope: Envelope) -> None:
    await keep_newer(session, BomCopy, event)


async def on_routing(session: AsyncSession, event: RoutingPublished, _envelope: Envelope) -> None:
    await keep_newer(session, RoutingCopy, event)


async def on_certificate(
    session: AsyncSession, event: CertificatePublished, _envelope: Envelope
) -> None:
    await keep_newer(session, CertificateCopy, event)


async def on_work_centre(
    session: AsyncSession, event: WorkCentrePublished, _envelope: Envelope
) -> None:
    await keep_newer(session, WorkCentreCopy, event)


async def on_source(session: AsyncSession, event: SourcePublished, _envelope: Envelope) -> None:
    await keep_newer(session, SourceCopy, event)


async def on_stock(
    session: AsyncSession, event: ItemAvailabilityChanged, _envelope: Envelope
) -> None:
    await keep_stock(session, [event])


async def on_issued(session: AsyncSession, event: OrderIssued, envelope: Envelope) -> None:
    await keep_purchase_lines(session, event, envelope.sequence)
    requisitions = tuple(id for line in event.lines for id in line.requisition_ids)
    await close_requisitions(session, requisitions, "ordered")


async def on_progressed(session: AsyncSession, event: OrderProgressed, envelope: Envelope) -> None:
    await keep_purchase_lines(session, event, envelope.sequence)


async def on_raised(session: AsyncSession, event: RequisitionRaised, _envelope: Envelope) -> None:
    await keep_requisition(session, event)


async def on_closed(session: AsyncSession, event: RequisitionClosed, _envelope: Envelope) -> None:
    await keep_requisition(session, event)


REACTIONS = (
    react_to(ItemPublished, on_item),
    react_to(BomPublished, on_bom),
    react_to(RoutingPublished, on_routing),
    react_to(CertificatePublished, on_certificate),
    react_to(WorkCentrePublished, on_work_centre),
    react_to(SourcePublished, on_source),
    react_to(ItemAvailabilityChanged, on_stock, keep_stock, patient=True),
    react_to(OrderIssued, on_issued),
    react_to(OrderProgressed, on_progressed),
    react_to(RequisitionRaised, on_raised),
    react_to(RequisitionClosed, on_closed),
)

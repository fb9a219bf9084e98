"""Inventory's assembly."""

from datetime import timedelta

from fastapi import FastAPI

from services.inventory.blocks.commands import expire_parts
from services.inventory.blocks.routes import router as blocks
from services.inventory.completions.routes import router as completions
from services.inventory.copies.reactions import REACTIONS as COPIES
from services.inventory.decisions.reactions import REACTIONS as DECISIONS
from services.inventory.imports.routes import router as imports
from services.inventory.issue_returns.reactions import REACTIONS as ISSUE_RETURNS
from services.inventory.issue_returns.routes import router as issue_returns
from services.inventory.issues.routes import router as issues
from services.inventory.labels import LABELS
from services.inventory.moves.routes import router as moves
from services.inventory.places.routes import router as places
from services.inventory.put_aways.routes import router as put_aways
from services.inventory.receipts.reactions import REACTIONS as RECEIPTS
from services.inventory.receipts.routes import router as receipts
from services.inventory.reservations.routes import router as reservations
from services.inventory.shipments.routes import router as shipments
from services.inventory.supplier_returns.reactions import REACTIONS as SUPPLIER_RETURNS
from services.inventory.supplier_returns.routes import router as supplier_returns
from services.inventory.tasks.routes import router as tasks
from services.inventory.transfers.routes import router as transfers
from shared.jobs import Job
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

ROUTERS = (
    *(blocks, completions, imports, issue_returns, issues, moves, places, put_aways, receipts),
    *(reservations, shipments, supplier_returns, tasks, transfers),
)
SPEC = ServiceSpec(
    context="inventory",
    title="Mailuo inventory 库存",
    routers=ROUTERS,
    # An arrival's own reaction comes before the one that carries out decisions on it.
    reactions=(*COPIES, *RECEIPTS, *DECISIONS, *ISSUE_RETURNS, *SUPPLIER_RETURNS),
    # Hourly, so that a lot is locked soon after midnight whenever the service was started.
    jobs=(Job("expire_parts", timedelta(hours=1), expire_parts),),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

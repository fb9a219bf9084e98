"""Quality's assembly: inspections, plans, decisions and the trace graph."""

from fastapi import FastAPI

from services.quality.copies.reactions import REACTIONS as COPIES
from services.quality.decisions.routes import router as decisions
from services.quality.inspections.reactions import REACTIONS as INSPECTIONS
from services.quality.inspections.routes import router as inspections
from services.quality.labels import LABELS
from services.quality.plans.routes import router as plans
from services.quality.traces.reactions import REACTIONS as TRACES
from services.quality.traces.routes import router as traces
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="quality",
    title="Mailuo quality 质量",
    routers=(inspections, decisions, plans, traces),
    reactions=(*COPIES, *INSPECTIONS, *TRACES),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

"""Analytics' assembly."""

from fastapi import FastAPI

from services.analytics.copies.reactions import REACTIONS as COPIES
from services.analytics.dashboard.routes import router as dashboard
from services.analytics.facts.reactions import REACTIONS as FACTS
from services.analytics.labels import LABELS
from services.analytics.rebuild.routes import router as rebuild
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="analytics",
    title="Mailuo analytics 经营分析",
    routers=(dashboard, rebuild),
    reactions=(*COPIES, *FACTS),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

"""Masterdata's assembly."""

from datetime import timedelta

from fastapi import FastAPI

from services.masterdata.boms.routes import router as boms
from services.masterdata.certificates.routes import router as certificates
from services.masterdata.companies.routes import router as companies
from services.masterdata.conversions.routes import router as conversions
from services.masterdata.customers.routes import router as customers
from services.masterdata.imports.routes import router as imports
from services.masterdata.items.routes import router as items
from services.masterdata.labels import LABELS
from services.masterdata.rates.routes import router as rates
from services.masterdata.routings.routes import router as routings
from services.masterdata.sources.routes import router as sources
from services.masterdata.suppliers.commands import lock_lapsed
from services.masterdata.suppliers.routes import router as suppliers
from services.masterdata.units.routes import router as units
from services.masterdata.work_centres.routes import router as work_centres
from shared.jobs import Job
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="masterdata",
    title="Mailuo masterdata 主数据",
    routers=(
        boms,
        certificates,
        companies,
        conversions,
        customers,
        imports,
        items,
        rates,
        routings,
        sources,
        suppliers,
        units,
        work_centres,
    ),
    # Hourly, so that a lock stands soon after midnight whenever the service was started (REQ-08).
    jobs=(Job("lock_lapsed_suppliers", timedelta(hours=1), lock_lapsed),),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

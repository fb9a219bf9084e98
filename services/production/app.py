"""Production's assembly."""

from datetime import timedelta

from fastapi import FastAPI

from services.production.completions.reactions import REACTIONS as COMPLETIONS
from services.production.completions.routes import router as completions
from services.production.copies.reactions import REACTIONS as COPIES
from services.production.demands.reactions import REACTIONS as DEMANDS
from services.production.demands.routes import router as demands
from services.production.forecasts.routes import router as forecasts
from services.production.labels import LABELS
from services.production.lot_stock.reactions import REACTIONS as LOT_STOCK
from services.production.net_change.commands import forget_changes
from services.production.orders.routes import router as orders
from services.production.plan_policies.routes import router as plan_policies
from services.production.plan_runs.commands import resume_runs
from services.production.plan_runs.routes import router as plan_runs
from services.production.plan_to_produce.plan import PLAN
from services.production.plan_to_produce.reactions import REACTIONS as PLAN_TO_PRODUCE
from services.production.planned_orders.routes import router as planned_orders
from services.production.planning.routes import router as planning
from services.production.promises.routes import router as promises
from services.production.releases.routes import router as releases
from services.production.reports.routes import router as reports
from services.production.schedules.commands import resume_schedules
from services.production.schedules.routes import router as schedules
from services.production.simulations.routes import router as simulations
from services.production.supplies.reactions import REACTIONS as SUPPLIES
from services.production.work_load.routes import router as work_load
from shared.jobs import Job
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="production",
    title="Mailuo production 生产",
    routers=(
        *(demands, planning, planned_orders, orders, releases, reports, completions),
        *(simulations, plan_runs, plan_policies, forecasts, schedules, work_load),
        promises,
    ),
    # Documents before their saga: locks are always taken in this order.
    reactions=(*COPIES, *LOT_STOCK, *DEMANDS, *SUPPLIES, *COMPLETIONS, *PLAN_TO_PRODUCE),
    plans=(PLAN,),
    jobs=(
        Job("resume_plan_runs", timedelta(seconds=10), resume_runs),
        Job("resume_schedules", timedelta(seconds=10), resume_schedules),
        Job("forget_plan_changes", timedelta(hours=1), forget_changes),
    ),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

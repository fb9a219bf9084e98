"""Procurement's assembly."""

from fastapi import FastAPI

from services.procurement.arrivals import reactions as arrival_reactions
from services.procurement.arrivals.routes import router as arrivals
from services.procurement.conversion.routes import router as conversion
from services.procurement.copies import reactions as copy_reactions
from services.procurement.labels import LABELS
from services.procurement.order_acts.routes import router as order_acts
from services.procurement.orders.routes import router as orders
from services.procurement.procure_to_pay import reactions as saga_reactions
from services.procurement.procure_to_pay.plan import PLAN
from services.procurement.requisitions import reactions as requisition_reactions
from services.procurement.requisitions.routes import router as requisitions
from services.procurement.returns import reactions as return_reactions
from services.procurement.returns.routes import router as returns
from services.procurement.sourcing.routes import router as sourcing
from shared.approval_deadlines import deadlines
from shared.contracts.procurement.events import PurchaseApprovalChanged
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="procurement",
    title="Mailuo procurement 采购",
    routers=(conversion, requisitions, sourcing, order_acts, orders, arrivals, returns),
    reactions=(
        *copy_reactions.REACTIONS,
        *requisition_reactions.REACTIONS,
        *arrival_reactions.REACTIONS,
        *return_reactions.REACTIONS,
        *saga_reactions.REACTIONS,
    ),
    plans=(PLAN,),
    jobs=(deadlines(PurchaseApprovalChanged),),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

"""Sales' assembly."""

from fastapi import FastAPI

from services.sales.copies.reactions import REACTIONS as COPIES
from services.sales.deliveries.reactions import REACTIONS as DELIVERIES
from services.sales.deliveries.routes import router as deliveries
from services.sales.delivery_to_invoice.plan import LATE_INVOICE
from services.sales.delivery_to_invoice.plan import PLAN as DELIVERY_TO_INVOICE
from services.sales.delivery_to_invoice.reactions import REACTIONS as DELIVERY_ANSWERS
from services.sales.drafts.routes import router as drafts
from services.sales.give_back.plan import PLAN as GIVE_BACK
from services.sales.labels import LABELS
from services.sales.order_acts.routes import router as order_acts
from services.sales.order_to_ship.plan import PLAN as ORDER_TO_SHIP
from services.sales.order_to_ship.reactions import REACTIONS as ORDER_ANSWERS
from services.sales.orders.reactions import REACTIONS as ORDERS
from services.sales.orders.routes import router as orders
from shared.approval_deadlines import deadlines
from shared.contracts.sales.events import SalesApprovalChanged
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="sales",
    title="Mailuo sales 销售",
    routers=(orders, drafts, order_acts, deliveries),
    # Documents before their sagas: locks are always taken in this order.
    reactions=(*COPIES, *ORDERS, *DELIVERIES, *ORDER_ANSWERS, *DELIVERY_ANSWERS),
    plans=(ORDER_TO_SHIP, GIVE_BACK, DELIVERY_TO_INVOICE, LATE_INVOICE),
    jobs=(deadlines(SalesApprovalChanged),),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)

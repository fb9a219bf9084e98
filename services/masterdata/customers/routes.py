"""Customers over HTTP."""

from services.masterdata.customers.commands import (
    describe_customers,
    save_customers,
    save_licences,
    tell_customers,
)
from services.masterdata.customers.queries import LISTING
from services.masterdata.customers.tables import Customer
from services.masterdata.masters.commands import by_code
from services.masterdata.masters.routes import Collection, master_base, master_router
from services.masterdata.masters.rules import LinesRefused
from shared.auth import needs
from shared.contracts.masterdata.bodies import CustomerBody, LicenceBody
from shared.contracts.masterdata.events import CustomerPublished
from shared.service import problems
from shared.session import Session

CUSTOMERS = Collection(
    "customer",
    "/customers",
    Customer,
    CustomerBody,
    CustomerPublished,
    LISTING,
    save_customers,
    describe_customers,
    tell_customers,
)
router = master_base(CUSTOMERS.prefix)


@router.post(
    "/licences",
    status_code=201,
    dependencies=[needs("masterdata.customer.license")],
    responses=problems(LinesRefused),
)
async def post_licence(wish: LicenceBody, session: Session) -> CustomerPublished:
    """Record or renew a customer's licence; answers the customer as it stands now."""
    await save_licences(session, [wish])
    customer = (await by_code(session, Customer, {wish.customer_code}))[wish.customer_code]
    return (await describe_customers(session, [customer]))[0]


master_router(CUSTOMERS, router)

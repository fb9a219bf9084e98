"""Changes to customers and their licences; each customer touched is told in full."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.customers.tables import Customer, Licence
from services.masterdata.masters.commands import Saved, by_code, save
from services.masterdata.masters.rules import refuse, unknown
from shared.contracts.masterdata.bodies import CustomerBody, LicenceBody
from shared.contracts.masterdata.events import Credential, CustomerPublished
from shared.database import AsyncSession
from shared.outbox import record


async def save_customers(session: AsyncSession, wishes: Sequence[CustomerBody]) -> Saved[Customer]:
    """Create or change customers by code."""
    saved = await save(session, Customer, ("code",), [wish.model_dump() for wish in wishes])
    await tell_customers(session, saved.touched)
    return saved


async def save_licences(session: AsyncSession, wishes: Sequence[LicenceBody]) -> Saved[Licence]:
    """Record licences by customer, kind and number."""
    customers = await by_code(session, Customer, {wish.customer_code for wish in wishes}, lock=True)
    refuse(unknown("customer_code", [wish.customer_code for wish in wishes], customers))
    rows = [
        {
            **wish.model_dump(exclude={"customer_code", "scope"}),
            "customer_id": customers[wish.customer_code].id,
            "scope": list(wish.scope),
        }
        for wish in wishes
    ]
    saved = await save(session, Licence, ("customer_id", "kind", "number"), rows)
    touched = {row.customer_id for row in saved.touched}
    changed = [customer for customer in customers.values() if customer.id in touched]
    for customer in changed:
        customer.version += 1
    await tell_customers(session, changed)
    return saved


async def licences_of(
    session: AsyncSession, customer_ids: Sequence[UUID]
) -> defaultdict[UUID, list[Licence]]:
    """The active licences of customers, in the order of their days."""
    found = await session.execute(
        select(Licence)
        .where(col(Licence.customer_id).in_(customer_ids), col(Licence.active))
        .order_by(col(Licence.valid_from), col(Licence.id))
    )
    licences: defaultdict[UUID, list[Licence]] = defaultdict(list)
    for licence in found.scalars():
        licences[licence.customer_id].append(licence)
    return licences


async def describe_customers(
    session: AsyncSession, rows: Sequence[Customer]
) -> list[CustomerPublished]:
    licences = await licences_of(session, [row.id for row in rows])
    return [
        CustomerPublished.model_validate(
            {
                **row.model_dump(),
                "licences": tuple(Credential.model_validate(one) for one in licences[row.id]),
            }
        )
        for row in rows
    ]


async def tell_customers(session: AsyncSession, rows: Sequence[Customer]) -> None:
    if rows:
        for event in await describe_customers(session, rows):
            record(session, event)

"""Procure-to-pay of one arrival: inspected, invoiced, paid. It waits; others work."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.contracts.procurement.events import ArrivalSettled
from shared.contracts.quality.events import SourceInspected
from shared.saga import Data, Plan, Step


def accepted(data: Data) -> Decimal:
    """Stock units taken in, concessions included; nothing before the inspection."""
    return Decimal(str(data.get("accepted", "0")))


def anything_accepted(data: Data) -> bool:
    return accepted(data) > 0


def learn_inspected(event: Data) -> dict[str, Any]:
    return {"accepted": str(Decimal(event["accepted"]) + Decimal(event["conceded"]))}


def settled(id: UUID, completed: bool, data: Data) -> ArrivalSettled:  # noqa: FBT001 - Plan.ended
    return ArrivalSettled(saga_id=id, completed=completed, accepted=accepted(data))


PLAN = Plan(
    name="procure_to_pay",
    steps=(
        Step("inspect", until=SourceInspected.subject, deadline=timedelta(days=5)),
        Step(
            "invoice",
            until=ArrivalInvoiced.subject,
            when=anything_accepted,
            deadline=timedelta(days=45),
        ),
        Step(
            "pay", until=ArrivalPaid.subject, when=anything_accepted, deadline=timedelta(days=120)
        ),
    ),
    learns={SourceInspected.subject: learn_inspected},
    ended=settled,
)

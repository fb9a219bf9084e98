"""What finance is asked to invoice."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Currency, Name, Price, Quantity, Rate, Share


class RequestInvoice(Body):
    """Body of `PUT /sales-invoices/{id}`; the id is the delivery's. Posted by a finance clerk."""

    class Line(Body):
        order_line_id: UUID
        item_id: UUID
        quantity: Quantity
        price: Price
        tax_rate: Share

    delivery_number: Name
    order_id: UUID
    order_number: Name
    customer_id: UUID
    currency: Currency
    rate: Rate
    payment_days: int
    shipped_on: date
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]

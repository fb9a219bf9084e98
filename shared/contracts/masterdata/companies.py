"""The company itself, as entered and as shown."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.contracts.base import Body, Currency, Name, Text


class CompanyBody(Body):
    name: Name
    name_zh: Text = ""
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]+/[A-Za-z_/+\-0-9]+$|^UTC$")]
    currency: Currency = "CNY"


class CompanyShown(CompanyBody):
    id: UUID
    version: int

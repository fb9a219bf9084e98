"""Warehouses, zones and bins over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Code, Contract

ZoneStatus = Literal["to_inspect", "released", "rejected", "returned"]
StorageClass = Literal["ambient", "cool", "cold", "frozen", "flammable", "secure"]


class PlaceRow(Body):
    """One bin with the zone and warehouse it stands in; all are created when they are new."""

    warehouse_code: Code
    zone_code: Code
    status: ZoneStatus
    storage_class: StorageClass = "ambient"
    bin_code: Code


class SavePlaces(Body):
    places: Annotated[tuple[PlaceRow, ...], Field(min_length=1, max_length=5000)]


class StandardPlaces(Body):
    """One plain warehouse, with a zone per status for each storage class."""

    code: Code = "WH01"
    storage_classes: Annotated[tuple[StorageClass, ...], Field(min_length=1, max_length=6)] = (
        "ambient",
    )
    bins: Annotated[int, Field(ge=1, le=500)] = 20


class PlacesSaved(Contract):
    bins_created: int
    bins_standing: int
    warehouses: tuple[str, ...]


class BinShown(Contract):
    id: UUID
    warehouse_code: str
    zone_code: str
    code: str
    status: ZoneStatus
    storage_class: str
    active: bool

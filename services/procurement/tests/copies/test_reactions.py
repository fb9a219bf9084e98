from collections.abc import Awaitable, Callable

from services.procurement.copies.tables import SupplierCopy
from services.procurement.tests.conftest import NEAR, supplier
from tests.support.services import ServiceUnderTest

Hear = Callable[..., Awaitable[None]]


async def test_an_older_event_never_replaces_a_newer_copy(
    hear: Hear, procurement: ServiceUnderTest
) -> None:
    await hear(
        supplier(NEAR, version=2, name="New"),
        supplier(NEAR, version=1, name="Old"),
        supplier(NEAR, version=2, name="Twice"),
    )
    async with procurement.session() as session:
        copy = await session.get_one(SupplierCopy, NEAR)
        assert (copy.version, copy.name) == (2, "New")
        assert copy.qualifications[0]["valid_from"] == "2020-01-01"

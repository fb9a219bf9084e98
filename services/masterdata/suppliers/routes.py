"""Suppliers over HTTP."""

from services.masterdata.masters.commands import by_code
from services.masterdata.masters.routes import Collection, master_base, master_router
from services.masterdata.masters.rules import LinesRefused
from services.masterdata.suppliers.commands import (
    describe_suppliers,
    save_qualifications,
    save_suppliers,
    tell_suppliers,
)
from services.masterdata.suppliers.queries import LISTING
from services.masterdata.suppliers.tables import Supplier
from shared.auth import needs
from shared.contracts.masterdata.bodies import QualificationBody, SupplierBody
from shared.contracts.masterdata.events import SupplierPublished
from shared.service import problems
from shared.session import Session

SUPPLIERS = Collection(
    "supplier",
    "/suppliers",
    Supplier,
    SupplierBody,
    SupplierPublished,
    LISTING,
    save_suppliers,
    describe_suppliers,
    tell_suppliers,
)
router = master_base(SUPPLIERS.prefix)


@router.post(
    "/qualifications",
    status_code=201,
    dependencies=[needs("masterdata.supplier.qualify")],
    responses=problems(LinesRefused),
)
async def post_qualification(wish: QualificationBody, session: Session) -> SupplierPublished:
    """Record or renew a supplier's paper; answers the supplier as it stands now."""
    await save_qualifications(session, [wish])
    supplier = (await by_code(session, Supplier, {wish.supplier_code}))[wish.supplier_code]
    return (await describe_suppliers(session, [supplier]))[0]


master_router(SUPPLIERS, router)

"""Units over HTTP."""

from services.masterdata.masters.routes import Collection, master_router
from services.masterdata.units.commands import describe_units, save_units, tell_units
from services.masterdata.units.queries import LISTING
from services.masterdata.units.tables import Unit
from shared.contracts.masterdata.bodies import UnitBody, UnitShown

router = master_router(
    Collection(
        "unit", "/units", Unit, UnitBody, UnitShown, LISTING, save_units, describe_units, tell_units
    )
)

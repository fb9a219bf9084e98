"""Routings over HTTP."""

from services.masterdata.masters.routes import Collection, master_router
from services.masterdata.routings.commands import describe_routings, save_routings, tell_routings
from services.masterdata.routings.queries import LISTING
from services.masterdata.routings.tables import Routing
from shared.contracts.masterdata.bodies import RoutingBody
from shared.contracts.masterdata.events import RoutingPublished

router = master_router(
    Collection(
        "routing",
        "/routings",
        Routing,
        RoutingBody,
        RoutingPublished,
        LISTING,
        save_routings,
        describe_routings,
        tell_routings,
    )
)

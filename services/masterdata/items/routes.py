"""Items over HTTP."""

from services.masterdata.items.commands import describe_items, save_items, tell_items
from services.masterdata.items.queries import LISTING
from services.masterdata.items.tables import Item
from services.masterdata.masters.routes import Collection, master_router
from shared.contracts.masterdata.bodies import ItemBody
from shared.contracts.masterdata.events import ItemPublished

router = master_router(
    Collection(
        "item",
        "/items",
        Item,
        ItemBody,
        ItemPublished,
        LISTING,
        save_items,
        describe_items,
        tell_items,
    )
)

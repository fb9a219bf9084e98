"""Approved sources over HTTP."""

from services.masterdata.masters.routes import Collection, master_router
from services.masterdata.sources.commands import describe_sources, save_sources, tell_sources
from services.masterdata.sources.queries import LISTING
from services.masterdata.sources.tables import Source
from shared.contracts.masterdata.bodies import SourceBody, SourceShown

router = master_router(
    Collection(
        "source",
        "/sources",
        Source,
        SourceBody,
        SourceShown,
        LISTING,
        save_sources,
        describe_sources,
        tell_sources,
    )
)

"""Work centres over HTTP."""

from services.masterdata.masters.routes import Collection, master_router
from services.masterdata.work_centres.commands import (
    describe_work_centres,
    save_work_centres,
    tell_work_centres,
)
from services.masterdata.work_centres.queries import LISTING
from services.masterdata.work_centres.tables import WorkCentre
from shared.contracts.masterdata.work_centres import WorkCentreBody, WorkCentreShown

router = master_router(
    Collection(
        "work_centre",
        "/work-centres",
        WorkCentre,
        WorkCentreBody,
        WorkCentreShown,
        LISTING,
        save_work_centres,
        describe_work_centres,
        tell_work_centres,
    )
)

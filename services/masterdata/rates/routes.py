"""Exchange rates over HTTP."""

from services.masterdata.masters.routes import Collection, master_router
from services.masterdata.rates.commands import describe_rates, save_rates, tell_rates
from services.masterdata.rates.queries import LISTING
from services.masterdata.rates.tables import ExchangeRate
from shared.contracts.masterdata.bodies import RateBody
from shared.contracts.masterdata.events import RatePublished

router = master_router(
    Collection(
        "rate",
        "/rates",
        ExchangeRate,
        RateBody,
        RatePublished,
        LISTING,
        save_rates,
        describe_rates,
        tell_rates,
    )
)

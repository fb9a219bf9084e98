"""Imports every table of masterdata, so that migrations see them all."""

from services.masterdata.boms import tables as boms
from services.masterdata.certificates import tables as certificates
from services.masterdata.companies import tables as companies
from services.masterdata.conversions import tables as conversions
from services.masterdata.customers import tables as customers
from services.masterdata.items import tables as items
from services.masterdata.rates import tables as rates
from services.masterdata.routings import tables as routings
from services.masterdata.sources import tables as sources
from services.masterdata.suppliers import tables as suppliers
from services.masterdata.units import tables as units
from services.masterdata.work_centres import tables as work_centres

TABLES = (
    boms,
    certificates,
    companies,
    conversions,
    customers,
    items,
    rates,
    routings,
    sources,
    suppliers,
    units,
    work_centres,
)

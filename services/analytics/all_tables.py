"""Imports every table of analytics, so that migrations see them all."""

from services.analytics.copies import tables as copies
from services.analytics.facts import tables as facts

TABLES = (copies, facts)

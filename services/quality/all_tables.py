"""Every table of quality, for migrations and audit."""

from services.quality.copies.tables import ItemCopy, PartnerCopy
from services.quality.inspections.tables import Inspection
from services.quality.plans.tables import InspectionPlan
from services.quality.traces.tables import TraceEdge, TraceEnd, TraceNode

__all__ = [
    "Inspection",
    "InspectionPlan",
    "ItemCopy",
    "PartnerCopy",
    "TraceEdge",
    "TraceEnd",
    "TraceNode",
]

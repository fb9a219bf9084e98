"""Every table of quality, for migrations and audit."""

from services.quality.copies.tables import ItemCopy
from services.quality.inspections.tables import Inspection
from services.quality.plans.tables import InspectionPlan
from services.quality.traces.tables import TraceEdge, TraceEnd, TraceName, TraceNode

__all__ = [
    "Inspection",
    "InspectionPlan",
    "ItemCopy",
    "TraceEdge",
    "TraceEnd",
    "TraceName",
    "TraceNode",
]

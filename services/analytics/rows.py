"""The base of analytics' tables."""

from shared.tables import Row, own_registry

REGISTRY = own_registry()
METADATA = REGISTRY.metadata


class ContextRow(Row, registry=REGISTRY):
    """Every table of this context."""

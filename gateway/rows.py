"""The gateway's own tables: people, sessions, and the projections that views read."""

from shared.tables import Row, own_registry

REGISTRY = own_registry()
METADATA = REGISTRY.metadata


class GatewayRow(Row, registry=REGISTRY):
    """The base of the gateway's tables."""

"""What each service may ask of another: caller → audience → permissions. Data, reviewed as such."""

Rights = dict[str, dict[str, frozenset[str]]]

SERVICE_RIGHTS: Rights = {
    "sales": {
        "inventory": frozenset({"inventory.reservation.write", "inventory.shipment.write"}),
        "production": frozenset({"production.demand.write"}),
        "finance": frozenset({"finance.sales_invoice.request"}),
    },
    "production": {
        "inventory": frozenset({"inventory.reservation.write", "inventory.receipt.write"}),
        "procurement": frozenset({"procurement.requisition.write"}),
    },
    "procurement": {
        "inventory": frozenset({"inventory.receipt.write"}),
    },
    "analytics": {  # rebuilding reads every source's feed
        source: frozenset({f"{source}.platform.read"})
        for source in (
            "masterdata",
            "procurement",
            "inventory",
            "production",
            "quality",
            "sales",
            "finance",
        )
    },
}

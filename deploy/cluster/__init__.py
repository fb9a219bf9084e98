"""Commands for a cluster that others run: streams, secrets, the first account, reconciliation."""

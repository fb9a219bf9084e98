"""What masterdata publishes. Every event carries the full published state and its version."""

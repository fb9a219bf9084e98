"""Inventory: what stands where, in which quality, and whom it is held for."""

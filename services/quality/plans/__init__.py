"""Inspection plans: what is looked at, and within which limits."""

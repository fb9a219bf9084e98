"""Sagas."""

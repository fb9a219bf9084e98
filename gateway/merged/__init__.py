"""Merged."""

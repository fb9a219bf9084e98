"""Counts over everything that was told."""

"""Inspection lots: opened by arrivals and completions, with their recorded results."""

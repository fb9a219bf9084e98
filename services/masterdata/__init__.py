"""Masterdata: what the company makes, buys, from whom and for whom."""

"""Procurement: from need to paid goods."""

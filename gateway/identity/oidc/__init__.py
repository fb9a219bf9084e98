"""Signing in at the company's identity provider."""

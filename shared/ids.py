"""Identifiers: UUIDv7, so that keys sort by birth and index pages stay warm."""

from uuid import UUID, uuid5

import uuid_utils


def new_id() -> UUID:
    """A fresh UUIDv7, made by the caller or the server alike."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def derived_id(parent: UUID, name: str) -> UUID:
    """The same id for the same parent and name, so that a repeated reaction creates nothing new."""
    return uuid5(parent, name)

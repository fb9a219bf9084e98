"""The company that a fresh installation begins with."""

from uuid import UUID

DEFAULT_COMPANY = UUID("019a0000-0000-7000-8000-000000000001")

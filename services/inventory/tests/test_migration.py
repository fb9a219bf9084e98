"""The migrations make exactly the tables that the code declares."""

from typing import Any

import pytest

from shared.migrate import branch_of, differences
from tests.support.databases import database_of


@pytest.mark.parametrize("context", ["inventory"])
def test_migrations_and_tables_agree(context: Any) -> None:
    assert differences(branch_of(context), database_of(context).owner_url) == []

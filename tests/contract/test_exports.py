"""The committed contracts are what the code says, and every event keeps the house form."""

import re
import subprocess
import sys

from shared.contracts.base import Answer
from shared.contracts.registry import RESTRICTED, context_of, events
from shared.settings import SERVICES


def test_the_committed_contracts_are_current() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tools.contracts", "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_subjects_have_the_house_form_and_a_context() -> None:
    for subject, kind in events().items():
        assert re.fullmatch(r"erp\.[a-z]+\.[a-z_]+\.v\d+", subject), subject
        assert context_of(subject) in SERVICES
        assert kind.aggregate in kind.model_fields, f"{subject}: no field {kind.aggregate}"


def test_answers_carry_the_saga() -> None:
    for subject, kind in events().items():
        if issubclass(kind, Answer):
            assert "saga_id" in kind.model_fields, subject


def test_prices_and_costs_travel_only_to_named_readers() -> None:
    """No event outside the restricted ones may carry a purchase price or a cost (decision 31)."""
    allowed = {"erp.sales.order_approved.v1", "erp.finance.invoice_posted.v1"}
    for subject, kind in events().items():
        fields = set(str(kind.model_json_schema(mode="serialization")).lower().split("'"))
        if fields & {"price", "cost", "labour_rate"} and subject not in allowed:
            assert subject in RESTRICTED, subject

"""The committed contracts are what the code says, and every event keeps the house form."""

import importlib
import re
import subprocess
import sys

from deploy.local.assemble import installed_services, package_of
from shared.contracts.base import Answer
from shared.contracts.registry import RESTRICTED, context_of, events, may_hear
from shared.settings import SERVICES
from shared.streams import HEARS


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


def test_no_service_reacts_to_what_it_may_not_hear() -> None:
    for service in installed_services():
        spec = importlib.import_module(f"{package_of(service)}.app").SPEC
        for reaction in spec.reactions:
            subject = reaction.event.subject
            assert may_hear(service, subject), f"{service} hears {subject}"
            assert context_of(subject) in HEARS[service], f"{service} has no durable for {subject}"


def test_every_saga_step_waits_for_an_event_that_somebody_tells() -> None:
    for service in installed_services():
        spec = importlib.import_module(f"{package_of(service)}.app").SPEC
        heard = {reaction.event.subject for reaction in spec.reactions}
        for plan in spec.plans:
            for subject in plan.subjects():
                assert subject in events(), f"{plan.name} waits for {subject}"
                own = context_of(subject) == service
                assert own or subject in heard, f"{service} does not hear {subject}"

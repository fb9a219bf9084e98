"""Every code that a person may meet has words in both languages; every refusal says its way out."""

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import ModuleType
from typing import Any, Literal

import pytest

from deploy.local.assemble import installed_services
from gateway.identity.roles.rules import ROLES, catalogue
from shared.i18n import Bilingual
from shared.labels import kernel_labels
from shared.lifecycle import Lifecycle
from shared.problems import Problem, all_problems
from shared.spec import ServiceSpec

PLAIN = {"routes", "commands", "queries", "rules", "tables", "plan", "reactions"}
# Codes that no person meets: they choose between answers of a route or a branch of the code.
UNSEEN = {"eq", "in", "ref", "range", "flag", "wait"}


def package_of(context: str) -> str:
    return "gateway" if context == "gateway" else f"services.{context}"


def modules_of(package: str) -> Iterator[ModuleType]:
    """Every module of a package, tests and migrations left out."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not {"tests", "migrations", "console"} & set(found.name.split(".")):
            yield importlib.import_module(found.name)


def codes_of(module: ModuleType) -> Iterator[tuple[str, str]]:
    """(code, where from): states, verbs, what actions require, enum values and literals."""
    for name, value in vars(module).items():
        origin = f"{module.__name__}.{name}"
        if isinstance(value, Lifecycle):
            for code in (*value.states, *value.actions):
                yield code, origin
        elif typing.get_origin(value) is Literal:
            yield from ((code, origin) for code in literals(value))
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            if issubclass(value, StrEnum):
                yield from ((str(member), origin) for member in value)
            else:
                yield from ((code, origin) for code in field_codes(value))


def field_codes(kind: type) -> Iterator[str]:
    """The literals among a class's fields."""
    try:
        hints = typing.get_type_hints(kind)
    except (NameError, TypeError):
        return
    for hint in hints.values():
        yield from literals(hint)


def literals(hint: Any) -> Iterator[str]:
    if typing.get_origin(hint) is Literal:
        yield from (value for value in typing.get_args(hint) if isinstance(value, str))
    else:
        for inner in typing.get_args(hint):
            yield from literals(inner)


def codes_met(context: str) -> dict[str, str]:
    """Everything of a context that needs a label, and where it comes from."""
    package, spec = package_of(context), spec_of(context)
    modules = [m for m in modules_of(package) if m.__name__.rsplit(".", 1)[1:] != ["labels"]]
    modules += modules_of(f"shared.contracts.{context}")
    found = {code: origin for module in modules for code, origin in codes_of(module)}
    for plan in spec.plans:
        found |= {plan.name: "plan", **{step.name: f"plan {plan.name}" for step in plan.steps}}
    found |= {code: "permission" for code in catalogue() if code.startswith(f"{context}.")}
    if context == "gateway":
        found |= dict.fromkeys(ROLES, "role")
    return {code: origin for code, origin in found.items() if code not in UNSEEN}


def spec_of(context: str) -> ServiceSpec:
    spec = importlib.import_module(f"{package_of(context)}.app").SPEC
    assert isinstance(spec, ServiceSpec)
    return spec


def missing(codes: Mapping[str, str], labels: Mapping[str, Bilingual]) -> dict[str, str]:
    """Codes without a label of two sound texts."""
    return {c: origin for c, origin in codes.items() if not sound(labels.get(c))}


def sound(text: Bilingual | None) -> bool:
    """Both languages say something, and the Chinese one says it in Chinese."""
    return text is not None and bool(text.en.strip()) and not has_han(text.en) and has_han(text.zh)


def has_han(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def labels_of(context: str) -> dict[str, Bilingual]:
    return {**kernel_labels(context), **spec_of(context).labels}


@pytest.mark.parametrize("context", installed_services())
def test_every_code_has_a_label_in_both_languages(context: Any) -> None:
    lacking = missing(codes_met(context), labels_of(context))
    assert not lacking, "\n".join(f"{code!r} of {origin}" for code, origin in lacking.items())


@pytest.mark.parametrize("context", installed_services())
def test_every_label_is_sound(context: Any) -> None:
    assert {code for code, text in labels_of(context).items() if not sound(text)} == set()


def test_a_label_that_is_missing_or_half_is_seen() -> None:
    codes = codes_met("procurement")
    labels = labels_of("procurement")
    assert not missing(codes, labels)
    del labels["approve_finance"]
    labels["draft"] = Bilingual("Draft", "Draft")
    labels["procurement.order.read"] = Bilingual("", "查看采购订单")
    assert set(missing(codes, labels)) == {"approve_finance", "draft", "procurement.order.read"}


def problems_in_use() -> list[type[Problem]]:
    """Every refusal of every service; those that tests define are not among them."""
    for context in installed_services():
        list(modules_of(package_of(context)))
    list(modules_of("shared"))
    found = {kind for kind in all_problems() if not {"tests", "conftest"} & parts(kind)}
    return sorted(found, key=lambda kind: kind.__qualname__)


def parts(kind: type) -> set[str]:
    return set(kind.__module__.split("."))


def test_every_refusal_speaks_both_languages_and_says_who_lifts_it() -> None:
    kinds = problems_in_use()
    assert len(kinds) > 50
    silent = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in kinds
        if not (sound(kind.title) and sound(kind.lifted_by))
    ]
    assert silent == []


def context_of(kind: type) -> str:
    """The service of a refusal; `shared` speaks in all of them."""
    return next((name for name in parts(kind) if name in installed_services()), "shared")


def test_a_type_means_one_thing() -> None:
    """Within a service a type is one class; two services may only agree on what it means."""
    by_type: dict[str, list[type[Problem]]] = {}
    for kind in problems_in_use():
        by_type.setdefault(kind.type(), []).append(kind)
    for name, kinds in by_type.items():
        contexts = [context_of(kind) for kind in kinds]
        assert len(set(contexts)) == len(contexts), f"{name}: {kinds}"
        assert len(kinds) == 1 or "shared" not in contexts, f"{name}: {kinds}"
        assert len({kind.status for kind in kinds}) == 1, f"{name}: {kinds}"


async def test_the_labels_are_there_for_everybody(service: Any) -> None:
    async with service("masterdata") as masterdata:
        stranger = masterdata.as_user()
        del stranger.headers["Authorization"]
        answer = await stranger.get("/labels")
        assert answer.status_code == 200, answer.text
        assert answer.json()["masterdata.saga.read"]["zh"] == "查看基础数据流程进展"
        assert answer.json()["masterdata.item.read"]["en"]

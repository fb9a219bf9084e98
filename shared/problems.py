"""Refusals that a caller can act on, rendered as RFC 9457 problem details."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, cast
from uuid import UUID

from shared.decimals import plain
from shared.i18n import Bilingual

ANYONE = Bilingual("Correct the request and send it again", "修正请求后重新提交")


class Problem(Exception):
    """A refusal. Subclass a category below; keyword arguments become extension members.

    `title` says what is refused; `lifted_by` says who can lift it and how. Both are constant per
    class and bilingual; the numbers that matter travel as members.
    """

    status: ClassVar[int]
    title: ClassVar[Bilingual]
    lifted_by: ClassVar[Bilingual] = ANYONE

    def __init__(self, **members: Any) -> None:
        super().__init__(self.title.en, members)
        self.members = members

    def __reduce__(self) -> tuple[Any, ...]:
        """Refusals travel between processes; a plain exception would lose its members."""
        return raised_elsewhere, (type(self), self.members)

    @classmethod
    def type(cls) -> str:
        return "/problems/" + re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def details(self, language: str = "en-US") -> dict[str, Any]:
        """The problem's JSON members, numbers as decimal strings, titles in `language`."""
        return {
            "type": self.type(),
            "title": self.title.said_in(language),
            "status": self.status,
            "lifted_by": self.lifted_by.said_in(language),
            **{name: shown(value) for name, value in self.members.items()},
        }


def shown(value: Any) -> Any:
    """A member as JSON: decimals plain, ids and days as text, containers walked."""
    match value:
        case Decimal():
            return plain(value)
        case UUID() | date() | datetime():
            return value.isoformat() if isinstance(value, date) else str(value)
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value)
            return {str(key): shown(inner) for key, inner in pairs.items()}
        case list() | tuple() | set() | frozenset():
            members = cast("Iterable[Any]", value)
            return [shown(inner) for inner in members]
        case _:
            return value


def all_problems(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every concrete problem class that has been imported, by walking the subclasses."""
    for kind in root.__subclasses__():
        if hasattr(kind, "title"):
            yield kind
        yield from all_problems(kind)


def raised_elsewhere(kind: type[Problem], members: dict[str, Any]) -> Problem:
    return kind(**members)


class Malformed(Problem):
    status = 400


class Unauthenticated(Problem):
    status = 401


class Forbidden(Problem):
    status = 403


class NotFound(Problem):
    status = 404


class Conflict(Problem):
    """The request is sound; the state of things forbids it now."""

    status = 409


class Stale(Problem):
    """The caller saw an older version than the one that stands."""

    status = 412


class Refused(Problem):
    """The request breaks a business rule whatever the state of things."""

    status = 422


class Unavailable(Problem):
    """Something needed is starting or down; `retry_after` seconds is a member."""

    status = 503

"""The kinds of shape that cross a service boundary, and the types they are made of."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from shared.decimals import plain

FIRST_PRINTABLE = 32


def refuse_control_characters(text: str) -> str:
    """NUL breaks PostgreSQL and control characters break printed documents."""
    if any(ord(character) < FIRST_PRINTABLE and character not in "\n\t" for character in text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


def refuse_float(value: object) -> object:
    """Floats lose cents on their way: numbers come as strings or whole numbers."""
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    return value


# The limits stand next to the type: pydantic checks what stands behind a function in Python.
_READ = BeforeValidator(refuse_float)
_SHOWN = PlainSerializer(plain, return_type=str, when_used="json")
# In stock units.
Quantity = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6), _READ, _SHOWN]
AnyQuantity = Annotated[Decimal, Field(max_digits=18, decimal_places=6), _READ, _SHOWN]
# 0.13 is 13 %.
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6), _READ, _SHOWN]
# Net, per stock unit.
Price = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6), _READ, _SHOWN]
# In currency units.
Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=2), _READ, _SHOWN]
# Company currency per unit.
Rate = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=8), _READ, _SHOWN]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500),
    AfterValidator(refuse_control_characters),
]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+\-]{0,63}$")]
Reason = Annotated[Text, StringConstraints(min_length=2, max_length=500)]
SignatureToken = Annotated[str, StringConstraints(max_length=130_000)]  # one may sign some 700


class Contract(BaseModel):
    """A published shape: immutable, and deaf to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class Body(Contract):
    """What a caller sends: a misspelt field is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class Event(Contract):
    """A fact in the past tense, complete enough that nobody must call back.

    `subject` is `erp.<context>.<fact>.v<n>`; `aggregate` names the field that holds the id of the
    aggregate whose gapless `sequence` the envelope carries.
    """

    subject: ClassVar[str]
    aggregate: ClassVar[str]


class Answer(Event):
    """An event that ends or refuses a saga's step. It carries the saga's id back."""

    saga_id: UUID


class Envelope(Contract):
    """CloudEvents 1.0 around an event's data, as stored in the outbox and sent over NATS."""

    specversion: str = "1.0"
    id: UUID
    source: str  # /<context>
    type: str  # the subject
    subject: str  # the aggregate's id
    time: datetime
    datacontenttype: str = "application/json"
    companyid: UUID
    sequence: int  # gapless per aggregate, from 1
    position: int  # the outbox position in the source's database
    actor: str  # user:<id> or service:<context>
    traceparent: str = ""
    data: dict[str, object]


class Done(Contract):
    """What a command answers when there is nothing to show but that it stands."""

    id: UUID
    state: str
    version: int


class Act(Body):
    """Body of `POST …/{id}/actions/<verb>`: the version that was seen, and what the act needs."""

    version: int
    note: Text | None = None
    signature: SignatureToken | None = None


class ActItem(Body):
    """One document of a batch, at the version that was seen."""

    id: UUID
    version: int


class ActAll(Body):
    """Body of `POST …/actions/<verb>`: up to 1,000 documents, all or nothing unless `partial=1`."""

    items: Annotated[tuple[ActItem, ...], Field(min_length=1, max_length=1000)]
    note: Text | None = None
    signature: SignatureToken | None = None


class ActResult(Contract):
    """What became of one document of a batch."""

    id: UUID
    ok: bool
    state: str | None = None
    version: int | None = None
    problem: dict[str, object] | None = None


class ActResults(Contract):
    """The results in the order in which the documents were given."""

    items: tuple[ActResult, ...]

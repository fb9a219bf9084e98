"""What a person of another company finds, with every right that there is: nothing at all.

A document of ours must look to them exactly like one that does not exist: the same status and the
same answer, for every operation that names a document; and their lists are empty. Only where the
caller chooses the id (PUT, and the DELETE that undoes it) may they hear that it is taken.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import psycopg
from joserfc.jwk import OKPKey

from bench.cluster import Cluster
from deploy.local.credentials import Safe
from deploy.local.ports import port_of
from gateway.identity.roles.rules import catalogue
from shared.auth import mint

THEIRS = uuid4()
PERSON = f"user:{uuid4()}"
CANDIDATES = 6  # tables whose ids are tried at a path
WORDS = re.compile(r"[a-z]+")
OWNED = """
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.columns i
  USING (table_schema, table_name)
WHERE c.column_name = 'company_id' AND i.column_name = 'id' AND i.data_type = 'uuid'
  AND table_schema = 'public'
  AND table_name !~ '_(p|y)?[0-9]+$' AND table_name NOT IN ('outbox', 'saga')
ORDER BY table_name
"""
STORIES = {  # what is asked for by the id of the document that it is about
    "event": b"SELECT aggregate_id FROM outbox WHERE company_id = %s LIMIT 1",
    "approval": b"SELECT document_id FROM approval WHERE company_id = %s LIMIT 1",
}
Document = dict[str, Any]


@dataclass
class House:
    """One service of the running stack, seen by one of us and by a stranger."""

    cluster: Cluster
    context: str
    refused: list[str] = field(default_factory=list[str])  # operations that came to the document
    unreached: list[str] = field(default_factory=list[str])  # refused for their bodies before that
    faults: list[str] = field(default_factory=list[str])

    @cached_property
    def ours(self) -> UUID:
        with psycopg.connect(self.cluster.postgres.conninfo("gateway")) as gateway:
            row = gateway.execute("SELECT company_id FROM app_user LIMIT 1").fetchone()
            assert row is not None
            return UUID(str(row[0]))

    def person(self, company_id: UUID) -> httpx.Client:
        """Somebody of a company who may do everything in this context."""
        key = Safe(self.cluster.home / "secrets").signing_key("gateway")
        token = mint(
            OKPKey.import_key(json.loads(key)),
            issuer="gateway",
            subject=PERSON,
            audience=self.context,
            company_id=company_id,
            permissions=[one for one in catalogue() if one.startswith(f"{self.context}.")],
        )
        url = f"http://127.0.0.1:{port_of(self.cluster.base, self.context)}"
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    @cached_property
    def ids(self) -> dict[str, str]:
        """One document of ours by table."""
        found: dict[str, str] = {}
        with psycopg.connect(self.cluster.postgres.conninfo(self.context)) as database:
            for (table,) in database.execute(OWNED).fetchall():
                newest = f'SELECT id FROM "{table}" WHERE company_id = %s ORDER BY id DESC LIMIT 1'
                if row := database.execute(newest.encode(), (self.ours,)).fetchone():
                    found[table] = str(row[0])
            for name, question in STORIES.items():
                if row := database.execute(question, (self.ours,)).fetchone():
                    found[name] = str(row[0])
        return found

    def try_all(self) -> None:
        """Every operation of the service: lists first, while the stranger has nothing either."""
        with self.person(self.ours) as us, self.person(THEIRS) as them:
            paths: dict[str, Document] = us.get("/openapi.json").json()["paths"]
            schemas = us.get("/openapi.json").json()["components"]["schemas"]
            for path, item in paths.items():
                if path.count("{") == 0 and "get" in item:
                    self.list_is_empty(them, path, item["get"])
            for path, item in paths.items():
                if path.count("{") == 1:
                    self.document_is_nobodys(us, them, path, item, schemas)

    def list_is_empty(self, them: httpx.Client, path: str, operation: Document) -> None:
        if any(one.get("required") for one in operation.get("parameters", [])):
            return
        answer = them.get(path)
        if answer.is_success and "json" in answer.headers.get("content-type", ""):
            found = answer.json()
            if isinstance(found, dict) and (rows := cast("Document", found).get("items")):
                self.faults.append(f"GET {path}: {len(rows)} rows")

    def document_is_nobodys(
        self, us: httpx.Client, them: httpx.Client, path: str, item: Document, schemas: Document
    ) -> None:
        id = self.found_at(us, path) or next(iter(self.likely(path)), None)
        if id is None:
            return
        for verb, operation in item.items():
            body = body_of(operation, schemas)
            real, none = (ask(them, verb, path, one, body) for one in (id, str(uuid4())))
            what = f"{verb.upper()} {path}"
            taken = verb in ("put", "delete") and real[0] in (404, 409)
            if real != none and not taken:
                self.faults.append(f"{what}: {real} and not {none}"[:600])
            elif real[0] in (403, 404, 409):
                self.refused.append(what)
            else:
                self.unreached.append(f"{what}: {real[0]}")

    def found_at(self, us: httpx.Client, path: str) -> str | None:
        """A document that is there for us, at a path that can be read."""
        place = path.partition("}")[0] + "}"
        for id in self.likely(path):
            if us.get(re.sub(r"\{.*\}", id, place)).is_success:
                return id
        return None

    def likely(self, path: str) -> list[str]:
        """Ids of the tables whose names are most like the path."""
        words = {word.removesuffix("s") for word in WORDS.findall(path.partition("{")[0])}

        def unlike(table: str) -> tuple[int, int]:
            own = {word.removesuffix("s") for word in WORDS.findall(table)}
            return -len(words & own), len(own - words)

        return [self.ids[table] for table in sorted(self.ids, key=unlike)[:CANDIDATES]]


def ask(client: httpx.Client, verb: str, path: str, id: str, body: Any) -> tuple[int, str]:
    """Status and answer, without what differs between any two requests."""
    url = re.sub(r"\{.*?\}", id, path)
    answer = client.request(verb, url, json=body if verb != "get" else None)
    said = re.sub(r'"(trace_id|instance)":\s*"[^"]*",?', "", answer.text)
    return answer.status_code, said.replace(id, "…")


def body_of(operation: Document, schemas: Document) -> Any:
    """The least that the operation's schema accepts, so that the question reaches the document."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else least(schema, schemas)


def least(schema: Document, schemas: Document) -> Any:
    """A small value of a JSON schema; good for most."""
    if "$ref" in schema:
        return least(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return least(schema[several][0], schemas)
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    make: dict[str, Callable[[], Any]] = {
        "object": lambda: dict(fields(schema, schemas)),
        "array": lambda: [least(schema["items"], schemas)] * schema.get("minItems", 0),
        "string": lambda: text_of(schema),
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: 1,
        "boolean": lambda: True,
    }
    kind = str(schema.get("type"))
    return make[kind]() if kind in make else None


def fields(schema: Document, schemas: Document) -> Iterator[tuple[str, Any]]:
    for name in schema.get("required", []):
        yield name, least(schema["properties"][name], schemas)


def text_of(schema: Document) -> str:
    known = {"uuid": str(uuid4()), "date": "2026-11-02", "date-time": "2026-11-02T00:00:00Z"}
    if schema.get("format") in known:
        return known[schema["format"]]
    return "1" if "pattern" in schema else "text"[: schema.get("maxLength", 4)]

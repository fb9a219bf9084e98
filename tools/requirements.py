"""The traceability matrix: every requirement, where it lives, and the tests that show it.

`python -m tools.requirements` writes docs/requirements.md from docs/requirements.csv (titles,
status, where: kept by people) and the marks `@pytest.mark.req("B10")` in the tests. `--check`
writes nothing; it fails when the page is out of date, when a mark names no requirement, or when a
row says "done" and no test goes through the gateway to show it.
"""

import ast
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROWS = Path("docs/requirements.csv")
PAGE = Path("docs/requirements.md")
TESTS = ("tests", "services", "gateway", "shared", "deploy")
THROUGH_GATEWAY = ("tests/journeys/", "gateway/tests/")  # folders whose tests call the gateway
DOORS = {"doors", "story"}  # fixtures that give users at the gateway
STATES = ("done", "thin", "open")
SECTIONS = {
    "A": "Master data 基础数据",
    "B": "Procurement 采购",
    "C": "Production 生产",
    "D": "Quality 质量",
    "E": "Sales 销售",
    "F": "Inventory 仓储",
    "G": "Finance 财务",
    "H": "Decisions and compliance 智能决策与合规",
    "M": "Medical devices 医疗器械",
    "REQ": "Rules 规则",
}
HEAD = """# Requirements 需求追溯

Written by `python -m tools.requirements` from [requirements.csv](requirements.csv) and the tests'
`@pytest.mark.req` marks; change those, not this page. *done*: a test shows it through the gateway
(marked ●). *thin*: a part of it works, the note says what is missing. *open*: not built.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as the data file states it."""

    id: str
    title_en: str
    title_zh: str
    status: str
    where: str
    note: str


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A test file that shows a requirement."""

    path: str
    through_gateway: bool


Evidence = dict[str, set[Shown]]


def read_rows(path: Path = ROWS) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**line) for line in csv.DictReader(file)]


def evidence(root: Path = Path()) -> Evidence:
    """By requirement, the test files that carry its mark."""
    found: Evidence = {}
    for folder in TESTS:
        for path in sorted((root / folder).rglob("test_*.py")):
            name = path.relative_to(root).as_posix()
            for id, through in marks_in(path.read_text(encoding="utf-8"), name):
                found.setdefault(id, set()).add(Shown(name, through))
    return found


def marks_in(source: str, name: str) -> Iterator[tuple[str, bool]]:
    """(requirement, shown through the gateway?) for every mark of a test module."""
    tree = ast.parse(source)
    by_folder = name.startswith(THROUGH_GATEWAY)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark"
            for target in statement.targets
        ):
            yield from ((id, by_folder) for id in named(statement.value))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            through = by_folder or bool(DOORS & asked_for(node))
            for decorator in node.decorator_list:
                yield from ((id, through) for id in named(decorator))


def asked_for(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """The fixtures that a test asks for."""
    if isinstance(node, ast.ClassDef):
        return set()
    return {argument.arg for argument in node.args.args}


def named(mark: ast.expr) -> Iterator[str]:
    """The requirements of `pytest.mark.req(…)`, alone or within a list."""
    for node in ast.walk(mark):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "req"
        ):
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def complaints(rows: Sequence[Row], shown: Mapping[str, set[Shown]]) -> Iterator[str]:
    """What the matrix may not say."""
    known = {row.id for row in rows}
    if len(known) < len(rows):
        yield "a requirement stands twice"
    for id in sorted(set(shown) - known):
        files = ", ".join(sorted(one.path for one in shown[id]))
        yield f"{id} is no requirement, but marked in {files}"
    for row in rows:
        tests = shown.get(row.id, set())
        if row.status not in STATES:
            yield f"{row.id}: the status is one of {', '.join(STATES)}"
        if row.status == "done" and not any(one.through_gateway for one in tests):
            yield f"{row.id} says done, but no test shows it through the gateway"
        if row.status == "thin" and not tests:
            yield f"{row.id} says thin, but no test shows any of it"
        if row.status != "open" and not row.where:
            yield f"{row.id}: say where it lives"


def page(rows: Sequence[Row], shown: Mapping[str, set[Shown]]) -> str:
    """The matrix as Markdown, a table per section."""
    counts = {state: sum(row.status == state for row in rows) for state in STATES}
    lines = [HEAD, ", ".join(f"{number} {state}" for state, number in counts.items()) + ".", ""]
    for section, title in SECTIONS.items():
        lines += [
            f"## {title}",
            "",
            "| ID | What | Status | Where | Tests |",
            "|---|---|---|---|---|",
        ]
        lines += [line_of(row, shown.get(row.id, set())) for row in of_section(rows, section)]
        lines.append("")
    return "\n".join(lines)


def of_section(rows: Iterable[Row], section: str) -> list[Row]:
    return [row for row in rows if row.id.rstrip("0123456789").rstrip("-") == section]


def line_of(row: Row, tests: set[Shown]) -> str:
    files = {one.path: False for one in tests}
    for one in tests:
        files[one.path] |= one.through_gateway
    shown = "<br>".join(
        f"{'● ' if through else ''}{path}" for path, through in sorted(files.items())
    )
    status = f"{row.status}: {row.note}" if row.note else row.status
    return f"| {row.id} | {row.title_en} {row.title_zh} | {status} | {row.where} | {shown} |"


def main(arguments: Sequence[str]) -> int:
    rows, shown = read_rows(), evidence()
    found = list(complaints(rows, shown))
    fresh = page(rows, shown)
    if "--check" in arguments:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh:
            found.append(f"{PAGE} is out of date: run `python -m tools.requirements`")
    else:
        PAGE.write_text(fresh, encoding="utf-8")
    print("\n".join(found) or "every requirement is accounted for")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

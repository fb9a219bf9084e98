"""House limits that ruff cannot express. Prints `path:line: complaint`; exits 1 on any.

Each rule is a function from a place to its complaints, and each has a test that plants a violation
(tests/house). Run at the root of the tree: `python -m tools.tidy`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINES_PER_FUNCTION: Final = 40
LINES_PER_FILE: Final = 300
CODE: Final = ("services", "shared", "gateway", "deploy", "tools", "tests", "demo", "bench")
SLICE_FILES: Final = frozenset(
    ("__init__", "tables", "rules", "commands", "queries", "routes", "reactions", "plan")
)
SLICE_FOLDERS: Final = frozenset(("engine", "tests", "migrations", "__pycache__"))
DRAWERS: Final = frozenset(("utils", "util", "helpers", "helper", "common", "misc", "manager"))
SILENT: Final = frozenset(("services", "shared", "gateway", "deploy"))  # they log, never print
STORY_MAY: Final = frozenset(("httpx", "rich", "demo")) | sys.stdlib_module_names
STORY_MUST_NOT: Final = frozenset(("importlib", "subprocess", "socket", "multiprocessing"))
UNREAD: Final = frozenset(
    (
        *(".git", ".venv", ".local", "node_modules", "__pycache__", "results", ".hypothesis"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache"),
    )
)
BINARY: Final = frozenset((".png", ".jpg", ".pdf", ".xlsx", ".ico", ".woff2", ".gz", ".zip"))
# Spelled in two parts, so that this file does not break its own rule.
HOSTS: Final = tuple(
    f"{name}.{end}"
    for name, end in (
        *(("pypi", "org"), ("pythonhosted", "org"), ("registry.npmjs", "org")),
        *(("registry.yarnpkg", "com"), ("proxy.golang", "org"), ("static.crates", "io")),
        *(("docker", "io"), ("ghcr", "io"), ("quay", "io"), ("registry.k8s", "io"), ("gcr", "io")),
    )
)
HOST: Final = re.compile(r"(?<![\w-])(?:[\w-]+\.)*(?:" + "|".join(map(re.escape, HOSTS)) + r")\b")
WORKPLACE: Final = re.compile(r"(?<![\w.$}/])/" + "work" + r"/(?:main|brief|shared|\.)")
UNDONE: Final = re.compile(r"#\s*(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
Complaints = Iterator[tuple[int, str]]


def main() -> int:
    """Check the tree below the working directory."""
    found = list(all_complaints(Path()))
    print("\n".join(found) or "tidy")
    return bool(found)


def all_complaints(root: Path) -> Iterator[str]:
    """Every complaint of every rule as `path:line: text`, in order of path."""
    for path in text_files(root):
        place = path.relative_to(root)
        try:
            source = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        complaints = list(addresses(source))
        if path.suffix == ".py" and place.parts[0] in CODE:
            complaints += [*names(place), *code(place, source)]
        yield from (f"{place}:{line}: {complaint}" for line, complaint in sorted(complaints))


def text_files(folder: Path) -> Iterator[Path]:
    """Files that people wrote; what tools made or downloaded is left out."""
    for path in sorted(folder.iterdir()):
        if path.name in UNREAD or path.is_symlink() or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from text_files(path)
        elif path.suffix not in BINARY:
            yield path


def addresses(source: str) -> Complaints:
    """No registry host and no path of one person's machine in anything committed."""
    for number, line in enumerate(source.splitlines(), start=1):
        if found := HOST.search(line):
            yield number, f"{found[0]} is a registry host: leave it to each user's configuration"
        if found := WORKPLACE.search(line):
            yield number, f"{found[0]} is a path of one machine"


def names(place: Path) -> Complaints:
    """A slice holds the six file names (and plan), one `engine/` at most; drawers nowhere."""
    if place.stem in DRAWERS:
        yield 1, f"{place.stem} is a drawer: name what it holds"
    inside = slice_of(place)
    if inside is None:
        return
    if len(inside.parts) == 1 and inside.stem not in SLICE_FILES:
        yield 1, "not a house file name (" + ", ".join(sorted(SLICE_FILES)) + ")"
    if len(inside.parts) > 1 and inside.parts[0] not in SLICE_FOLDERS:
        yield 1, "a slice holds no folder but engine/"


def slice_of(place: Path) -> Path | None:
    """The path inside its slice, None outside of slices, tests and migrations."""
    parts = place.parts
    if {"tests", "migrations"} & set(parts):
        return None
    if parts[0] == "services" and len(parts) > 3:  # noqa: PLR2004 - services/<context>/<slice>/…
        return Path(*parts[3:])
    if parts[:2] == ("gateway", "identity") and len(parts) > 2:  # noqa: PLR2004
        return identity_slice(parts[2:])
    return None


def identity_slice(inside: tuple[str, ...]) -> Path | None:
    """Identity is a context inside the gateway: its folders are slices, its own files are free."""
    return Path(*inside[1:]) if len(inside) > 1 else None


def code(place: Path, source: str) -> Complaints:
    """Lengths, commits, prints, promises in comments, and what the story may import."""
    if "migrations" not in place.parts:
        length = source.count("\n")
        if length > LINES_PER_FILE:
            yield 1, f"{length} lines: split it ({LINES_PER_FILE} at most)"
    for number, line in enumerate(source.splitlines(), start=1):
        if UNDONE.search(line):
            yield number, "do it, or name an issue and a reason"
    for node in ast.walk(ast.parse(source)):
        yield from of_node(place, node)


def of_node(place: Path, node: ast.AST) -> Complaints:
    """The complaints about one node of the syntax tree."""
    parts = set(place.parts)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "migrations" not in parts:
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > LINES_PER_FUNCTION:
            yield node.lineno, f"{node.name} has {lines} lines ({LINES_PER_FUNCTION} at most)"
    if isinstance(node, ast.Call):
        if place.parts[0] in {"services", "gateway"} and "tests" not in parts and commits(node):
            yield node.lineno, "services never commit: the request's route does"
        if place.parts[0] in SILENT and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "services log, they never print"
    if place.parts[0] == "demo" and isinstance(node, ast.Import | ast.ImportFrom):
        for root in sorted(imported(node) - STORY_MAY | imported(node) & STORY_MUST_NOT):
            yield node.lineno, f"the story is an outsider: it must not import {root}"


def commits(call: ast.Call) -> bool:
    """A call of `.commit()` or `.rollback()`, whatever on."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The top packages that an import statement names."""
    if isinstance(node, ast.ImportFrom):
        return {"demo"} if node.level else {(node.module or "").split(".")[0]}
    return {alias.name.split(".")[0] for alias in node.names}


if __name__ == "__main__":
    sys.exit(main())

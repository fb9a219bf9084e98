"""Scaffold a slice: `make slice s=inventory n=counts`. Six files and two tests that fail.

The tests fail on purpose: they are the first two things to write. Nothing existing is overwritten.
"""

import re
import sys
from pathlib import Path
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z_]*")

FILES: Final[dict[str, str]] = {
    "__init__.py": "",
    "tables.py": '"""Rows of {noun}: columns, keys, CHECK constraints. No method decides."""\n',
    "rules.py": (
        '"""Decisions about {noun} over plain values. Pure: no clock, no database, no HTTP."""\n'
    ),
    "commands.py": (
        '"""Changes to {noun}. Each locks, looks, decides, writes, tells; the caller commits."""\n'
    ),
    "queries.py": '"""Questions about {noun} that need more than one table or page."""\n',
    "routes.py": (
        '"""{title} over HTTP."""\n\n'
        "from fastapi import APIRouter\n\n"
        'router = APIRouter(prefix="/{path}", tags=["{path}"])\n'
    ),
    "reactions.py": '"""What {noun} do when other contexts tell facts."""\n',
}
TESTS: Final[dict[str, str]] = {
    "test_rules.py": (
        "def test_a_rule_of_{name}_decides() -> None:\n"
        '    raise AssertionError("say what {noun} decide, with numbers from a real traveller")\n'
    ),
    "test_routes.py": (
        "async def test_{name}_answer_over_http() -> None:\n"
        '    raise AssertionError("create one, repeat it, refuse one: on real PostgreSQL")\n'
    ),
}


def scaffold(root: Path, service: str, name: str) -> list[Path]:
    """The files made. Raises ValueError for a bad name, a missing service, a slice that exists."""
    context = root / "gateway" if service == "gateway" else root / "services" / service
    folder = context / name
    if not NAME.fullmatch(name) or not NAME.fullmatch(service):
        raise ValueError(f"{service}/{name}: names are lower case with underscores")
    if not context.is_dir():
        raise ValueError(f"{context} does not exist")
    if folder.exists():
        raise ValueError(f"{folder} exists already")
    noun = name.replace("_", " ")
    words = {"name": name, "noun": noun, "title": noun.capitalize(), "path": name.replace("_", "-")}
    made = {folder / file: text for file, text in FILES.items()}
    made |= {context / "tests" / name / file: text for file, text in TESTS.items()}
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
    return list(made)


def main() -> int:
    """Write the slice and say what is left to do by hand."""
    try:
        made = scaffold(Path(), *sys.argv[1:3])
    except (ValueError, TypeError) as refusal:
        print(refusal)
        return 1
    print("\n".join(map(str, made)))
    print("Next: include the router in app.py, the tables in all_tables.py; make both tests pass.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""docs/attacks.md speaks of tests that are there."""

import re
from pathlib import Path

ROW = re.compile(r"^\| .* \| `(?P<file>[\w/.]+)::(?P<test>\w+)` \|$")


def test_every_attack_names_a_test_that_exists() -> None:
    lines = Path("docs/attacks.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| attack")]
    assert len(rows) > 30
    for row in rows:
        found = ROW.match(row)
        assert found, row
        text = Path(found["file"]).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {found['test']}\(", text, re.MULTILINE), row

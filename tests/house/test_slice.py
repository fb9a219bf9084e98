"""`make slice` gives a slice that the house accepts and two tests that ask to be written."""

import ast
from pathlib import Path

import pytest

from tools.slice import scaffold
from tools.tidy import SLICE_FILES, all_complaints


def test_a_scaffolded_slice_has_the_six_files_and_two_failing_tests(tmp_path: Path) -> None:
    (tmp_path / "services" / "inventory").mkdir(parents=True)
    made = scaffold(tmp_path, "inventory", "cycle_counts")
    names = {path.stem for path in made if "tests" not in path.parts}
    assert names == SLICE_FILES - {"plan"}
    tests = [path for path in made if "tests" in path.parts]
    assert len(tests) == 2
    assert all("raise AssertionError" in path.read_text() for path in tests)
    assert all(ast.parse(path.read_text()) for path in made)
    assert 'prefix="/cycle-counts"' in (made[0].parent / "routes.py").read_text()
    assert list(all_complaints(tmp_path)) == []


def test_an_existing_slice_is_left_alone_when_scaffolded_twice(tmp_path: Path) -> None:
    (tmp_path / "services" / "inventory").mkdir(parents=True)
    scaffold(tmp_path, "inventory", "counts")
    with pytest.raises(ValueError, match="exists already"):
        scaffold(tmp_path, "inventory", "counts")


@pytest.mark.parametrize(("service", "name"), [("absent", "counts"), ("inventory", "Bad-Name")])
def test_a_slice_without_a_place_or_with_a_bad_name_is_refused(
    tmp_path: Path, service: str, name: str
) -> None:
    (tmp_path / "services" / "inventory").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"exist|lower case"):
        scaffold(tmp_path, service, name)

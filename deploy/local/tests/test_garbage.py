"""The collector rests while a process starts, and only then."""

import gc

import pytest

from deploy.local.garbage import collector_rests


def test_it_rests_and_leaves_what_was_made_alone() -> None:
    frozen = gc.get_freeze_count()
    try:
        with collector_rests():
            assert not gc.isenabled()
            made = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen + len(made)
    finally:
        gc.unfreeze()


def test_a_start_that_fails_wakes_it() -> None:
    with pytest.raises(RuntimeError), collector_rests():
        raise RuntimeError
    assert gc.isenabled()

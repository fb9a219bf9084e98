"""The advisory locks of a database: who waits for one must not wait for somebody else's work."""

from shared import jobs_runner, partitions, relay, sealer


def test_each_leader_has_a_lock_of_its_own() -> None:
    keys = [
        relay.LEADER_KEY,
        sealer.LEADER_KEY,
        jobs_runner.LEADER_KEY,
        partitions.UPKEEP_KEY,
    ]
    assert len(set(keys)) == len(keys)

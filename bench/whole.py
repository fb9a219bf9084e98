"""The stack as a whole: how soon it is ready, and how much memory it holds."""

from bench.cluster import Cluster, pss
from bench.figures import Figure
from bench.reference import endpoint


def stack_start(cluster: Cluster) -> list[Figure]:
    """Seconds from the command to ready on a prepared tree."""
    return [Figure("stack_start", cluster.seconds, "s")]


def stack_memory(cluster: Cluster) -> list[Figure]:
    """PSS of the embedded stack without PostgreSQL against one lean FastAPI service."""
    with endpoint() as lean:
        limit = pss(lean.pid)
    return [Figure("stack_memory", cluster.memory(), "MiB", limit)]

"""A process's own peak memory; imports nothing that would add to it."""

from pathlib import Path


def peak_memory() -> float:
    """MB that this process held at most.

    Not `ru_maxrss`: a child starts with its parent's, and ours may hold more than the child ever.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024

"""Which port each part of the stack listens on, and whether it is free."""

import errno
import random
import socket
from typing import Final

from deploy.local.messages import Unstartable
from shared.settings import CONTEXTS

APPS: Final = ("gateway", *CONTEXTS)
DEFAULT_BASE: Final = 8600
OWN_BASES: Final = range(10000, 32000, 32)
PORTS: Final = range(1024, 65500)  # bases that leave room for the whole stack


def base_port(value: str | None) -> int:
    """The first port of the stack, from MAILUO_PORT."""
    if not value:
        return DEFAULT_BASE
    if not value.isdigit() or int(value) not in PORTS:
        raise Unstartable("bad_port", value=value)
    return int(value)


def port_of(base: int, part: str) -> int:
    """Gateway at the base, services above it in a fixed order, then PostgreSQL and NATS."""
    extra = {"postgres": 20, "nats": 21, "nats monitoring": 22}
    return base + (extra[part] if part in extra else APPS.index(part))


def free_port() -> int:
    """A loopback port that nobody listens on right now (tests take theirs from here)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_base() -> int:
    """A base whose whole range is free right now (tests and benches run stacks of their own).

    Taken below the range that the system hands out for outgoing connections: there, any client
    could be given one of our ports between this look and the start.
    """
    parts = (*APPS, "postgres", "nats", "nats monitoring")
    for _ in range(100):
        base = random.choice(OWN_BASES)  # noqa: S311 - spreads, does not protect
        try:
            for part in parts:
                ensure_free(port_of(base, part), part)
        except Unstartable:
            continue
        return base
    raise AssertionError("no free range of ports")


def bind(port: int, what: str, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket, taken before anything slow starts: a busy port is told at once."""
    # With the protocol spelt out asyncio sends at once; else each answer waits 40 ms for an ACK.
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(512)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise Unstartable("port_busy", port=port, what=what) from error
        raise
    taken.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return taken


def ensure_free(port: int, what: str) -> None:
    """Refuse a port that another program holds; the port is free again on return."""
    bind(port, what).close()

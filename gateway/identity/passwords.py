"""Argon2 off the event loop, a few at a time: hashing is made to be slow."""

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB and two passes, which it calls as strong
# as 46 MiB and one, and which costs half the CPU here: filling memory is the dear part. Who signs
# proves the password at each signature, so hashing is daily work: the default of the library
# (64 MiB, three passes, four lanes) holds both cores of a small server for an eighth of a second.
# Hashes made with other figures carry them along and stay good.
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
AT_ONCE = 2


class Passwords:
    """Hashes and verifies in threads; one instance per app."""

    def __init__(self) -> None:
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.decoy = HASHER.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        async with self.gate:
            return await asyncio.to_thread(HASHER.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether it matches; an unknown user takes just as long."""
        async with self.gate:
            good = await asyncio.to_thread(HASHER.verify, password, kept or self.decoy)
        return good and kept is not None

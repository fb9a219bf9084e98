"""Keys and passwords of the local stack: made once, kept under the home with mode 0600.

Staging and production take the same values from their own secret store by environment.
"""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import nkeys  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
from joserfc.jwk import OKPKey


@dataclass(frozen=True, slots=True)
class Safe:
    """The secrets folder of one home. A missing one is made, nothing else changes."""

    folder: Path

    def text(self, name: str, make: Callable[[], str]) -> str:
        """The secret of this name, made at the first call. Names hold no slash."""
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_name(f".{name}.{os.getpid()}")
            descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(make())
            fresh.rename(path)  # whole or absent, even when the disk fills up
        return path.read_text(encoding="utf-8")

    def password(self, role: str) -> str:
        """A database role's password."""
        return self.text(f"password-{role}", lambda: secrets.token_urlsafe(24))

    def nkey_seed(self, user: str) -> str:
        """The NATS user's private seed (`SU…`)."""
        return self.text(f"nkey-{user}", make_nkey_seed)

    def signing_key(self, issuer: str) -> str:
        """The private Ed25519 key that the issuer signs with, as JWK JSON.

        Its `kid` is `<issuer>.<part of its thumbprint>`: who signed, and with which key.
        """
        return self.text(f"jwk-{issuer}", lambda: make_signing_key(issuer))

    def trust(self, issuers: tuple[str, ...]) -> str:
        """The public keys of all issuers as JWKS JSON: those that sign, signed, and will sign."""
        return json.dumps({"keys": [key for name in issuers for key in self.believed(name)]})

    def believed(self, issuer: str) -> list[dict[str, object]]:
        """An issuer's public keys: the present one first, then the next and the previous."""
        names = (f"jwk-{issuer}", f"jwk-{issuer}-next", f"jwk-{issuer}-previous")
        self.signing_key(issuer)
        present = [self.folder / name for name in names if (self.folder / name).exists()]
        return [public_half(path.read_text(encoding="utf-8")) for path in present]


def make_signing_key(issuer: str) -> str:
    """A fresh private key as JWK JSON."""
    key = OKPKey.generate_key("Ed25519")
    names = {"kid": f"{issuer}.{key.thumbprint()[:8]}", "use": "sig", "alg": "EdDSA"}
    return json.dumps(key.as_dict(private=True, **names))


def public_half(jwk: str) -> dict[str, object]:
    """What others may know of a key."""
    key = OKPKey.import_key(json.loads(jwk))
    return dict(key.as_dict(private=False))


def make_nkey_seed() -> str:
    """A fresh user seed."""
    entropy = secrets.token_bytes(32)
    seed: bytes = nkeys.encode_seed(  # pyright: ignore[reportUnknownMemberType]
        entropy, nkeys.PREFIX_BYTE_USER
    )
    return seed.decode()


def public_nkey(seed: str) -> str:
    """The public key (`U…`) that the server's configuration names."""
    pair = nkeys.from_seed(seed.encode())  # pyright: ignore[reportUnknownMemberType]
    public = cast("bytes", pair.public_key)
    return public.decode()

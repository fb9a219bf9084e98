"""Every environment variable that a service reads, typed, with default and unit, once."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

from joserfc.jwk import KeySet, OKPKey
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock

CONTEXTS = (
    "masterdata",
    "procurement",
    "production",
    "quality",
    "inventory",
    "sales",
    "finance",
    "analytics",
)
SERVICES = (*CONTEXTS, "gateway")  # everything that has a database, a stream and a key


class TrustedKeys(KeySet):
    """Whose tokens are believed. A new bundle is a new object: what one verified, it alone did."""

    def __hash__(self) -> int:  # the base compares by content and is not hashable
        return id(self)


class ServiceSettings(BaseSettings):
    """One service's configuration. Several services run in one process: never a module global."""

    model_config = SettingsConfigDict(env_prefix="MAILUO_", frozen=True)

    context: str
    database_url: str  # role <context>_app; postgresql+psycopg://…
    owner_database_url: str = ""  # role <context>_owner: migrations, audit sealer, partitions
    nats_url: str = "nats://127.0.0.1:4222"
    nats_seed: str = ""  # nkey seed of this context's NATS user
    nats_user: str = ""  # plain user and password instead of an nkey, for tests
    nats_password: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    signing_key: str  # private EdDSA JWK, JSON; its kid is this service's name
    trust: str  # public JWKs of every issuer, JSON {"keys": […]}
    peers: str = "{}"  # base URL of every service by context, JSON
    time_zone: str = "Asia/Shanghai"
    clock_offset_days: int = 0  # demo and tests only
    pool_size: int = 4  # connections per service
    otlp_endpoint: str = ""  # empty: tracing costs nothing
    log_level: str = "INFO"
    embedded: bool = False  # several services share one process
    background: bool = True  # relay, consumers, saga runner and sealer; tests switch it off
    demo: bool = False

    def clock(self) -> Clock:
        return Clock(ZoneInfo(self.time_zone), timedelta(days=self.clock_offset_days))

    def peer_urls(self) -> dict[str, str]:
        """Base URLs by context, without a trailing slash."""
        return {name: url.rstrip("/") for name, url in json.loads(self.peers).items()}

    def key(self) -> OKPKey:
        return OKPKey.import_key(json.loads(self.signing_key))

    def trusted_keys(self) -> TrustedKeys:
        return TrustedKeys.import_key_set(json.loads(self.trust))

"""Every environment variable that a service reads, typed, with default and unit, once."""

import json
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from joserfc.jwk import KeySet, OKPKey
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.business_calendar import BusinessCalendar, WorkingTime
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
    signing_key: str  # private EdDSA JWK, JSON; its kid is <this service>.<key's thumbprint>
    trust: str  # public JWKs of every issuer, several of one while keys change; {"keys": […]}
    peers: str = "{}"  # base URL of every service by context, JSON
    time_zone: str = "Asia/Shanghai"
    clock_offset_days: int = 0  # demo and tests only
    holidays: str = ""  # free weekdays of the company, ISO dates with commas between
    workdays: str = ""  # weekend days worked in exchange, likewise
    work_opens: time = time(9)  # when a working day begins and ends, in the company's zone
    work_closes: time = time(18)
    pool_size: int = 8  # connections per service at most; opened when needed, then kept
    otlp_endpoint: str = ""  # empty: tracing costs nothing
    log_level: str = "INFO"
    embedded: bool = False  # several services share one process
    background: bool = True  # relay, consumers, saga runner and sealer; tests switch it off
    demo: bool = False
    oidc_issuer: str = ""  # of the identity provider, for the gateway; empty: passwords only
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")  # empty: a public client
    oidc_redirect_url: str = ""  # https://…/api/identity/oidc/callback, as people reach it
    oidc_scope: str = "openid profile"
    oidc_claim: str = "sub"  # the claim that names the person; it must never pass to another one
    oidc_default_role: str = ""  # set: who is not linked gets an account with this role
    s3_endpoint: str = ""  # of the file store, https://…; empty: attachments stay in PostgreSQL
    s3_bucket: str = "mailuo-attachments"
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_retention_days: int = 0  # lock of each object, where the bucket keeps locks; 0: none

    def clock(self) -> Clock:
        calendar = BusinessCalendar(days_of(self.holidays), days_of(self.workdays))
        return Clock(
            ZoneInfo(self.time_zone),
            timedelta(days=self.clock_offset_days),
            working=WorkingTime(calendar, self.work_opens, self.work_closes),
        )

    def peer_urls(self) -> dict[str, str]:
        """Base URLs by context, without a trailing slash."""
        return {name: url.rstrip("/") for name, url in json.loads(self.peers).items()}

    def key(self) -> OKPKey:
        return OKPKey.import_key(json.loads(self.signing_key))

    def trusted_keys(self) -> TrustedKeys:
        return TrustedKeys.import_key_set(json.loads(self.trust))


def days_of(listed: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(day.strip()) for day in listed.split(",") if day.strip())

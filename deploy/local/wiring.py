"""The settings of every service of a local stack: databases, broker, keys, peers."""

import json
from dataclasses import dataclass
from pathlib import Path

from deploy.local.credentials import Safe, public_nkey
from deploy.local.databases import DatabaseUrls
from deploy.local.nats import NatsConfig, NatsUser
from deploy.local.ports import APPS, port_of
from shared.settings import SERVICES, ServiceSettings
from shared.streams import HEARS, permissions

ADMIN = "admin"  # the NATS identity that declares streams; no service knows its seed


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for at the command line and by environment."""

    home: Path
    base: int
    demo: bool = True
    embedded: bool = True  # all services in one process
    reload: str = ""  # the service that starts again when its code changes

    @property
    def gateway(self) -> str:
        """The one URL that people and front ends use."""
        return f"http://127.0.0.1:{self.base}"

    @property
    def safe(self) -> Safe:
        """The secrets of this home."""
        return Safe(self.home / "secrets")


def nats_config(plan: Plan) -> NatsConfig:
    """One account; per service an nkey with exactly the rights that its events need."""
    users = [NatsUser(ADMIN, public_nkey(plan.safe.nkey_seed(ADMIN)))]
    users += [
        NatsUser(
            service, public_nkey(plan.safe.nkey_seed(service)), permissions(service, HEARS[service])
        )
        for service in SERVICES
    ]
    return NatsConfig({"APP": users}, monitor_port=port_of(plan.base, "nats monitoring"))


def settings_of(
    plan: Plan, databases: dict[str, DatabaseUrls], nats_url: str
) -> dict[str, ServiceSettings]:
    """Settings by service; MAILUO_* variables may add what is not set here."""
    peers = {app: f"http://127.0.0.1:{port_of(plan.base, app)}" for app in APPS}
    trust = plan.safe.trust(SERVICES)
    return {
        service: ServiceSettings(
            context=service,
            database_url=databases[service].app,
            owner_database_url=databases[service].owner,
            nats_url=nats_url,
            nats_seed=plan.safe.nkey_seed(service),
            port=port_of(plan.base, service),
            signing_key=plan.safe.signing_key(service),
            trust=trust,
            peers=json.dumps(peers),
            embedded=plan.embedded,
            demo=plan.demo,
        )
        for service in SERVICES
    }


def environment(settings: ServiceSettings) -> dict[str, str]:
    """The same settings as MAILUO_* variables, for a service in a process of its own."""
    prefix = ServiceSettings.model_config.get("env_prefix", "")
    return {
        f"{prefix}{name}".upper(): str(value)
        for name, value in settings.model_dump(mode="json").items()
    }

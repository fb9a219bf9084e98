"""From a service's name to its app: the one place that knows which package holds which service."""

import importlib
import importlib.util
from typing import cast

from fastapi import FastAPI

from shared.settings import SERVICES, ServiceSettings


def package_of(service: str) -> str:
    """The import name of a service; the gateway is a root of its own."""
    return service if service == "gateway" else f"services.{service}"


def installed_services() -> list[str]:
    """Services that this tree holds; a partial checkout runs with fewer."""

    def present(service: str) -> bool:
        try:
            return importlib.util.find_spec(f"{package_of(service)}.app") is not None
        except ModuleNotFoundError:
            return False

    return [service for service in SERVICES if present(service)]


def build(settings: ServiceSettings) -> FastAPI:
    """The service's app; its lifespan runs the relay, consumers, sagas and the sealer."""
    module = importlib.import_module(f"{package_of(settings.context)}.app")
    return cast("FastAPI", module.create_app(settings))

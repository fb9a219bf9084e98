"""What every service is made of: assembly from a specification, one shape of error, one runtime."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.answers import install_error_answers
from shared.approval_routes import router as approvals_router
from shared.attachments import router as attachments_router
from shared.attachments import upload_router
from shared.audit_routes import router as audit_router
from shared.auth import permission_of
from shared.database import each_alone, make_engine
from shared.dead_letter_routes import router as dead_letters_router
from shared.feed_routes import router as feed_router
from shared.health import router as health_router
from shared.label_routes import router as labels_router
from shared.logs import configure_logs
from shared.metrics import Metrics
from shared.middleware import Observed
from shared.outbox import unwatched
from shared.problem_routes import router as problems_router
from shared.problems import Problem
from shared.runtime import Runtime
from shared.saga_routes import router as sagas_router
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec
from shared.spending import count_statements
from shared.tracing import make_provider

PUBLIC = {"/health/live", "/health/ready", "/metrics", "/problems", "/labels"}  # no token


def create_service(spec: ServiceSpec, settings: ServiceSettings) -> FastAPI:
    """The service's ASGI app. Asserts that no route is open by oversight."""
    configure_logs(settings.log_level)
    provider = make_provider(f"mailuo-{spec.context}", settings.otlp_endpoint)
    app = FastAPI(
        title=spec.title,
        version="1.0",
        lifespan=run_service,
        openapi_url=None if spec.own_pages else "/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={
            "tracer_provider": provider,
            "tracing": provider is not None,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.spec, app.state.settings, app.state.provider = spec, settings, provider
    app.state.trusted = settings.trusted_keys()
    app.state.clock = settings.clock()
    app.state.metrics = Metrics(spec.context)
    app.state.engine = make_engine(settings)
    app.state.reader = each_alone(app.state.engine)
    app.state.objects = open_store(settings)
    count_statements(app.state.engine)
    app.state.committed = unwatched
    app.add_middleware(Observed, service=app)
    install_error_answers(app)
    routers = (*spec.routers, *PLATFORM_ROUTERS, *spec.last_routers)
    permissions = permissions_of(routers, spec.context, PUBLIC | spec.public)
    for router in routers:
        app.include_router(router)
    app.openapi = documented(app, permissions)  # type: ignore[method-assign]
    return app


# What every service serves beside its own.
PLATFORM_ROUTERS = (
    approvals_router,
    attachments_router,
    upload_router,
    feed_router,
    sagas_router,
    dead_letters_router,
    audit_router,
    problems_router,
    labels_router,
    health_router,
)


@asynccontextmanager
async def run_service(app: FastAPI) -> AsyncIterator[None]:
    """Start what works in the background, and stop it in the reverse order."""
    runtime = Runtime(app, app.state.spec, app.state.settings)
    app.state.runtime = runtime
    try:
        await runtime.start()
        yield
    finally:
        await runtime.stop()
        await app.state.engine.dispose()
        if app.state.objects is not None:
            await app.state.objects.close()
        if app.state.provider is not None:
            app.state.provider.shutdown()


def open_store(settings: ServiceSettings) -> Any:
    """The file store, where one is set; its library is loaded only then."""
    if not settings.s3_endpoint:
        return None
    from shared.object_store import ObjectStore

    return ObjectStore(settings)


def permissions_of(
    routers: Iterable[APIRouter], context: str, public: frozenset[str] | set[str]
) -> dict[str, list[str]]:
    """Each route's permissions by path; a route without one must be public on purpose."""
    found: dict[str, set[str]] = {}
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute):
            permissions = set(permissions_in(route.dependant, context))
            assert permissions or route.path in public, f"{route.path} asks for no permission"
            for method in route.methods or ():
                found.setdefault(f"{method.lower()} {route.path}", set()).update(permissions)
    return {name: sorted(permissions) for name, permissions in found.items()}


def documented(app: FastAPI, permissions: Mapping[str, list[str]]) -> Callable[[], dict[str, Any]]:
    """The app's OpenAPI document with each operation's permissions written in."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        described = plain()
        for path, item in described["paths"].items():
            for method, operation in item.items():
                operation["x-permissions"] = permissions.get(f"{method} {path}", [])
        return described

    return document


def permissions_in(dependant: Dependant, context: str) -> Iterator[str]:
    """The permissions that a route's dependencies check, however deep."""
    if dependant.call is not None and (permission := permission_of(dependant.call, context)):
        yield permission
    for inner in dependant.dependencies:
        yield from permissions_in(inner, context)


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Document in OpenAPI the refusals that a route can give."""
    documented: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        seen = documented.get(kind.status, {}).get("description")
        title = kind.title.en
        documented[kind.status] = {"description": f"{seen}; {title}" if seen else title}
    return documented

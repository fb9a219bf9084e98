"""The gateway's assembly: identity, the way to the services, views over all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway.identity.delegations import routes as delegations
from gateway.identity.entrance import Doorkeeper, Entrance
from gateway.identity.oidc import routes as oidc
from gateway.identity.passwords import Passwords
from gateway.identity.provider import Provider
from gateway.identity.sessions import routes as sessions
from gateway.identity.signing import routes as signing
from gateway.identity.users import routes as users
from gateway.labels import LABELS
from gateway.merged import routes as merged
from gateway.proxy import routes as proxy
from gateway.proxy.forward import Forwarder
from gateway.views.figures import routes as figures
from gateway.views.inbox import routes as inbox
from gateway.views.promises import routes as promises
from gateway.views.sagas import routes as sagas
from gateway.views.search import routes as search
from gateway.views.threads import routes as threads
from gateway.views.threads.reactions import reactions
from shared.service import create_service, run_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="gateway",
    title="Mailuo",
    routers=(
        sessions.router,
        sessions.own_router,
        users.router,
        signing.router,
        signing.provider_router,
        delegations.router,
        oidc.router,
        oidc.own_router,
        threads.router,
        search.router,
        inbox.router,
        sagas.router,
        figures.router,
        promises.router,
        merged.router,
    ),
    reactions=reactions(),
    labels=LABELS,
    public=frozenset(
        {
            "/api/identity/tokens",
            "/api/identity/tokens/refresh",
            "/api/identity/sessions",
            "/api/identity/oidc/login",
            "/api/identity/oidc/callback",
            "/api/identity/oidc/sessions",
            "/api/identity/oidc/logout",
            "/openapi.json",
            "/docs",
            "/assets/{name}",
            "/.well-known/jwks.json",
            "/problems/{name}",
            "/",
        }
    ),
    last_routers=(proxy.router,),
    own_pages=True,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    app = create_service(SPEC, settings)
    app.state.passwords = Passwords()
    app.state.entrance = Entrance(app)
    app.state.forwarder = Forwarder(settings)
    app.state.provider_of_identity = Provider(settings) if settings.oidc_issuer else None
    app.state.pace = proxy.Paces()
    app.state.own_openapi = app.openapi
    app.user_middleware.append(Middleware(Doorkeeper, service=app))
    app.user_middleware.append(Middleware(proxy.ShortWay, service=app))
    app.router.lifespan_context = run_gateway
    return app


@asynccontextmanager
async def run_gateway(app: FastAPI) -> AsyncIterator[None]:
    """The usual background work, and the connections to the services."""
    try:
        async with run_service(app):
            yield
    finally:
        await app.state.forwarder.close()
        if app.state.provider_of_identity is not None:
            await app.state.provider_of_identity.close()

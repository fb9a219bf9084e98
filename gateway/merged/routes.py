"""The API's own description: one document, pages to read and try it, keys, and the front page."""

import asyncio
from importlib.resources import files
from typing import Any

import aiohttp
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response

from gateway.merged.pages import FRONT_PAGE, problem_page
from gateway.merged.rules import merged
from shared.auth import issuer_of
from shared.i18n import Bilingual, preferred_language
from shared.problem_routes import ProblemShown, list_problems
from shared.problems import NotFound
from shared.settings import CONTEXTS

router = APIRouter(include_in_schema=False)
ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
OK = 200


class ProblemUnknown(NotFound):
    title = Bilingual("There is no such kind of problem", "没有该类问题")


@router.get("/openapi.json")
async def show_openapi(request: Request) -> JSONResponse:
    """Every operation of the system, as seen through the gateway."""
    return JSONResponse(await whole_document(request.app))


async def whole_document(app: FastAPI) -> dict[str, Any]:
    """The merged document; a service that is down is left out by name."""
    found = await asyncio.gather(*(fetch(app, context, "/openapi.json") for context in CONTEXTS))
    answers = dict(zip(CONTEXTS, found, strict=True))
    missing = {context: part for context, part in answers.items() if isinstance(part, str)}
    parts = {context: part for context, part in answers.items() if context not in missing}
    return merged(app.state.own_openapi(), parts, missing)


async def fetch(app: FastAPI, context: str, path: str) -> Any:
    """A service's public page as JSON, or in words why not."""
    forwarder = app.state.forwarder
    if context not in forwarder.urls:
        return "not installed"
    try:
        answer = await forwarder.once("GET", forwarder.base(context) + path, [], b"")
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        return type(fault).__name__
    return answer.json() if answer.status == OK else f"answered {answer.status}"


@router.get("/docs")
async def show_docs() -> HTMLResponse:
    """The API to read and try, from assets that the house itself serves."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Mailuo API",
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="data:,",
        swagger_ui_parameters={"docExpansion": "none", "persistAuthorization": True},
    )


@router.get("/assets/{name}")
async def show_asset(name: str) -> Response:
    if name not in ASSETS:
        raise ProblemUnknown(name=name)
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    headers = {"cache-control": "public, max-age=86400"}
    return Response(content, media_type=ASSETS[name], headers=headers)


@router.get("/.well-known/jwks.json")
async def show_keys(request: Request) -> JSONResponse:
    """The public keys that tokens are signed with: the next and the previous one as well."""
    use = {"use": "sig", "alg": "EdDSA"}
    own = (key for key in request.app.state.trusted.keys if issuer_of(key.kid) == "gateway")
    public = [{**key.as_dict(private=False), **use} for key in own]
    return JSONResponse({"keys": public}, headers={"cache-control": "public, max-age=300"})


@router.get("/problems/{name}")
async def show_problem(request: Request, name: str) -> HTMLResponse:
    """What a refusal means, and who can lift it."""
    known = {shown.type: shown for shown in await list_problems()}
    for context in CONTEXTS:
        if f"/problems/{name}" in known:
            break
        found = await fetch(request.app, context, "/problems")
        if not isinstance(found, str):
            known |= {one["type"]: ProblemShown.model_validate(one) for one in found}
    if f"/problems/{name}" not in known:
        raise ProblemUnknown(name=name)
    language = preferred_language(request.headers.get("accept-language"))
    return HTMLResponse(problem_page(known[f"/problems/{name}"], language))


@router.get("/")
async def show_front_page() -> HTMLResponse:
    return HTMLResponse(FRONT_PAGE)

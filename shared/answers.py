"""Every error of a service as an RFC 9457 problem, in the caller's language."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from shared.database import problem_of
from shared.i18n import Bilingual, preferred_language
from shared.invalid_values import said
from shared.problems import NotFound, Problem, Refused, Unavailable, shown
from shared.tracing import current_traceparent

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2


class InvalidRequest(Refused):
    title = Bilingual("The request does not have the right shape", "请求格式不正确")


class NoSuchPage(NotFound):
    title = Bilingual("There is nothing at this address", "该地址没有内容")


class NotAllowedHere(Problem):
    status = 405
    title = Bilingual("This address does not take this method", "该地址不支持此方法")


class DatabaseBusy(Unavailable):
    title = Bilingual("The database is not answering", "数据库暂时没有响应")
    lifted_by = Bilingual(
        "Send it again in a moment; operations staff see the alert",
        "请稍后重试；运维人员已收到告警",
    )


def install_error_answers(app: FastAPI) -> None:
    """One handler per kind of error; nothing reaches the caller in another shape."""
    app.add_exception_handler(Problem, answer_problem)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, answer_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, answer_http)  # type: ignore[arg-type]
    app.add_exception_handler(DBAPIError, answer_database)  # type: ignore[arg-type]
    app.add_exception_handler(PoolTimeout, answer_busy)  # type: ignore[arg-type]


def render(request: Request, problem: Problem, status: int | None = None) -> JSONResponse:
    """The problem as a response, with the path as its instance and the trace to ask about."""
    language = preferred_language(request.headers.get("accept-language"))
    body = {**problem.details(language), "instance": request.url.path}
    if trace := current_traceparent():
        body["trace_id"] = trace.split("-")[1]
    headers = {"content-language": language, "vary": "accept-language"}
    code = status or problem.status
    if code == Unavailable.status:
        headers["retry-after"] = str(problem.members.get("retry_after", RETRY_AFTER_SECONDS))
    if code == 401:  # noqa: PLR2004 - RFC 9110 asks for the challenge
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, code, headers, media_type=MEDIA_TYPE)


async def answer_problem(request: Request, problem: Problem) -> JSONResponse:
    return render(request, problem)


async def answer_invalid(request: Request, fault: RequestValidationError) -> JSONResponse:
    language = preferred_language(request.headers.get("accept-language"))
    found = [entry(error, language) for error in fault.errors()]
    return render(request, InvalidRequest(errors=found))


def entry(error: dict[str, Any], language: str) -> dict[str, Any]:
    """One error with an RFC 6901 pointer; the first part of `loc` says body, query or path."""
    place, *rest = error["loc"]
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in rest)
    params = {name: shown(value) for name, value in error.get("ctx", {}).items() if name != "error"}
    return {
        "in": place,
        "pointer": pointer,
        "code": error["type"],
        "detail": said(error["type"], params) if language == "zh-CN" else error["msg"],
        "params": {name: str(value) for name, value in params.items()},
    }


async def answer_http(request: Request, fault: HTTPException) -> JSONResponse:
    if fault.status_code == 405:  # noqa: PLR2004
        return render(request, NotAllowedHere(method=request.method))
    if fault.status_code == 404:  # noqa: PLR2004
        return render(request, NoSuchPage())
    return render(request, InvalidRequest(detail=str(fault.detail)), fault.status_code)


async def answer_database(request: Request, fault: DBAPIError) -> JSONResponse:
    """A refusal where the database refused a value; 503 where it is down; else a plain fault."""
    if (problem := problem_behind(fault)) is not None:
        return render(request, problem)
    raise fault


def problem_behind(fault: DBAPIError) -> Problem | None:
    """What a database error means to a caller; None when it is a fault of ours."""
    if (problem := problem_of(fault)) is not None:
        return problem
    lost = isinstance(fault, (OperationalError, InterfaceError)) or fault.connection_invalidated
    return DatabaseBusy(retry_after=RETRY_AFTER_SECONDS) if lost else None


async def answer_busy(request: Request, _fault: PoolTimeout) -> JSONResponse:
    return render(request, DatabaseBusy(retry_after=RETRY_AFTER_SECONDS))

"""How long a session lives, and how its secrets are made and kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from shared.i18n import Bilingual
from shared.problems import Forbidden, Unauthenticated

IDLE_MAX = timedelta(minutes=15)
LIFE_MAX = timedelta(hours=12)
ACCESS_SECONDS = 900
SERVICE_SECONDS = 300  # of the token that a service sees


class SessionEnded(Unauthenticated):
    title = Bilingual("The session has ended", "会话已结束")
    lifted_by = Bilingual("Sign in again", "请重新登录")


class CsrfMissing(Forbidden):
    title = Bilingual("The request lacks the session's CSRF token", "请求缺少会话的 CSRF 令牌")
    lifted_by = Bilingual(
        "Send the token of the sign-in as X-CSRF-Token", "请以 X-CSRF-Token 发送登录时取得的令牌"
    )


def make_secret() -> str:
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_over(
    now: datetime, last_seen: datetime, expires: datetime, ended: datetime | None
) -> str | None:
    """Why the session is over, or None."""
    if ended is not None:
        return "ended"
    if now >= expires:
        return "expired"
    return "idle" if now - last_seen > IDLE_MAX else None

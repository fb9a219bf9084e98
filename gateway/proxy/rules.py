"""When a service is given a rest, what may be sent again, and what a request may weigh. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.i18n import Bilingual
from shared.problems import NotFound, Problem, Refused, Unavailable

FAILURES_MAX = 5  # connection failures in a row before the circuit opens
REST_SECONDS = 2.0
BODY_MAX = 1024 * 1024
UPLOAD_MAX = 11 * 1024 * 1024  # multipart: imports and attachments
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding "
    b"upgrade host content-length authorization cookie x-csrf-token".split()
)
SAFE_METHODS = frozenset({"GET", "HEAD"})


class ServiceAway(Unavailable):
    title = Bilingual("A service is starting or down", "某项服务正在启动或暂不可用")
    lifted_by = Bilingual(
        "Send it again in a moment; operations staff see the alert",
        "请稍后重试；运维人员已收到告警",
    )


class ServiceSlow(Problem):
    status = 504
    title = Bilingual("A service did not answer in time", "某项服务未在限定时间内响应")
    lifted_by = Bilingual(
        "Look whether the change took effect, then send it again with the same Idempotency-Key",
        "请先核实变更是否已生效，再用同一幂等键重试",
    )


class NoSuchContext(NotFound):
    title = Bilingual("There is no such part of the system", "系统没有该模块")


class BodyTooLarge(Refused):
    status = 413
    title = Bilingual("The request is larger than the limit", "请求超过大小限制")


class TooManyRequests(Problem):
    status = 429
    title = Bilingual("Too many requests in a short time", "短时间内请求过多")
    lifted_by = Bilingual("Wait a moment and go on more slowly", "请稍候，放慢请求速度")


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a service has answered of late. `resting_until` is monotonic seconds."""

    failures: int = 0
    resting_until: float = 0.0

    def lets_through(self, now: float) -> bool:
        """False while it rests; after the rest each request is a trial."""
        return now >= self.resting_until

    def failed(self, now: float) -> "Circuit":
        """One more connection that could not be made."""
        failures = self.failures + 1
        return Circuit(failures, now + REST_SECONDS if failures >= FAILURES_MAX else 0.0)

    def answered(self) -> "Circuit":
        """Any answer, a 5xx included: the service is there."""
        return self if self == Circuit() else replace(self, failures=0, resting_until=0.0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often somebody has come: requests of this window and of the one before.

    What counts is the last window's worth of time: of the window before, the part that still lies
    in it, as if its requests had come evenly.
    """

    window: int = 0
    now: float = 0.0
    before: float = 0.0
    share: float = 0.0  # of the window before

    @property
    def in_window(self) -> float:
        """Requests within the last window's length, this one included."""
        return self.now + self.before * self.share

    def counted(self, moment: float, seconds: float) -> "Pace":
        """One more request at this moment (monotonic seconds)."""
        window, into = divmod(moment, seconds)
        share = 1 - into / seconds
        if window == self.window:
            return Pace(self.window, self.now + 1, self.before, share)
        before = self.now if window == self.window + 1 else 0.0
        return Pace(int(window), 1, before, share)


def may_repeat(method: str, *, keyed: bool) -> bool:
    """Only what is safe, or carries an Idempotency-Key, may be sent again (decision 40)."""
    return method in SAFE_METHODS or keyed


def limit_of(content_type: str) -> int:
    return UPLOAD_MAX if content_type.startswith("multipart/") else BODY_MAX


def carried(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The caller's headers without those that belong to the hop or to the gateway's own door."""
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]

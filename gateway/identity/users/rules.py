"""What makes a password good, when an account locks, and who may hold which roles together."""

from datetime import datetime, timedelta

from shared.i18n import Bilingual
from shared.problems import Conflict, Forbidden, NotFound, Refused, Unauthenticated

TRIES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)
PASSWORD_LENGTH_MIN = 12
ADMIN = Bilingual("The administrator can unlock the account", "由系统管理员解锁账号")


class WrongCredentials(Unauthenticated):
    title = Bilingual("User name or password is wrong", "用户名或密码不正确")
    lifted_by = Bilingual(
        "Try again; after five wrong tries the account locks for 15 minutes",
        "请重试；连续 5 次错误后账号锁定 15 分钟",
    )


class AccountLocked(Forbidden):
    title = Bilingual("The account is locked after wrong passwords", "账号因密码错误次数过多被锁定")
    lifted_by = ADMIN


class AccountDisabled(Forbidden):
    title = Bilingual("The account is disabled", "账号已停用")
    lifted_by = Bilingual("The administrator can enable it", "由系统管理员启用")


class PasswordWeak(Refused):
    title = Bilingual("The password is too easy to guess", "密码过于简单")


class PasswordMustChange(Forbidden):
    title = Bilingual("The first password must be changed before work", "首次登录须先修改密码")
    lifted_by = Bilingual(
        "Change it with POST /api/identity/password", "通过 POST /api/identity/password 修改密码"
    )


class UsernameTaken(Conflict):
    title = Bilingual("This user name is or was somebody's", "该用户名已被使用过，不可重复使用")
    lifted_by = Bilingual("Choose another user name", "请换用其他用户名")


class UserUnknown(NotFound):
    title = Bilingual("There is no such user", "没有该用户")


class RoleUnknown(Refused):
    title = Bilingual("There is no such role", "没有该角色")


class DutiesConflict(Refused):
    title = Bilingual(
        "One person may not hold these duties together", "这些职责不可由同一人兼任（职责分离）"
    )
    lifted_by = Bilingual("Give one of the roles to another person", "将其中一个角色授予他人")


class OwnAccount(Refused):
    title = Bilingual("Nobody changes the rights of their own account", "不可变更自己账号的权限")
    lifted_by = Bilingual("Another administrator can do it", "由另一位系统管理员办理")


def check_password(password: str, username: str, name: str) -> None:
    """At least 12 characters of three kinds, and neither the user's name nor one repeated."""
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordWeak(length_min=PASSWORD_LENGTH_MIN, length=len(password))
    if kinds < 3 or len(set(password)) < 6:  # noqa: PLR2004 - as the docstring says
        raise PasswordWeak(kinds_min=3, kinds=kinds)
    if username.lower() in password.lower() or (name and name.lower() in password.lower()):
        raise PasswordWeak(cause="contains the name")


def after_wrong_try(failed_tries: int, now: datetime) -> tuple[int, datetime | None]:
    """The count and lock after one more wrong password; a lock starts the count anew."""
    tries = failed_tries + 1
    return (0, now + LOCKED_FOR) if tries >= TRIES_MAX else (tries, None)


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    return locked_until is not None and locked_until > now

"""What the supervisor says to the person at the terminal, in the language of their locale."""

import os
from typing import Final

# key: (en-US, zh-CN). Each is one sentence that says what is wrong and what helps.
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "port_busy": (
        "Port {port} ({what}) is already in use; free it or set MAILUO_PORT to another base.",
        "端口 {port}（{what}）已被占用；请释放该端口，或将 MAILUO_PORT 设为其他起始端口。",
    ),
    "disk_full": (
        "The disk that holds {path} is full ({free_mb} MB free, {need_mb} MB needed).",
        "{path} 所在磁盘空间不足（剩余 {free_mb} MB，需要 {need_mb} MB）。",
    ),
    "second_instance": (
        "Mailuo already runs on {home} (process {pid}); stop it with `make stop`.",
        "Mailuo 已在 {home} 上运行（进程 {pid}）；请用 `make stop` 停止。",
    ),
    "no_account": (
        "PostgreSQL refuses to run as root and no unprivileged account could be used ({why}); "
        "start Mailuo as an ordinary user.",
        "PostgreSQL 不允许以 root 运行，且没有可用的非特权账户（{why}）；请以普通用户启动 Mailuo。",
    ),
    "foreign_place": (
        "{path} belongs to another user; remove it or set MAILUO_HOME elsewhere.",
        "{path} 属于其他用户；请删除它，或将 MAILUO_HOME 设到别处。",
    ),
    "not_writable": (
        "{path} cannot be written; set MAILUO_HOME to a folder of yours.",
        "{path} 不可写；请将 MAILUO_HOME 设为您自己的文件夹。",
    ),
    "no_binary": (
        "The program {name} is not installed; run `make setup`.",
        "程序 {name} 未安装；请运行 `make setup`。",
    ),
    "not_started": (
        "{name} did not start: {why} (log: {log}).",
        "{name} 未能启动：{why}（日志：{log}）。",
    ),
    "not_running": ("Mailuo is not running on {home}.", "Mailuo 未在 {home} 上运行。"),
    "still_running": (
        "Mailuo still runs on {home}; stop it first with `make stop`.",
        "Mailuo 仍在 {home} 上运行；请先用 `make stop` 停止。",
    ),
    "bad_port": (
        "MAILUO_PORT is {value}; it must be a number from 1024 to 65499.",
        "MAILUO_PORT 为 {value}；应为 1024 到 65499 之间的数字。",
    ),
    "not_ours": (
        "{path} holds files that Mailuo did not make; nothing was deleted.",
        "{path} 中有非 Mailuo 创建的文件；未删除任何内容。",
    ),
    "key_unannounced": (
        "No next signing key of {name} was announced; run the step `announce`, "
        "restart every service, then switch.",
        "尚未发布 {name} 的下一个签名密钥；请先执行 `announce` 并重启所有服务，再切换。",
    ),
    "key_not_retired": (
        "The previous signing key of {name} is still believed; run the step `retire` first.",
        "{name} 的上一个签名密钥仍被信任；请先执行 `retire`。",
    ),
    "key_in_use": (
        "Tokens of the previous signing key of {name} may be valid for {seconds} s more; "
        "wait, or add --leaked to refuse them.",
        "{name} 的上一个签名密钥签发的令牌在 {seconds} 秒内可能仍有效；"
        "请等待，或加 --leaked 立即拒绝。",
    ),
    "databases": ("PostgreSQL and NATS", "PostgreSQL 与 NATS"),
    "migrations": ("Database schemas", "数据库结构"),
    "streams": ("Event streams", "事件流"),
    "apps": ("Services", "服务"),
    "first_run": ("Users of the first start", "首次启动的用户"),
    "ready": (
        "Ready in {seconds} s: {url} (docs: {url}/docs)",
        "{seconds} 秒就绪：{url}（文档：{url}/docs）",
    ),
    "stopping": ("Stopping …", "正在停止……"),
    "stopped": ("Stopped; nothing is left running.", "已停止，没有遗留进程。"),
    "restart": (
        "{name} ended with code {code}; starting it again in {delay} s.",
        "{name} 以代码 {code} 退出；{delay} 秒后重新启动。",
    ),
    "admin": (
        "First administrator: {username} / {password} (shown once; change it at the first login)",
        "首位管理员：{username} / {password}（仅显示一次，请在首次登录时修改）",
    ),
    "no_story": ("The story is not part of this installation.", "此安装不包含演示剧情。"),
    "no_seed": (
        "No users were made: the gateway of this tree has no identity yet.",
        "未创建用户：当前代码中的网关尚无身份模块。",
    ),
    "status": (
        "Mailuo runs on {home} (process {pid}): {url}",
        "Mailuo 运行于 {home}（进程 {pid}）：{url}",
    ),
    "backup_there": (
        "{path} holds a backup already; name another folder.",
        "{path} 中已有备份；请指定其他文件夹。",
    ),
    "no_backup": ("{path} holds no backup.", "{path} 中没有备份。"),
    "damaged_backup": (
        "{path} is not as it was backed up; use another backup.",
        "{path} 与备份时不一致；请使用其他备份。",
    ),
    "home_there": (
        "{path} is not empty; restore into a home that does not exist yet (MAILUO_HOME).",
        "{path} 不为空；请恢复到尚不存在的目录（MAILUO_HOME）。",
    ),
    "not_recovered": (
        "The databases did not reach the point in {seconds:.0f} s; look into logs/postgres.log.",
        "数据库在 {seconds:.0f} 秒内未恢复到该时间点；请查看 logs/postgres.log。",
    ),
    "tool_failed": (
        "{name} could not do its work (log: {log}).",
        "{name} 未能完成（日志：{log}）。",
    ),
    "backup_done": (
        "The backup stands in {folder}; it holds passwords.",
        "备份已存放在 {folder}；其中含有密码。",
    ),
    "follow_done": (
        "No more WAL is streamed to {folder}.",
        "已停止向 {folder} 传送 WAL。",
    ),
    "restore_done": (
        "{home} holds the databases of {folder}; next: make reconcile ARGS=--repair.",
        "{home} 已恢复 {folder} 的数据库；下一步：make reconcile ARGS=--repair。",
    ),
    "reset": ("{home} is empty again.", "{home} 已清空。"),
}


def say(key: str, **values: object) -> str:
    """The sentence in Chinese when the locale is Chinese, else in English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return SENTENCES[key][locale.startswith("zh")].format(**values)


class Unstartable(Exception):
    """The stack cannot start (or stop) for a reason that a person can remove: one sentence."""

    def __init__(self, key: str, **values: object) -> None:
        """`key` names the sentence, `values` fill it."""
        super().__init__(say(key, **values))
        self.key = key

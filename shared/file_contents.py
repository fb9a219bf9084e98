"""Whether stored bytes are still what was kept, and what is said when they cannot be had."""

import hashlib

import structlog

from shared.i18n import Bilingual
from shared.problems import Conflict, Unavailable

log = structlog.get_logger("files")


class FileStoreAway(Unavailable):
    title = Bilingual("The file store is not answering", "文件存储暂时没有响应")
    lifted_by = Bilingual(
        "Send it again in a moment; nothing was kept", "请稍后重试；本次没有保存任何内容"
    )


class FileDamaged(Conflict):
    title = Bilingual("The stored file is not what was kept", "存储的文件与归档内容不一致")
    lifted_by = Bilingual(
        "Operations staff can restore it from the backup", "由运维人员从备份恢复该文件"
    )


def checked(sha256: str, content: bytes) -> bytes:
    """The content, if it still has its hash."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise damaged(sha256, "hash differs")
    return content


def damaged(sha256: str, cause: str) -> FileDamaged:
    log.error("a stored file is damaged", sha256=sha256, cause=cause)
    return FileDamaged(sha256=sha256, cause=cause)

"""What people read for the codes that every context has: permissions, sagas, approvals, trouble."""

from collections.abc import Mapping
from typing import Final

from shared.i18n import Bilingual, Labels

CONTEXT_NAMES: Final[Mapping[str, Bilingual]] = {
    "masterdata": Bilingual("master data", "基础数据"),
    "procurement": Bilingual("purchasing", "采购"),
    "production": Bilingual("production", "生产"),
    "quality": Bilingual("quality", "质量"),
    "inventory": Bilingual("inventory", "库存"),
    "sales": Bilingual("sales", "销售"),
    "finance": Bilingual("finance", "财务"),
    "analytics": Bilingual("analytics", "分析"),
    "gateway": Bilingual("the gateway", "网关"),
}
PERMISSIONS: Final[Mapping[str, Bilingual]] = {
    "approval.read": Bilingual("See approvals and histories in {0}", "查看{0}审批与历史"),
    "attachment.read": Bilingual("See attachments in {0}", "查看{0}附件"),
    "attachment.write": Bilingual("Add attachments in {0}", "添加{0}附件"),
    "platform.read": Bilingual("See events, audit and failures of {0}", "查看{0}事件、审计与故障"),
    "platform.operate": Bilingual("Retry and settle failures of {0}", "重试和处置{0}故障"),
    "saga.read": Bilingual("See the running processes of {0}", "查看{0}流程进展"),
}
CODES: Final[Mapping[str, Bilingual]] = {
    # a process (saga)
    "asking": Bilingual("The next call is due", "正在办理"),
    "waiting": Bilingual("Waiting", "等待中"),
    "undoing": Bilingual("Being undone", "正在撤销"),
    "done": Bilingual("Done", "已完成"),
    "rejected": Bilingual("Turned back", "已退回"),
    # an approval stage
    "pending": Bilingual("To be decided", "待审批"),
    "approved": Bilingual("Approved", "已批准"),
    "withdrawn": Bilingual("Withdrawn", "已撤回"),
    "voided": Bilingual("Void: the document changed", "已作废（单据已变更）"),
    # an event that could not take effect
    "retried": Bilingual("Sent again", "已重试"),
    "discarded": Bilingual("Discarded with a reason", "已舍弃（有说明）"),
    "retry": Bilingual("Try again", "重试"),
    "skip": Bilingual("Skip with a reason", "跳过（须说明）"),
    "discard": Bilingual("Discard with a reason", "舍弃（须说明）"),
    # what an action asks for besides
    "note": Bilingual("A reason in words", "原因说明"),
    "signature": Bilingual("An electronic signature", "电子签名"),
    "quantity": Bilingual("A quantity", "数量"),
    # what the audit chain found
    "edited": Bilingual("A sealed row was changed", "已封存的记录被修改"),
    "deleted": Bilingual("A sealed row is missing", "已封存的记录缺失"),
    "inserted": Bilingual("A row was slipped in", "混入了未经登记的记录"),
    "chain": Bilingual("The chain of seals is broken", "封存链断裂"),
    "digest": Bilingual("A seal does not fit its rows", "封存摘要与记录不符"),
    "anchor": Bilingual("The anchor outside disagrees", "与外部锚点不一致"),
    "ledger": Bilingual("A sealed ledger row does not fit", "已封存的台账行不符"),
}


def kernel_labels(context: str) -> Labels:
    """The labels that a context need not write itself; its own go before these."""
    name = CONTEXT_NAMES.get(context, Bilingual(context, context))
    permissions = {
        f"{context}.{right}": Bilingual(label.en.format(name.en), label.zh.format(name.zh))
        for right, label in PERMISSIONS.items()
    }
    return {**CODES, **permissions}

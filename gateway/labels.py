"""Roles and the gateway's own permissions, as people read them."""

from shared.i18n import Bilingual, Labels

LABELS: Labels = {
    "buyer": Bilingual("Buyer", "采购员"),
    "purchasing_manager": Bilingual("Purchasing manager", "采购经理"),
    "warehouse": Bilingual("Warehouse worker", "仓管员"),
    "inspector": Bilingual("Inspector", "检验员"),
    "quality_manager": Bilingual("Quality manager", "质量经理"),
    "planner": Bilingual("Planner", "计划员"),
    "operator": Bilingual("Operator", "操作工"),
    "sales": Bilingual("Sales clerk", "销售员"),
    "finance_clerk": Bilingual("Accountant", "会计"),
    "finance_manager": Bilingual("Finance manager", "财务经理"),
    "admin": Bilingual("Administrator", "系统管理员"),
    "gateway.self.read": Bilingual("See one's own account and inbox", "查看本人账号与待办"),
    "gateway.self.write": Bilingual("Change one's own password, sign", "修改本人密码、电子签名"),
    "gateway.user.read": Bilingual("See the accounts of all people", "查看全部账号"),
    "gateway.user.write": Bilingual("Add, change and disable accounts", "新增、变更与停用账号"),
    "gateway.approval.read": Bilingual("See approvals of identity", "查看身份模块审批"),
    "gateway.attachment.read": Bilingual("See attachments of identity", "查看身份模块附件"),
    "gateway.attachment.write": Bilingual("Add attachments to identity", "添加身份模块附件"),
    "gateway.platform.read": Bilingual("See the gateway's events and audit", "查看网关事件与审计"),
    "gateway.platform.operate": Bilingual("Operate the gateway's platform", "运维网关平台"),
}

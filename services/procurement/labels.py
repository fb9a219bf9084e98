"""What a person reads for each code of procurement."""

from shared.i18n import Bilingual

STATES = {
    "draft": Bilingual("Draft", "草稿"),
    "submitted": Bilingual("Submitted", "待审核"),
    "approved": Bilingual("Approved", "已审核"),
    "rejected": Bilingual("Rejected", "已驳回"),
    "withdrawn": Bilingual("Withdrawn", "已撤回"),
    "partially_ordered": Bilingual("Partially ordered", "部分转单"),
    "ordered": Bilingual("Ordered", "已转单"),
    "issued": Bilingual("Issued", "已下达"),
    "partially_received": Bilingual("Partially received", "部分到货"),
    "received": Bilingual("Received", "已到货"),
    "closed": Bilingual("Closed", "已完结"),
    "cancelled": Bilingual("Cancelled", "已取消"),
    "arrived": Bilingual("Arrived, to be inspected", "已到货（待检）"),
    "inspected": Bilingual("Inspected", "已检验"),
    "invoiced": Bilingual("Invoiced", "已到票"),
    "settled": Bilingual("Settled", "已结清"),
    "none": Bilingual("Nothing arrived", "未到货"),
    "partial": Bilingual("Partly arrived", "部分到货"),
    "complete": Bilingual("All arrived", "全部到货"),
    "to_inspect": Bilingual("To be inspected", "待检"),
    "decided": Bilingual("Quality has decided", "质量已判定"),
    "open": Bilingual("Not invoiced", "未到票"),
    "paid": Bilingual("Paid", "已付款"),
}
VERBS = {
    "submit": Bilingual("Submit", "提交"),
    "withdraw": Bilingual("Withdraw", "撤回"),
    "approve": Bilingual("Approve", "审核"),
    "approve_finance": Bilingual("Approve for finance", "财务审核"),
    "reject": Bilingual("Reject", "驳回"),
    "issue": Bilingual("Issue", "下达"),
    "cancel": Bilingual("Cancel", "取消"),
    "close": Bilingual("Close", "关闭"),
    "convert": Bilingual("Convert to orders", "转采购订单"),
    "register": Bilingual("Register arrivals", "登记到货"),
}
CODES = {
    "manual": Bilingual("By hand", "手工"),
    "planned": Bilingual("From planning", "计划生成"),
    "purchasing": Bilingual("Purchasing agrees", "采购审核"),
    "finance": Bilingual("Finance agrees", "财务审核"),
    "requisition": Bilingual("Purchase requisition", "采购申请"),
    "order": Bilingual("Purchase order", "采购订单"),
    "procure_to_pay": Bilingual("Procure to pay", "采购到付款"),
    "inspect": Bilingual("Incoming inspection", "来料检验"),
    "invoice": Bilingual("Supplier invoice matched", "供应商发票匹配"),
    "pay": Bilingual("Payment", "付款"),
}
PERMISSIONS = {
    "procurement.requisition.read": Bilingual("See requisitions", "查看采购申请"),
    "procurement.requisition.write": Bilingual("Enter requisitions", "录入采购申请"),
    "procurement.requisition.submit": Bilingual("Submit requisitions", "提交采购申请"),
    "procurement.requisition.approve": Bilingual("Approve requisitions", "审核采购申请"),
    "procurement.requisition.cancel": Bilingual("Cancel requisitions", "取消采购申请"),
    "procurement.requisition.convert": Bilingual("Convert requisitions", "采购申请转订单"),
    "procurement.source.read": Bilingual("See sources and prices", "查看货源与价格"),
    "procurement.order.read": Bilingual("See purchase orders", "查看采购订单"),
    "procurement.order.write": Bilingual("Enter purchase orders", "录入采购订单"),
    "procurement.order.submit": Bilingual("Submit purchase orders", "提交采购订单"),
    "procurement.order.approve": Bilingual("Approve purchase orders", "审核采购订单"),
    "procurement.order.approve_finance": Bilingual(
        "Approve purchase orders for finance", "财务审核采购订单"
    ),
    "procurement.order.reject": Bilingual("Reject purchase orders", "驳回采购订单"),
    "procurement.order.issue": Bilingual("Issue purchase orders", "下达采购订单"),
    "procurement.order.cancel": Bilingual("Cancel and close purchase orders", "取消及关闭采购订单"),
    "procurement.arrival.read": Bilingual("See arrivals", "查看到货单"),
    "procurement.arrival.write": Bilingual("Register arrivals", "登记到货"),
    "procurement.return.read": Bilingual("See returns", "查看退货单"),
    "procurement.return.write": Bilingual("Order returns", "办理退货"),
}
LABELS = STATES | VERBS | CODES | PERMISSIONS

"""What people read for analytics' codes, in both languages."""

from shared.i18n import Bilingual, Labels

LABELS: Labels = {
    "analytics.dashboard.read": Bilingual("See the dashboard", "查看看板"),
    "analytics.cost.read": Bilingual("See figures that show cost", "查看含成本的指标"),
    "analytics.facts.rebuild": Bilingual("Rebuild all figures from events", "由事件重建全部指标"),
    "order_line": Bilingual("Sales order line", "销售订单行"),
    "shipment_line": Bilingual("Shipped line", "发货行"),
    "invoice_line": Bilingual("Sales invoice line", "销售发票行"),
    "cost_line": Bilingual("Cost of sales", "销售成本"),
    "operation_report": Bilingual("Operation report", "工序报工"),
    "purchase_receipt": Bilingual("Accepted receipt", "验收入库"),
    "currency": Bilingual("company currency", "本位币"),
    "share": Bilingual("share", "比率"),
    "times": Bilingual("times a year", "次/年"),
}

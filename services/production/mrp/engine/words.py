"""What a message says to a person, in both languages."""

from decimal import Decimal

from services.production.mrp.engine.messages import Message
from shared.decimals import plain
from shared.i18n import Bilingual

WORDS = {
    "expedite": (
        "Without it the item runs short: bring {quantity} in {days} days earlier",
        "否则将缺料：请将 {quantity} 提前 {days} 天到货",
    ),
    "postpone": (
        "It is not needed before: {quantity} may come {days} days later",
        "需求更晚：{quantity} 可推迟 {days} 天到货",
    ),
    "cancel": (
        "Nothing needs it within the horizon: cancel {quantity}",
        "计划期内没有需求：请取消 {quantity}",
    ),
    "decrease": (
        "More comes in than is needed: decrease by {quantity}",
        "到货超过需求：请减少 {quantity}",
    ),
    "increase": (
        "It comes when more is short: increase by {quantity} instead of a new order",
        "到货时仍然缺料：请增加 {quantity}，不必另下订单",
    ),
    "release_now": (
        "Start {quantity} today, to be there in time",
        "请今天下达 {quantity}，才能按时到货",
    ),
    "release_late": (
        "Start {quantity} today: it should have started {days} days ago",
        "请今天下达 {quantity}：应在 {days} 天前下达",
    ),
    "expires": ("{quantity} will no longer be usable", "{quantity} 将过期而不能使用"),
    "lot_cut": (
        "Only {quantity} of the lot can be used before it expires: less than its rule",
        "批量中只有 {quantity} 能在过期前用完：小于批量规则",
    ),
    "short_in_fence": (
        "{quantity} are short inside the planning fence, and orders help only {days} days later: "
        "bring a receipt forward, or move the demand",
        "计划时界内缺 {quantity}，新订单最早 {days} 天后才能补上：请提前到货或调整需求",
    ),
    "substitute": (
        "Issue substitutes for {quantity} of it, as pegged: so much less is ordered",
        "按供需追溯以替代料代替 {quantity}：相应减少订购",
    ),
}


def said(message: Message, days: int, quantity: Decimal) -> Bilingual:
    """The reason of a message; `days` is how far it is off."""
    kind = "release_late" if message.kind == "release_now" and days else message.kind
    english, chinese = WORDS[kind]
    values = {"quantity": plain(quantity), "days": days}
    return Bilingual(english.format(**values), chinese.format(**values))

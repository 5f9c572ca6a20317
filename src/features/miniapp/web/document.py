"""JSON document with the customer's own data, which `GET /app/me` returns."""

from pydantic import JsonValue

from features.miniapp.use_cases.show_member import MemberView
from subscriptions.application.access.waiting_days import WaitingDays
from subscriptions.application.people.customers import Person
from subscriptions.application.views.show_status import OpenedChat, OpenOrderView, PaymentView, SubscriptionView
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.money import Money


def member_document(visitor: Person, member: MemberView | None, *, reads_only: bool = False) -> dict[str, JsonValue]:
    """Return the customer's identity, subscriptions, open orders and payments.

    member: the customer's data; None for a visitor who never wrote to the bot, for whom the lists are empty.
        reads_only: True to omit the orders' payment links.
    """
    status = member.status if member is not None else None
    return {
        "telegram_id": visitor.telegram_id,
        "first_name": visitor.first_name,
        "subscriptions": [_subscription(each) | _link(each, status.find_link(each)) for each in status.subscriptions]
        if status
        else [],
        "orders": [_order(each, reads_only) for each in status.open_orders if each.is_asked] if status else [],
        "payments": [_payment(each) for each in status.payments] if status else [],
    }


def _subscription(item: SubscriptionView) -> dict[str, JsonValue]:
    end = item.charging_until or item.grace_until or item.access_until
    return {
        "plan": item.soft_id,
        "name": item.plan_name,
        "status": item.status.value,
        "access": item.access.value if item.access else None,
        "left_at": item.left_at.isoformat() if item.left_at else None,
        "access_until": end.isoformat() if end else None,
        "renews": item.renews,
        "next_charge": item.next_charge.isoformat() if item.next_charge else None,
        "next_amount": _money(item.next_amount) if item.next_amount else None,
        "price": _money(item.price),
        "chats": [_chat(each) for each in item.chats],
        "waiting": [_waiting(each) for each in item.waiting],
    }


def _link(item: SubscriptionView, link: SubscriptionView | VipView) -> dict[str, JsonValue]:
    return {
        "url": link.invite_url or item.channel_url,
        "url_until": link.invite_until.isoformat() if link.invite_until else None,
    }


def _waiting(waiting: WaitingDays) -> dict[str, JsonValue]:
    begins = waiting.begins.isoformat() if waiting.begins else None
    return {"plan": waiting.soft_id, "name": waiting.plan, "days": waiting.days, "begins": begins}


def _chat(chat: OpenedChat) -> dict[str, JsonValue]:
    return {
        "title": chat.title,
        "access": chat.access.value if chat.access else None,
        "url": chat.invite_url or chat.url,
        "url_until": chat.invite_until.isoformat() if chat.invite_until else None,
    }


def _order(item: OpenOrderView, reads_only: bool) -> dict[str, JsonValue]:
    return {
        "reference": item.reference,
        "plan": item.soft_id,
        "price": _money(item.price),
        "url": None if reads_only else item.url,
        "expires_at": item.expires_at.isoformat(),
    }


def _payment(item: PaymentView) -> dict[str, JsonValue]:
    return {"reference": item.reference, "at": item.at.isoformat(), "amount": _money(item.amount)}


def _money(amount: Money) -> dict[str, JsonValue]:
    return {"amount": amount.decimal, "currency": amount.currency}

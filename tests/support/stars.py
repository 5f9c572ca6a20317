"""Updates about Stars in Telegram's format, and a gateway whose Bot API is not available."""

from __future__ import annotations

from typing import Any, Final

from subscriptions.infrastructure.payments.stars import CAPABILITIES
from subscriptions.infrastructure.payments.stars.gateway import StarsGateway
from subscriptions.infrastructure.payments.stars.settings import StarsSettings
from tests.fakes.clock import ManualClock

TOKEN: Final = "700000001:AAExampleExampleExampleExample-0001"
ORDER: Final = "5b6f3c1e-8f0a-4f5e-9a55-0d3a8a3f8c11"
PAYLOAD: Final = f"{ORDER}.0123456789abcdef"
CHARGE: Final = "stxAbCdEfGh_1"
PAYER: Final = 7001
PAID_AT: Final = 1_790_000_000
MONTH: Final = 30 * 24 * 60 * 60


def environ(**more: str) -> dict[str, str]:
    """Return settings with Stars enabled. No server listens at the Bot API's address."""
    return {
        "STARS": "on",
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN,
        "TELEGRAM_BOT_API_BASE": "http://127.0.0.1:9",
        **more,
    }


def settings(**more: str) -> StarsSettings:
    """Return the settings object made from `environ`."""
    made = StarsSettings.from_environ(environ(**more))
    assert made is not None
    return made


def gateway(**more: str) -> StarsGateway:
    """Return a gateway that has not made any call."""
    return StarsGateway(settings(**more), ManualClock(), CAPABILITIES)


def paid(**receipt: Any) -> dict[str, Any]:
    """Return the update about a payment. receipt: changed fields of its receipt; fields with None are omitted."""
    return _message("successful_payment", receipt)


def refunded(**receipt: Any) -> dict[str, Any]:
    """Return the update about a refund. receipt: as in `paid`."""
    return _message("refunded_payment", receipt)


def changed(state: str, **more: Any) -> dict[str, Any]:
    """Return Telegram's update that a subscription has this new state."""
    body = {"user": _person(), "invoice_payload": PAYLOAD, "state": state, **more}
    return {"update_id": 900_003, "subscription": body}


def renewed(**receipt: Any) -> dict[str, Any]:
    """Return the update about a payment of a subscription, by default the first payment."""
    until = PAID_AT + MONTH
    return paid(**{"subscription_expiration_date": until, "is_recurring": True, "is_first_recurring": True, **receipt})


def _message(kind: str, receipt: dict[str, Any]) -> dict[str, Any]:
    body = {
        "currency": "XTR",
        "total_amount": 1500,
        "invoice_payload": PAYLOAD,
        "telegram_payment_charge_id": CHARGE,
        "provider_payment_charge_id": "",
        **receipt,
    }
    message = {
        "message_id": 12,
        "date": PAID_AT,
        "from": _person(),
        "chat": {"id": PAYER, "type": "private", "first_name": "Ana"},
        kind: {name: value for name, value in body.items() if value is not None},
    }
    return {"update_id": 900_001, "message": message}


def _person() -> dict[str, Any]:
    return {"id": PAYER, "is_bot": False, "first_name": "Ana", "language_code": "es"}

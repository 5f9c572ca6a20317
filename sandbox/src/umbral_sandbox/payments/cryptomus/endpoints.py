"""Table of the operations of the Cryptomus API, with the rules of their parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.calls import Route
from umbral_sandbox.payments.cryptomus import invoices, recurring, rules
from umbral_sandbox.payments.cryptomus.account import Account
from umbral_sandbox.payments.cryptomus.ask import Ask
from umbral_sandbox.payments.cryptomus.rules import Form, Rule

_STATUSES: Final = (
    "process",
    "check",
    "confirm_check",
    "paid",
    "paid_over",
    "fail",
    "wrong_amount",
    "cancel",
    "system_fail",
    "refund_process",
    "refund_fail",
    "refund_paid",
)
_WORD: Final = Rule(rules.text(1, 32))
_NAMED: Final = {"uuid": Rule(rules.uuid), "order_id": Rule(rules.order_id(128))}
_ONE: Final = Form(_NAMED, any_of=("uuid", "order_id"))

_CREATE: Final = Form(
    {
        "amount": Rule(rules.amount, required=True),
        "currency": Rule(rules.text(2, 10), required=True),
        "order_id": Rule(rules.order_id(128), required=True),
        "network": _WORD,
        "url_return": Rule(rules.url),
        "url_success": Rule(rules.url),
        "url_callback": Rule(rules.url),
        "is_payment_multiple": Rule(rules.boolean),
        "lifetime": Rule(rules.integer(300, 43_200)),
        "to_currency": _WORD,
        "subtract": Rule(rules.integer(0, 100)),
        "accuracy_payment_percent": Rule(rules.numeric(0, 5)),
        "additional_data": Rule(rules.text(0, 255)),
        "currencies": Rule(rules.coins),
        "except_currencies": Rule(rules.coins),
        "course_source": Rule(rules.one_of("Binance", "BinanceP2P", "Exmo", "Kucoin")),
        "from_referral_code": _WORD,
        "discount_percent": Rule(rules.integer(-99, 100)),
        "is_refresh": Rule(rules.boolean),
    }
)
_TEST: Final = Form(
    {
        "url_callback": Rule(rules.url, required=True),
        "currency": Rule(rules.text(2, 10), required=True),
        "network": Rule(rules.text(1, 32), required=True),
        "status": Rule(rules.one_of(*_STATUSES)),
        **_NAMED,
    }
)
_RECURRENCE: Final = Form(
    {
        "amount": Rule(rules.amount, required=True),
        "currency": Rule(rules.text(2, 10), required=True),
        "name": Rule(rules.text(3, 60), required=True),
        "period": Rule(rules.one_of("weekly", "monthly", "three_month"), required=True),
        "to_currency": _WORD,
        "order_id": Rule(rules.order_id(100)),
        "url_callback": Rule(rules.url),
        "discount_days": Rule(rules.integer(1, 3650)),
        "discount_amount": Rule(rules.amount),
        "additional_data": Rule(rules.text(0, 255)),
    },
    together=("discount_days", "discount_amount"),
)


@dataclass(frozen=True)
class Endpoint(Route):
    """Operation of the Cryptomus API: its path, the rules of its parameters, and its handler."""

    form: Form
    act: Callable[[Account, Ask], JsonValue]


ENDPOINTS: Final = (
    Endpoint("POST", "/v1/payment", _CREATE, invoices.create),
    Endpoint("POST", "/v1/payment/info", _ONE, invoices.info),
    Endpoint("POST", "/v1/payment/list", Form(dict.fromkeys(("date_from", "date_to"), _WORD)), invoices.listing),
    Endpoint(
        "POST",
        "/v1/payment/resend",
        Form({**_NAMED, "txid": Rule(rules.text(1, 256))}, any_of=("uuid", "order_id", "txid")),
        invoices.resend,
    ),
    Endpoint(
        "POST",
        "/v1/payment/refund",
        Form(
            {
                **_NAMED,
                "address": Rule(rules.text(10, 128), required=True),
                "is_subtract": Rule(rules.boolean, required=True),
            },
            any_of=("uuid", "order_id"),
        ),
        invoices.refund,
    ),
    Endpoint("POST", "/v1/payment/services", Form({}), invoices.services),
    Endpoint("POST", "/v1/test-webhook/payment", _TEST, invoices.test_webhook),
    Endpoint("POST", "/v1/recurrence/create", _RECURRENCE, recurring.create),
    Endpoint("POST", "/v1/recurrence/info", _ONE, recurring.info),
    Endpoint("POST", "/v1/recurrence/list", Form({}), recurring.listing),
    Endpoint("POST", "/v1/recurrence/cancel", _ONE, recurring.cancel),
)

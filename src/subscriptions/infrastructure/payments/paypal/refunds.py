"""Giving money back: a sale by version 1, a capture by version 2. Their ids look alike, so both are tried."""

from typing import Any, Final

from subscriptions.domain.money import Money
from subscriptions.infrastructure.payments.paypal.amounts import amount as new_amount
from subscriptions.infrastructure.payments.paypal.amounts import old_amount
from subscriptions.infrastructure.payments.paypal.errors import Refused
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire

_DONE_BEFORE: Final = frozenset(["TRANSACTION_ALREADY_REFUNDED", "CAPTURE_FULLY_REFUNDED"])
_NOT_GIVEN: Final = frozenset(["FAILED", "CANCELLED"])


async def refund_payment(wire: Wire, payment_key: str, amount: Money | None, idempotency_key: str) -> bool:
    """True: given back, under way, or done before. False: no such payment, or the refund failed."""
    if not is_id(payment_key):
        return False
    sale: dict[str, Any] = {} if amount is None else {"amount": old_amount(amount)}
    given = await _refund(wire, f"/v1/payments/sale/{payment_key}/refund", sale, f"{idempotency_key}:sale")
    if given is not None:
        return given
    capture: dict[str, Any] = {} if amount is None else {"amount": new_amount(amount)}
    path = f"/v2/payments/captures/{payment_key}/refund"
    return await _refund(wire, path, capture, f"{idempotency_key}:capture") or False


async def _refund(wire: Wire, path: str, body: dict[str, Any], key: str) -> bool | None:
    """None: there is no such payment of this kind."""
    try:
        refund = await wire.post(path, body, request_id=key)
    except Refused as error:
        if error.code in _DONE_BEFORE:
            return True
        if error.status == 404:
            return None
        raise
    return (refund.text("status") or refund.text("state") or "").upper() not in _NOT_GIVEN

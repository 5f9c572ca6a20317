"""Wire formats of invoices and recurrences. Times are in UTC+3."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from umbral_sandbox.payments.cryptomus.rates import COINS, eight
from umbral_sandbox.payments.cryptomus.records import Invoice, JsonObject, Recurrence

MOSCOW: Final = timezone(timedelta(hours=3))
"""Time zone of the provider's times, and of its months."""
_FEE: Final = Decimal("0.02")
_CENT: Final = Decimal("0.01")


def moment(seconds: int) -> str:
    """Format a time as ``2026-03-01T15:04:05+03:00``."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(MOSCOW).isoformat()


def sum_text(amount: Decimal | str, currency: str) -> str:
    """Format an amount as the API does: at least two decimals, eight for coins."""
    value = Decimal(amount)
    if currency in COINS:
        return eight(value)
    return f"{value:f}" if -int(value.as_tuple().exponent) > 2 else f"{value.quantize(_CENT):f}"


def invoice(each: Invoice) -> JsonObject:
    """Return an invoice as an API result; choices that the payer has not made yet are null."""
    paid, chosen = each.arrived, each.chosen
    return {
        "uuid": each.id,
        "order_id": each.order_id,
        "amount": sum_text(each.amount, each.currency),
        "payment_amount": eight(paid) if chosen else None,
        "payment_amount_usd": _dollars(each) if chosen else None,
        "payer_amount": each.payer_amount if chosen else None,
        "payer_amount_exchange_rate": each.rate if chosen else None,
        "discount_percent": None,
        "discount": "0.00000000",
        "payer_currency": each.coin if chosen else None,
        "currency": each.currency,
        "comments": None,
        **_kept(paid),
        "network": each.network if chosen else None,
        "address": each.address if chosen else None,
        "from": each.sender,
        "txid": each.arrivals[-1].txid if each.arrivals else None,
        "payment_status": each.status,
        "url": each.url,
        "expired_at": each.expires_at,
        "status": each.status,
        "is_final": each.final,
        "additional_data": each.additional_data,
        "created_at": moment(each.created),
        "updated_at": moment(each.updated),
    }


def webhook(each: Invoice) -> JsonObject:
    """Return an invoice as an unsigned webhook, in which even the amount in money has eight decimals."""
    paid, chosen = each.arrived, each.chosen
    told: JsonObject = {
        "type": "payment",
        "uuid": each.id,
        "order_id": each.order_id,
        "amount": eight(Decimal(each.amount)),
        "payment_amount": eight(paid),
        # Only confirmed coins have a value in dollars.
        "payment_amount_usd": "0.00" if each.status == "confirm_check" else _dollars(each),
        **_kept(paid),
        "is_final": each.final,
        "status": each.status,
        "from": each.sender,
        "wallet_address_uuid": None,
        "network": each.network if chosen else None,
        "currency": each.currency,
        "payer_currency": each.coin if chosen else None,
        "payer_amount": each.payer_amount if chosen else None,
        "payer_amount_exchange_rate": each.rate if chosen else None,
        "additional_data": each.additional_data,
    }
    # Without a payment, the member is missing.
    return told | ({"txid": each.arrivals[-1].txid} if each.arrivals else {})


def recurrence(each: Recurrence, payer_amount: Decimal, usd: Decimal) -> JsonObject:
    """Return a recurrence as an API result. `discount_days` is received as a number and returned as a text.

    The seller's own text (`additional_data`) is returned neither here nor with the recurrence's charges, because no
    document mentions it in a response.
    """
    ends = each.anchor + each.discount_days * 86_400 if each.anchor and each.discount_days else None
    return {
        "uuid": each.id,
        "name": each.name,
        "order_id": each.order_id,
        "amount": sum_text(each.amount, each.currency),
        "currency": each.currency,
        "payer_currency": each.coin,
        "payer_amount_usd": f"{usd.quantize(_CENT, ROUND_HALF_UP):f}",
        "payer_amount": eight(payer_amount),
        "url_callback": each.url_callback,
        "discount_days": str(each.discount_days) if each.discount_days else None,
        "discount_amount": sum_text(each.discount_amount, each.currency) if each.discount_amount else None,
        "end_of_discount": moment(ends) if ends else None,
        "period": each.period,
        "status": each.status,
        "url": each.url,
        "last_pay_off": moment(each.last_pay) if each.last_pay else None,
    }


def _kept(paid: Decimal) -> JsonObject:
    fee = Decimal(eight(paid * _FEE))
    return {"merchant_amount": eight(paid - fee) if paid else None, "commission": eight(fee) if paid else None}


def _dollars(each: Invoice) -> str:
    return f"{(each.arrived * Decimal(each.usd_rate)).quantize(_CENT, ROUND_HALF_UP):f}"

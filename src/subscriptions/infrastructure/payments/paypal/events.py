"""What every event has in common: what to do when something needed is not there, and what is kept for a person."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER

NOT_ON_RECORD: Final = "not_on_record"


def ignore(base: PaymentEvent, reason: str) -> PaymentEvent:
    """Nothing that concerns us; `why` for whoever reads the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, reason=reason)


def incomplete(base: PaymentEvent, what: str) -> PaymentEvent:
    """An event we need and cannot read. Ours: refused, so that PayPal repeats it and shows the failure to the
    operator. Of somebody else on the same account: ignored.
    """
    if base.order_id is not None or base.telegram_id is not None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.event_key} has no usable {what}")
    return ignore(base, f"no usable {what}")


def evidence(**names: object) -> dict[str, str]:
    """PayPal's names worth keeping; those that are not there are left out."""
    return {name: str(value) for name, value in names.items() if value is not None}


def strip_claims(event: PaymentEvent) -> PaymentEvent:
    """What stays of a delivery when nothing that it says is believed: which one it was, and when."""
    return PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=event.event_key,
        raw_type=event.raw_type,
        occurred_at=event.occurred_at,
        livemode=event.livemode,
    )


def not_on_record(event: PaymentEvent, what: str) -> GatewayRejected:
    """A signed delivery names what PayPal does not have: of another account, or not genuine; a person has to look."""
    problem = (
        f"{event.raw_type} {event.event_key} names {what} {event.payment_key}, which PayPal does not have on record"
    )
    return GatewayRejected(PROVIDER, problem, code=NOT_ON_RECORD)

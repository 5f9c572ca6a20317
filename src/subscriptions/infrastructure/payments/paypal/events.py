"""Functions shared by the translation of all events: handling of missing fields, and details recorded for staff."""

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
    """Return the event marked as ignored. `reason`: text shown in the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, reason=reason)


def incomplete(base: PaymentEvent, what: str) -> PaymentEvent:
    """Raise MalformedWebhook for an event about our order that lacks the field `what`, so that PayPal repeats the event
    and shows the failure to the operator. Return an event of another product on the same account as an ignored event.
    """
    if base.order_id is not None or base.telegram_id is not None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.event_key} has no usable {what}")
    return ignore(base, f"no usable {what}")


def evidence(**names: object) -> dict[str, str]:
    """Return the details to record with an event for staff, as text and without missing values."""
    return {name: str(value) for name, value in names.items() if value is not None}


def strip_claims(event: PaymentEvent) -> PaymentEvent:
    """Return an event with only the identity and time of a webhook, without any of the webhook's claims."""
    return PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=event.event_key,
        raw_type=event.raw_type,
        occurred_at=event.occurred_at,
        livemode=event.livemode,
    )


def not_on_record(event: PaymentEvent, what: str) -> GatewayRejected:
    """Return the error for a signed webhook about an object that PayPal does not have.

    The webhook is from another account or not genuine, so it needs manual review.
    """
    problem = (
        f"{event.raw_type} {event.event_key} names {what} {event.payment_key}, which PayPal does not have on record"
    )
    return GatewayRejected(PROVIDER, problem, code=NOT_ON_RECORD)

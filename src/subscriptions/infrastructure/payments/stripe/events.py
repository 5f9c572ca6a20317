"""Functions shared by the translation of all events: handling of missing fields, and details recorded for staff."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER


def ignore(base: PaymentEvent, reason: str) -> PaymentEvent:
    """Return the event marked as ignored. `reason`: text shown in the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, reason=reason)


def incomplete(base: PaymentEvent, what: str) -> PaymentEvent:
    """Raise MalformedWebhook for an event about our order that lacks the field `what`, so that Stripe repeats the event
    and shows the failure to the operator. Return an event of another product on the same account as an ignored event.
    """
    if base.order_id is not None or base.telegram_id is not None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.event_key} has no usable {what}")
    return ignore(base, f"no usable {what}")


def evidence(**names: object) -> dict[str, str]:
    """Return the details to record with an event for staff, as text and without missing values."""
    return {name: str(value) for name, value in names.items() if value is not None}

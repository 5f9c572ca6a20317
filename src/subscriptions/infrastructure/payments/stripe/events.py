"""What every event has in common: what to do when something needed is not there, and what is kept for a person."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER


def ignore(base: PaymentEvent, reason: str) -> PaymentEvent:
    """Nothing that concerns us; `why` for whoever reads the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, reason=reason)


def incomplete(base: PaymentEvent, what: str) -> PaymentEvent:
    """An event we need and cannot read. Ours: refused, so that the provider repeats it and shows the failure to the
    operator. Of somebody else on the same account: ignored.
    """
    if base.order_id is not None or base.telegram_id is not None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.event_key} has no usable {what}")
    return ignore(base, f"no usable {what}")


def evidence(**names: object) -> dict[str, str]:
    """Provider's names worth keeping; those that are not there are left out."""
    return {name: str(value) for name, value in names.items() if value is not None}

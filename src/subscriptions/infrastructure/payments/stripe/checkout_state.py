"""What became of a checkout, asked for without a webhook; and closing it before its time."""

from typing import Final

import stripe

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.stripe import session_events
from subscriptions.infrastructure.payments.stripe.errors import MISSING, PROVIDER, speaking, unreadable
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain

_PAID: Final = frozenset([PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED])


async def fetch_checkout(wire: Wire, clock: Clock, ref: str) -> CheckoutState | None:
    """The present state, with the fact the webhook would bring (the same payment_key); None where there is no such."""
    if not ref.startswith("cs_"):
        return None
    async with speaking():
        try:
            answer = await wire.client.v1.checkout.sessions.retrieve_async(ref, {"expand": ["invoice", "subscription"]})
        except stripe.InvalidRequestError as error:
            if error.code == MISSING:
                return None
            raise
    session = plain(answer, "checkout session")
    status = session.text("status")
    event = _fact(session, ref, clock) if status == "complete" else None
    pending = status == "complete" and session.text("payment_status") == "unpaid"
    return CheckoutState(paid=event is not None, expired=status == "expired", event=event, pending=pending)


async def expire_checkout(wire: Wire, ref: str) -> bool:
    """True: closed now, or before. False: paid, or unknown."""
    if not ref.startswith("cs_"):
        return False
    sessions = wire.client.v1.checkout.sessions
    async with speaking():
        try:
            closed = plain(await sessions.expire_async(ref), "checkout session")
        except stripe.InvalidRequestError as refused:
            if refused.code == MISSING:
                return False
            # Only an open one can be closed: what it is instead is for the session to say.
            closed = plain(await sessions.retrieve_async(ref), "checkout session")
            if closed.text("status") == "open":
                raise
    return closed.text("status") == "expired"


def _fact(session: Node, ref: str, clock: Clock) -> PaymentEvent | None:
    paid_at = session.moment("invoice", "status_transitions", "paid_at")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"fetched:{ref}",
        raw_type="checkout.session",
        occurred_at=paid_at or clock.now(),
        livemode=session.flag("livemode"),
    )
    try:
        event = session_events.completed(base, session)
    except MalformedWebhook:
        raise unreadable("checkout session with a payment") from None
    return event if event.kind in _PAID else None

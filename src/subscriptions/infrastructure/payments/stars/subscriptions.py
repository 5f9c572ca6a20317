"""Cancellation and resumption of subscriptions. Telegram has no query for a subscription's state."""

from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.stars.references import parts_of
from subscriptions.infrastructure.payments.stars.wire import Wire


async def edit_subscription(wire: Wire, ref: str, *, is_canceled: bool) -> bool:
    """Cancel or resume a subscription.

    Return False if Telegram has no such subscription, or the subscription can no longer be changed.
    """
    parts = parts_of(ref)
    if parts is None:
        return False
    user, charge = parts
    try:
        await wire.call(
            "editUserStarSubscription", user_id=user, telegram_payment_charge_id=charge, is_canceled=is_canceled
        )
    except GatewayAuthError:
        raise
    except GatewayRejected:
        return False
    return True

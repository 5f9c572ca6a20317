"""Subscriptions: canceled and resumed. Telegram has no query for them."""

from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.stars.references import parts_of
from subscriptions.infrastructure.payments.stars.wire import Wire


async def edit_subscription(wire: Wire, ref: str, *, is_canceled: bool) -> bool:
    """Cancel or resume a subscription.

    Return False if Telegram knows no such subscription that can still be changed.
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

"""Messages about gifts, to the giver and the recipient."""

from dataclasses import replace
from typing import Final, Self
from uuid import UUID

from subscriptions.application.access.handover import standing_of
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.application.messages.payment_messages import (
    PaymentFacts,
    PaymentMessage,
    last_cut,
    remaining_access,
)
from subscriptions.application.messages.subscription_messages import SubscriptionMessage
from subscriptions.domain.entities.notification import LINK_KINDS, MessageKind
from subscriptions.domain.ids import OrderId, PaymentId, SubscriptionId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.services.handover_policy import HandoverState

GIFT_HELD: Final = "gift_held"
GIFT_READY: Final = "gift_ready"
GIFT_OPENED: Final = "gift_opened"
GIFT_RETURNED: Final = "gift_returned"
GIFT_TAKEN: Final = "gift_taken"


class GiftReady(PaymentMessage, kind=GIFT_READY):
    """Notice to the giver that a gift is paid and can be passed on. order: id of the order, used to request the gift's
    link; the link itself is not stored.
    """

    announces_payment = True
    outdated_by = frozenset({MessageKind.REFUNDED, MessageKind.WITHDRAWN})
    identity = ("plan_name", "reference")
    order: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the payment was refunded. subject: id of the payment."""
        payment_message = await PaymentMessage.load(sources, subject)
        payment = await sources.uow.payments.get(PaymentId(subject))
        order = await sources.uow.orders.get(payment.order_id) if payment is not None else None
        if (
            payment_message is None
            or order is None
            or await standing_of(sources.uow, order) is HandoverState.MONEY_BACK
        ):
            return None
        return cls(**vars(payment_message), order=order.id.hex)


class _OfGift(Announcement):
    """Message about a gift. opened: True if the gift was opened."""

    plan_name: str
    reference: str
    opened: bool

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the order or its plan does not exist. subject: id of the order."""
        order = await sources.uow.orders.get(OrderId(subject))
        plan = await sources.uow.plans.get(order.plan_id) if order is not None else None
        if order is None or plan is None:
            return None
        token = await sources.uow.of(TOKENS_KEY).of_order(order.id)
        is_opened = token is not None and token.used_at is not None
        return cls(plan_name=plan.name, reference=order.reference, opened=is_opened)


class GiftOpenedMessage(_OfGift, kind=GIFT_OPENED):
    """Notice to the giver that the gift was opened."""

    outdated = frozenset({GIFT_READY})


class GiftHeld(_OfGift, kind=GIFT_HELD, may_need_help=True):
    """Notice to the giver that the gift's payment is disputed and that the gift cannot be opened during the dispute."""

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the dispute is decided. subject: id of the order."""
        message = await super().load(sources, subject)
        order = await sources.uow.orders.get(OrderId(subject))
        is_held = order is not None and await standing_of(sources.uow, order) is HandoverState.HELD
        return message if is_held else None


class GiftReturnedMessage(_OfGift, kind=GIFT_RETURNED, may_need_help=True):
    """Notice to the giver that the bank returned the gift's payment."""

    outdated = frozenset({GIFT_READY})

    @property
    def word(self) -> str:
        """Return the name of the text's variant, which depends on whether the gift was opened."""
        return "opened" if self.opened else "unopened"


class GiftTakenMessage(SubscriptionMessage, kind=GIFT_TAKEN, may_need_help=True):
    """Notice to the recipient that the payment of a gift was refunded, so the gift's time was revoked."""

    outdated = LINK_KINDS

    @property
    def word(self) -> str:
        """Return the name of the text's variant, which depends on whether the recipient's access ended, is on hold, or
        was shortened.
        """
        if not self.live:
            return "ended"
        return "withheld" if self.rests else "shorter"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        payment_id = await last_cut(sources.uow, SubscriptionId(subject))
        paid_facts = await PaymentFacts.load(sources.uow, payment_id) if payment_id is not None else None
        if message is None or paid_facts is None:
            return message
        end, live = await remaining_access(sources, paid_facts)
        return replace(message, until=end, live=live)

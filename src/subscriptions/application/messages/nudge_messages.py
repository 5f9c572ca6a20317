"""Reminders of unfinished purchases and entry steps, notices of delayed erasures, and messages to staff members."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.alarms.shared_alarms import ErasureWaits
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import pricing

LATELY: Final = 5
"""Number of the customer's most recent failed checkouts among which the expired one is searched."""


class AbandonedMessage(Announcement, kind=MessageKind.ABANDONED):
    """Reminder of an order whose checkout was opened but not paid in time. Sent once per order."""

    plan_name: str
    soft_id: str
    provider: str
    amount: Money
    reference: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. `subject`: id of the order.

        Return None if the operator disabled the reminder, the customer did not request the checkout, there was no
        checkout, a failure was already announced, the customer has the plan or a newer open order for it, or the
        customer may not or cannot buy the plan any more.
        """
        uow, order = sources.uow, await sources.uow.orders.get(OrderId(subject))
        if not sources.policy.nudge_abandoned or order is None or not order.asked or order.for_another:
            return None
        if order.status is not OrderStatus.EXPIRED:
            return None
        plan, customer = await uow.plans.get(order.plan_id), await uow.customers.get(order.customer_id)
        pages = [item for item in await uow.orders.attempts(order.id) if item.session_ref is not None]
        if plan is None or customer is None or not plan.active or not pages or customer.barred_at is not None:
            return None
        failures = await uow.notifications.sent_to(customer.telegram_id, {MessageKind.CHECKOUT_FAILED}, LATELY)
        is_notified = any(each.subject == order.id for each in failures)
        if is_notified or plan.is_over(sources.now, sources.policy.zones.home):
            return None
        if await uow.subscriptions.live_for(customer.id, plan.id) or await uow.orders.open_for(customer.id, plan.id):
            return None
        return cls(
            plan_name=plan.name,
            soft_id=plan.soft_id,
            provider=pages[-1].provider,
            amount=pricing.asked_by(pages[-1], order),
            reference=order.reference,
        )


class NotJoinedMessage(Announcement, kind=MessageKind.NOT_JOINED):
    """Reminder to a customer who paid but has not joined. Sent once per order."""

    plan_name: str
    reference: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. `subject`: id of the order.

        Return None if the operator disabled the reminder, or if there is no chat that the customer could join: the
        customer is a member, is no longer entitled, or the chat is not ready.
        """
        uow, order = sources.uow, await sources.uow.orders.get(OrderId(subject))
        plan = await uow.plans.get(order.plan_id) if order is not None else None
        if not sources.policy.nudge_not_joined or order is None or plan is None or order.for_another:
            return None
        chats = await chats_with_access(uow, order.customer_id, plan)
        if not any([await _waits_for_them(uow, channel, access, order.created_at) for channel, access in chats]):
            return None
        return cls(plan_name=plan.name, reference=order.reference)


async def _waits_for_them(
    uow: UnitOfWork, channel: Channel | None, access: Access | None, ordered_at: datetime
) -> bool:
    """Return True if the customer can join the chat now, by a link or by completing the entry steps.

    A customer who joined after the order and left again is not reminded.
    """
    if access is not None and access.joined_at is not None and access.joined_at >= ordered_at:
        return False
    if channel is None or access is None or access.status not in {AccessStatus.INVITED, AccessStatus.PENDING}:
        return False
    if access.status is AccessStatus.INVITED or channel.is_vip:
        return True
    return await entry_at(uow, channel, access.customer_id) is not None


class ErasureHeldUp(Announcement, kind=MessageKind.ERASURE_HELD, may_need_help=True):
    """Notice that an erasure is delayed. `waits`: True if the erasure continues; False if the customer must request it
    again.
    """

    waits: bool

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the erasure continues."""
        return "waits" if self.waits else "dropped"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer has been erased. `subject`: id of the customer."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        if customer is None or customer.is_forgotten:
            return None
        alarm = await sources.uow.alarms.newest(ErasureWaits.name, f"{ErasureWaits.name}:{subject}:")
        return cls(waits=alarm is not None and alarm.open)


class ColleagueWelcome(Announcement, kind=MessageKind.COLLEAGUE_CONFIRMED):
    """Welcome to a new staff member whose invitation was confirmed."""

    brand: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the person has lost the role. `subject`: id of the customer."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        is_staff = customer is not None and customer.staff_role is not None
        return cls(brand=sources.policy.brand) if is_staff else None


class SecondFactorLockedMessage(Announcement, kind=MessageKind.SECOND_FACTOR_LOCKED):
    """Warning to a staff member that wrong verification codes were entered with their console link."""

    brand: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the warning. Return None if the person is no longer a staff member. `subject`: id of the customer."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        is_staff = customer is not None and customer.staff_role is not None
        return cls(brand=sources.policy.brand) if is_staff else None

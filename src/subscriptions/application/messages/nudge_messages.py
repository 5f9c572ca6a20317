"""Messages to who stopped midway, or is kept from going."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.way import ways_of
from subscriptions.application.alarms.shared_alarms import ErasureWaits
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.takeover import PERIOD_TO_OBJECT, TakeoverStatus
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money
from subscriptions.domain.ports.repositories.moving import TAKEOVERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import pricing

LATELY: Final = 5
"""How many failed checkouts of one person are looked through for the one that ran out."""


class AbandonedMessage(Announcement, kind=MessageKind.ABANDONED):
    """Somebody came as far as the page, and nobody paid there in time. Said once for an order."""

    plan_name: str
    soft_id: str
    provider: str
    amount: Money
    reference: str

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the order. None where the operator does not want it said, they only looked, there was no page, they
        were told that it failed, or they bought, or are buying, the plan another way.
        """
        uow, order = sources.uow, await sources.uow.orders.get(OrderId(subject))
        if not sources.policy.nudge_abandoned or order is None or not order.asked or order.gift:
            return None
        if order.status is not OrderStatus.EXPIRED:
            return None
        plan, customer = await uow.plans.get(order.plan_id), await uow.customers.get(order.customer_id)
        pages = [item for item in await uow.orders.attempts(order.id) if item.session_ref is not None]
        if plan is None or customer is None or not plan.active or not pages or customer.barred_at is not None:
            return None
        failures = await uow.notifications.sent_to(customer.telegram_id, {MessageKind.CHECKOUT_FAILED}, LATELY)
        is_told = any(each.subject == order.id for each in failures)
        if is_told or plan.is_over(sources.now, sources.policy.zones.home):
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
    """Somebody paid, their channel waits for them, and they have not come. Said once for an order."""

    plan_name: str
    reference: str

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the order. None where the operator does not want it said, or nothing waits for its customer alone:
        they are inside, have no right to be any more, or we are not ready ourselves.
        """
        uow, order = sources.uow, await sources.uow.orders.get(OrderId(subject))
        plan = await uow.plans.get(order.plan_id) if order is not None else None
        if not sources.policy.nudge_not_joined or order is None or plan is None or order.gift:
            return None
        ways = await ways_of(uow, order.customer_id, plan)
        if not any([await _waits_for_them(uow, place, access, order.created_at) for place, access in ways]):
            return None
        return cls(plan_name=plan.name, reference=order.reference)


async def _waits_for_them(uow: UnitOfWork, place: Channel | None, access: Access | None, ordered_at: datetime) -> bool:
    """The way into a chat with the ritual begins with steps of the customer's own; a link is made by us. Customers who
    came in since they ordered, and left, know the way."""
    if access is not None and access.joined_at is not None and access.joined_at >= ordered_at:
        return False
    if place is None or access is None or access.status not in {AccessStatus.INVITED, AccessStatus.PENDING}:
        return False
    if access.status is AccessStatus.INVITED or place.is_vip:
        return True
    return await entry_at(uow, place, access.customer_id) is not None


class ErasureHeldUp(Announcement, kind=MessageKind.ERASURE_HELD, may_need_help=True):
    """Somebody wanted to be forgotten, and is still known. waits: it goes on; else it has to be asked for again."""

    waits: bool

    @property
    def word(self) -> str:
        """By whether it goes on."""
        return "waits" if self.waits else "dropped"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the customer. None where they are forgotten by now."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        if customer is None or customer.is_forgotten:
            return None
        alarm = await sources.uow.alarms.newest(ErasureWaits.name, f"{ErasureWaits.name}:{subject}:")
        return cls(waits=alarm is not None and alarm.open)


class ColleagueWelcome(Announcement, kind=MessageKind.COLLEAGUE_CONFIRMED):
    """An invitation to the operator's people was confirmed: the panel and the console are open."""

    brand: str

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the customer. None where they lost the role meanwhile."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        is_staff = customer is not None and customer.staff_role is not None
        return cls(brand=sources.policy.brand) if is_staff else None


class SecondFactorLockedMessage(Announcement, kind=MessageKind.SECOND_FACTOR_LOCKED):
    """Warning to a staff member: wrong verification codes were typed with their console link."""

    brand: str

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the warning. subject: the customer. None if they are no longer on the staff."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        is_staff = customer is not None and customer.staff_role is not None
        return cls(brand=sources.policy.brand) if is_staff else None


class TakeoverPendingMessage(Announcement, kind=MessageKind.TAKEOVER_ASKED, may_need_help=True):
    """Another account is about to take over what this one has. due: until when it may object, a day from now."""

    due: datetime

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the takeover. None once it is settled: by then the customer has another account, or said no."""
        takeover = await sources.uow.of(TAKEOVERS_KEY).get(subject)
        if takeover is None or takeover.status is not TakeoverStatus.WAITING:
            return None
        return cls(due=sources.now + PERIOD_TO_OBJECT)


class TakeoverSettledMessage(Announcement, kind=MessageKind.TAKEOVER_CLOSED, may_need_help=True):
    """What came of it, told to the account that the customer has now. Neither: it was not done. by_account: what
    the account of before paid for in Telegram's currency is not renewed."""

    done: bool
    objected: bool
    by_account: bool = False

    @property
    def word(self) -> str:
        """By what came of it."""
        if self.done:
            return "done_by_account" if self.by_account else "done"
        return "objected" if self.objected else "dropped"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the takeover."""
        takeover = await sources.uow.of(TAKEOVERS_KEY).get(subject)
        if takeover is None or takeover.closed_at is None:
            return None
        subscriptions = await sources.uow.subscriptions.of_customer(takeover.customer_id)
        return cls(
            done=takeover.status is TakeoverStatus.DONE,
            objected=takeover.status is TakeoverStatus.OBJECTED,
            by_account=any(
                each.live and each.provider_ref and each.price.currency == TELEGRAM_CURRENCY for each in subscriptions
            ),
        )

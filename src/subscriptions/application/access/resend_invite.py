"""A customer's way in, sent once more by somebody of staff."""

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.dto.jobs import TendVipEntry
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.access import OUT, AccessStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import InviteAskedAgain, VipEntryAskedAgain
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class ResendInvite:
    """The customer's way in, once more: the link that works, or a new one where none does."""

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, renew_invite: RenewInvite
    ) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._renew_invite = renew_invite

    async def __call__(self, actor: TelegramId, subscription_id: SubscriptionId, operation: str) -> bool:
        """False: they are inside, or may not enter. operation: a repetition sends nothing twice. Raises NotAllowed."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.RESEND_INVITE)
            subscription = await uow.subscriptions.get(subscription_id)
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
            if subscription is None or plan is None or customer is None or not subscription.live:
                return False
            now = self._clock.now()
            await self._staff_desk.note(
                uow, staff, StaffAction.RESEND_INVITE, customer.id, "asked in the panel", now, plan=plan.soft_id
            )
            vip = plan.is_shared
            sent = await (self._vip if vip else self._again)(uow, subscription, operation)
            await uow.commit()
        if sent or vip:
            return sent
        return await self._renew_invite(customer.telegram_id, plan.soft_id)

    async def _again(self, uow: UnitOfWork, subscription: Subscription, operation: str) -> bool:
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        access = await uow.accesses.of(subscription.customer_id, channel.id) if channel is not None else None
        if channel is not None and access is not None and access.status is AccessStatus.ACTIVE:
            # Somebody says that they are not inside: is there a channel at all?
            await have_mended(uow, channel)
            return False
        if channel is None or access is None or not access.may_enter():
            return False
        usable = [item for item in await uow.channels.live_invites(channel.id) if item.usable(self._clock.now())]
        if not usable:
            return False
        invite = usable[-1]
        uow.record(InviteAskedAgain(subscription.customer_id, invite.id, f"{invite.id}:{operation}"))
        return True

    async def _vip(self, uow: UnitOfWork, subscription: Subscription, operation: str) -> bool:
        """Where they stand in the ritual, with the button that leads on; the link is made where it is time for one."""
        channel, who = await uow.vip.channel(), subscription.customer_id
        access = await uow.accesses.of(who, channel.id) if channel is not None else None
        if access is None or access.status in OUT | {AccessStatus.ACTIVE}:
            return False
        await uow.enqueue(TendVipEntry(customer_id=who).once(f"resend:{who}"))
        uow.record(VipEntryAskedAgain(who, f"{who}:{operation}"))
        return True

"""A customer's way in, sent once more by somebody of staff."""

from dataclasses import dataclass

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.dto.jobs import TendVipEntry
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.entities.access import OUT, AccessStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import InviteAskedAgain, VipEntryAskedAgain
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class ResendInvite(StaffCommand):
    """Send the link that works, or have a new one made where none does.

    `not_sent`: they are inside, or may not enter.
    """

    name = "resend_invite"
    permission = StaffAction.RESEND_INVITE
    subject = SubjectKind.SUBSCRIPTION
    outcomes = ("sent", "not_sent")

    renew_invite: RenewInvite

    async def run(self, act: Act) -> Outcome:
        """The customer is told by a message of their own."""
        subscription = await act.uow.subscriptions.get(SubscriptionId(act.subject_id))
        plan = await act.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None or not subscription.live:
            raise NothingToDo("over")
        who = subscription.customer_id
        if plan.is_shared:
            sent = await self._vip(act, subscription)
        else:
            sent = await self._again(act, subscription) or await self.renew_invite.within(act.uow, who, plan)
        entry = AuditEntry(about=who, facts={"plan": plan.soft_id}, why="asked in the panel")
        return Outcome(name="sent" if sent else "not_sent", audit=[entry])

    async def _again(self, act: Act, subscription: Subscription) -> bool:
        uow = act.uow
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        access = await uow.accesses.of(subscription.customer_id, channel.id) if channel is not None else None
        if channel is not None and access is not None and access.status is AccessStatus.ACTIVE:
            # Somebody says that they are not inside: is there a channel at all?
            await have_mended(uow, channel)
            return False
        if channel is None or access is None or not access.may_enter():
            return False
        usable = [item for item in await uow.channels.live_invites(channel.id) if item.usable(act.at)]
        if not usable:
            return False
        invite = usable[-1]
        uow.record(InviteAskedAgain(subscription.customer_id, invite.id, f"{invite.id}:{act.operation}"))
        return True

    async def _vip(self, act: Act, subscription: Subscription) -> bool:
        """Where they stand in the ritual, with the button that leads on; the link is made where it is time for one."""
        uow, who = act.uow, subscription.customer_id
        channel = await uow.vip.channel()
        access = await uow.accesses.of(who, channel.id) if channel is not None else None
        if access is None or access.status in OUT | {AccessStatus.ACTIVE}:
            return False
        await uow.enqueue(TendVipEntry(customer_id=who).once(f"resend:{who}"))
        uow.record(VipEntryAskedAgain(who, f"{who}:{act.operation}"))
        return True

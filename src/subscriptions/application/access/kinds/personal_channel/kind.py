"""The strategy of a channel made for each customer: taken from stock or planned, frozen when its customer is out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.application.access.personal_channel import freeze_if_empty, have_mended, take_along, take_from_stock
from subscriptions.application.access.resource_kind import Opening, ResourceKind
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite
from subscriptions.domain.entities.resource import PERSONAL_CHANNEL, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import AccessRequested, ChannelOutdated, InviteAskedAgain
from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, channel_texts


class PersonalChannel(ResourceKind):
    """One channel per customer and plan, made by an account of the pool. Its door asks for no more than the right."""

    name = PERSONAL_CHANNEL
    strangers_go = True
    for_one = True
    needs_account = True
    place_kinds = (ChannelKind.PERSONAL,)

    async def grant(self, uow: UnitOfWork, opening: Opening) -> None:
        """The channel is locked before its access; one kept from an earlier time is taken again."""
        channel = await self._channel(uow, opening)
        access = await uow.accesses.find(opening.customer.id, channel.id, lock=True)
        if access is None:
            access = Access.request(opening.customer.id, channel.id, opening.now)
        else:
            access.grant()
        access.ends_at = access_policy.ends_at([opening.subscription])
        await uow.accesses.save(access)
        if access.status is AccessStatus.PENDING:
            patience_end = opening.now + opening.policy.access_patience
            await uow.enqueue(jobs.WatchAccess(access_id=access.id).delayed_job(patience_end, access.id))

    async def settle(self, uow: UnitOfWork, opening: Opening) -> None:
        """What is live and does not rest is granted, while there is time left."""
        subscription = opening.subscription
        if access_policy.lets_in(subscription, opening.grace, opening.now):
            await self.grant(uow, opening)
        elif subscription.rests or not subscription.live:
            await self._end(uow, opening, rests=subscription.rests)

    async def _end(self, uow: UnitOfWork, opening: Opening, *, rests: bool) -> None:
        subscription = opening.subscription
        found_channel = await uow.channels.personal_of(opening.customer.id, opening.plan.id)
        channel = await uow.channels.get(found_channel.id, lock=True) if found_channel is not None else None
        access = await uow.accesses.find(opening.customer.id, channel.id, lock=True) if channel is not None else None
        if access is None or channel is None or await _goes_by_another(uow, channel, subscription):
            return
        if rests:
            access.suspend()
        else:
            access.end()
        # Also once it is over: who is still inside is listed with since when.
        access.ends_at = subscription.access_until
        await uow.accesses.save(access)

    async def withdraw(self, uow: UnitOfWork, opening: Opening) -> None:
        """No other plan opens this channel."""
        subscription = opening.subscription
        kept_ids = {each.id for each in await uow.resources.kept_by(subscription.id)} if subscription.live else set()
        if opening.resource.id in kept_ids:
            await self.settle(uow, opening)
        else:
            await self._end(uow, opening, rests=False)

    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """The customer stays in their channel, which is the other plan's from now on."""
        await take_along(uow, subscription, target, policy, now)

    async def place(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """The customer's own for that plan."""
        return await uow.channels.personal_of(customer_id, plan_id)

    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """It is made once somebody paid."""
        return True

    async def renew_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """By the account that owns the channel."""
        if access.status not in WAITS_FOR_LINK:
            return False
        if access.status is AccessStatus.PENDING and access.joined_at is None:
            # The first one is on its way by itself.
            return False
        if any(invite.usable(now) for invite in await uow.channels.live_invites(place.id)):
            return False
        uow.record(ChannelOutdated(place.id))
        # What was watched for at the payment is long over: they left since, and now wait again.
        watch = jobs.WatchAccess(access_id=access.id)
        await uow.enqueue(watch.delayed_job(now + policy.access_patience, access.id))
        return True

    async def resend_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """The link that works, else a new one."""
        if access.status is AccessStatus.ACTIVE:
            # Somebody says that they are not inside: is there a channel at all?
            await have_mended(uow, place)
            return False
        usable = [item for item in await uow.channels.live_invites(place.id) if item.usable(now)]
        if not usable or not access.may_enter():
            return await self.renew_invite(uow, place, access, policy, now)
        invite = usable[-1]
        uow.record(InviteAskedAgain(access.customer_id, invite.id, f"{invite.id}:{operation}"))
        return True

    async def links(self, uow: UnitOfWork, place: Channel, access: Access) -> Sequence[Invite]:
        """Nobody else has any."""
        return await uow.channels.live_invites(place.id) if access_policy.may_see_link(access, None) else []

    async def may_pass(self, uow: UnitOfWork, place: Channel, access: Access | None) -> bool:
        """The right is enough."""
        return access_policy.may_pass(access, None)

    async def came_by_another(
        self, uow: UnitOfWork, place: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """There are no links for others."""
        return False

    async def on_entry(self, uow: UnitOfWork, place: Channel, access: Access, now: datetime) -> None:
        """The account sees to its links, as the join is routed to it."""

    async def on_exit(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """A channel that nobody has a right to is frozen."""
        if is_revoked and not await freeze_if_empty(uow, place, policy.retention, now):
            uow.record(ChannelOutdated(place.id))

    async def on_ban(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """By the account that owns the channel."""
        uow.record(ChannelOutdated(place.id))

    async def on_return(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """By a new link of its account."""
        uow.record(AccessRequested(access.id, access.channel_id))

    async def stranger_removed(self, uow: UnitOfWork, place: Channel, now: datetime) -> None:
        """Nobody knows which link it was: none of them counts, and the account makes another."""
        for invite in await uow.channels.live_invites(place.id):
            invite.distrust(now)
            await uow.channels.save_invite(invite)
        uow.record(ChannelOutdated(place.id))

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """A copy in each."""
        return await uow.channels.live_of_plan(plan_id)

    async def _channel(self, uow: UnitOfWork, opening: Opening) -> Channel:
        """The customer's own channel, its row locked before any access: the one kept for them, else a new one."""
        subscription, customer, plan = opening.subscription, opening.customer, opening.plan
        found_channel = await uow.channels.personal_of(customer.id, plan.id)
        channel = await uow.channels.get(found_channel.id, lock=True) if found_channel is not None else None
        if channel is None or channel.status is ChannelStatus.DELETED:
            policy = opening.policy
            title = channel_texts.channel_title(policy.channel_title, policy.brand, plan, customer)
            stock_channel = await take_from_stock(uow, subscription, title, opening.now)
            if stock_channel is not None:
                return stock_channel
            channel = Channel.plan_personal(customer.id, plan.id, subscription.id, title, opening.now)
            if not await uow.channels.add_if_new(channel):
                raise RetryLater("the channel is being planned by another unit of work")
            return channel
        channel.subscription_id = subscription.id
        channel.thaw()
        await uow.channels.save(channel)
        return channel


async def _goes_by_another(uow: UnitOfWork, channel: Channel, subscription: Subscription) -> bool:
    """Whether a channel is kept open by another agreement that still counts; one that is over keeps nobody inside."""
    if channel.subscription_id is None or channel.subscription_id == subscription.id:
        return False
    other = await uow.subscriptions.get(channel.subscription_id)
    return other is not None and other.live

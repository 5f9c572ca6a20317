"""Messages about invite links and about the state of channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from subscriptions.application.access.bans import subscriptions_to
from subscriptions.application.access.brought_days import lasting_end_of
from subscriptions.application.access.empty_old_chat import EMPTIED_AT, NEVER
from subscriptions.application.access.plan_chats import ChatView, chats_of
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.catalog.method_prices import first_charge
from subscriptions.application.channels.expected_wait import expected_at
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.application.payments.watch_entry import RETURN_DUE, payments_of
from subscriptions.application.subscriptions.money_left import balance_of
from subscriptions.application.vip.vip_view import vip_view
from subscriptions.domain.entities.access import WITHOUT_RIGHT, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite, InviteStatus
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.resource import VIP, Resource
from subscriptions.domain.entities.subscription import BAN, REFUNDED, Subscription, SubscriptionStatus
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class InviteReady(Announcement, kind=MessageKind.INVITE_READY):
    """Message with the invite link to a personal channel, or with the links to all chats of a plan.

    again: False for the customer's first link
    given: True if the access comes from a code, a gift, or the replacement of a lost channel
    trial: True as long as nothing was paid
    charge, next_amount: time and amount of the first charge after the trial; None if there is none
    chats: one line for each chat of the plan that the customer has not joined, in order, consisting of the title, a tab
        and the link; empty for a single personal channel
    moved: True if the plan's only chat was lost and the link leads to its replacement
    stays: time until which the customer may stay in the old chat; None if nobody is removed from the old chat
    """

    plan_name: str
    url: str
    expires: datetime
    again: bool
    given: bool
    trial: bool
    chats: str = ""
    moved: bool = False
    stays: datetime | None = None
    charge: datetime | None = None
    next_amount: Money | None = None

    @property
    def invite_links(self) -> list[tuple[str, str]]:
        """Return the title and the link of each line of `chats`."""
        return [(title, url) for title, _, url in (line.partition("\t") for line in self.chats.splitlines())]

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the reason for the link."""
        if self.moved:
            return "moved_until" if self.stays else "moved"
        if self.chats:
            return "chats_again" if self.again else "chats"
        return "again" if self.again else "given" if self.given else "trial" if self.trial else "first"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the link expired, or if another message includes the link. `subject`: id
        of the invite link.
        """
        uow = sources.uow
        invite = await uow.channels.get_invite(subject)
        channel = await uow.channels.get(invite.channel_id) if invite else None
        if invite is None or channel is None or invite.status is not InviteStatus.LIVE:
            return None
        first_invite = await uow.channels.first_invite(channel.id)
        subscription = await _opening_subscription(uow, channel, invite)
        plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
        chats: tuple[ChatView, ...] = ()
        if plan is not None and plan.lists_chats:
            chats = await chats_of(uow, invite.customer_id, plan, sources.policy, sources.now)
        invite_links = [(each.title, each.invite) for each in chats if each.invite is not None]
        if await _is_handed_over(uow, invite, chats):
            return None
        access = await uow.accesses.find(invite.customer_id, channel.id)
        is_return = access is not None and access.joined_at is not None
        previous_access = (
            await uow.accesses.find(invite.customer_id, channel.replaces) if channel.replaces is not None else None
        )
        is_shared = not kind_of_channel(channel).for_one
        moved = is_shared and previous_access is not None and not is_return
        emptied_at = await uow.variables.get(EMPTIED_AT.for_subject(channel.replaces))
        trial = subscription is not None and subscription.status is SubscriptionStatus.TRIALING
        charge, amount = await first_charge(uow, subscription) if subscription is not None else (None, None)
        return cls(
            moved=moved,
            stays=emptied_at if moved and emptied_at is not None and sources.now < emptied_at < NEVER else None,
            plan_name=plan.name if plan is not None and is_shared else await _plan_name(uow, channel),
            url=invite.url,
            expires=min([invite.expires_at for _, invite in invite_links], default=invite.expires_at),
            again=is_return if is_shared else first_invite is not None and first_invite.id != invite.id,
            given=channel.replaces is not None or (subscription is not None and subscription.order_id is None),
            trial=trial,
            charge=charge,
            next_amount=amount,
            chats="\n".join(f"{' '.join(title.split())}\t{invite.url}" for title, invite in invite_links),
        )


class JoinedMessage(Announcement, kind=MessageKind.JOINED):
    """Confirmation that the customer joined. `until`: end of access."""

    plan_name: str
    until: datetime | None

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if no time is left, for example after a refund. `subject`: id of the
        access.
        """
        access = await sources.uow.accesses.get(AccessId(subject))
        channel = await sources.uow.channels.get(access.channel_id) if access else None
        if access is None or channel is None:
            return None
        end = await lasting_end_of(sources.uow, access, sources.now)
        if end is not None and end <= sources.now:
            return None
        return cls(plan_name=await _plan_name(sources.uow, channel), until=end)


class ProvisioningDelayedMessage(Announcement, kind=MessageKind.PROVISIONING_DELAYED, may_need_help=True):
    """Notice that the creation of a channel takes longer than usual. `ready`: expected time; None if unknown."""

    plan_name: str
    ready: datetime | None

    @property
    def word(self) -> str:
        """Return the variant of the text: with or without a time."""
        return "by" if self.ready else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer is no longer waiting. `subject`: id of the channel."""
        uow = sources.uow
        channel = await uow.channels.get(ChannelId(subject))
        if channel is None or channel.customer_id is None:
            return None
        access = await uow.accesses.find(channel.customer_id, channel.id)
        if access is None or access.status is not AccessStatus.PENDING:
            return None
        return cls(plan_name=await _plan_name(uow, channel), ready=await expected_at(uow, channel, sources.now))


class EntryDelayedMessage(Announcement, kind=MessageKind.ENTRY_DELAYED, may_need_help=True):
    """Notice to a customer who paid and cannot enter yet.

    amounts: what goes back, one amount per currency
    until: time at which it goes back if they still cannot enter; None if it is being returned now
    """

    plan_name: str
    amounts: tuple[Money, ...]
    until: datetime | None = None

    @property
    def word(self) -> str:
        """Return the variant of the text: before the return, or with it."""
        return "until" if self.until else "returned"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer can enter, or if none of their own money is left to return.
        `subject`: id of the subscription.
        """
        uow = sources.uow
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None:
            return None
        payments = [
            each for each in await payments_of(uow, subscription.id) if each.customer_id == subscription.customer_id
        ]
        amounts = dict[str, Money]()
        for payment in payments:
            left = (await balance_of(uow, payment)).left
            if left.minor:
                amounts[left.currency] = amounts.get(left.currency, Money(0, left.currency)) + left
        until = await uow.variables.get(RETURN_DUE.for_subject(subject))
        is_returned = not subscription.live and subscription.end_reason == REFUNDED
        if not amounts or not (is_returned or (until is not None and subscription.live)):
            return None
        return cls(plan_name=plan.name, amounts=tuple(amounts.values()), until=None if is_returned else until)


class ActionRequiredMessage(Announcement, kind=MessageKind.ACTION_REQUIRED, may_need_help=True):
    """Notice that the customer must do something before Telegram admits them. `reason`: reason for Telegram's
    refusal.
    """

    plan_name: str
    reason: str

    @property
    def word(self) -> str:
        """Return the variant of the text. Some reasons share the default variant."""
        return self.reason or "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if nothing prevents the customer from joining any more. `subject`: id of the
        access.
        """
        access = await sources.uow.accesses.get(AccessId(subject))
        if access is None or access.status is not AccessStatus.ACTION_REQUIRED:
            return None
        channel = await sources.uow.channels.get(access.channel_id)
        if channel is None:
            return None
        return cls(plan_name=await _plan_name(sources.uow, channel), reason=access.reason or "")


class BannedMessage(Announcement, kind=MessageKind.BANNED, may_need_help=True):
    """Notice of a ban by a chat administrator.

    chat: title of the chat
    rests: True if a plan with the chat is paused, so that the customer is not charged and loses no time
    """

    plan_name: str
    chat: str
    rests: bool

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether a subscription is paused because of the ban."""
        return "rests" if self.rests else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the ban is over. `subject`: id of the access."""
        uow = sources.uow
        access = await uow.accesses.get(AccessId(subject))
        channel = await uow.channels.get(access.channel_id) if access is not None else None
        if access is None or channel is None or access.status is not AccessStatus.BANNED:
            return None
        openings = await subscriptions_to(uow, access.customer_id, channel.id)
        rests = any(BAN in subscription.paused_for for subscription, _ in openings)
        plan_name = openings[0][1].name if openings else channel.title
        chat = plan_name if kind_of_channel(channel).for_one else channel.title
        return cls(plan_name=plan_name, chat=chat, rests=rests)


class ChannelReplacedMessage(Announcement, kind=MessageKind.CHANNEL_REPLACED):
    """Notice that the customer's channel was deleted in Telegram and is being replaced."""

    plan_name: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the new link exists already, because another message announces the link.
        `subject`: id of the new channel.
        """
        channel = await sources.uow.channels.get(ChannelId(subject))
        if channel is None or channel.customer_id is None:
            return None
        access = await sources.uow.accesses.find(channel.customer_id, channel.id)
        if access is None or access.status is not AccessStatus.PENDING:
            return None
        return cls(plan_name=await _plan_name(sources.uow, channel))


class StrangerRemovedMessage(Announcement, kind=MessageKind.STRANGER_REMOVED):
    """Notice that a stranger was removed from the customer's channel."""

    plan_name: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the channel does not exist. `subject`: id of the channel."""
        channel = await sources.uow.channels.get(ChannelId(subject))
        return None if channel is None else cls(plan_name=await _plan_name(sources.uow, channel))


class VipEntry(Announcement, kind=MessageKind.VIP_ENTRY):
    """Message with the customer's current entry step for a channel, and the next action.

    stage: 1 to 3; None once all steps are complete, or if there are none
    url, expires: a working link and its expiry; None if there is no link
    resource, chat: slug and title of the channel
    charge, next_amount: time and amount of the first charge after a trial; None if there is none
    """

    plan_name: str
    stage: int | None
    until: datetime | None
    url: str | None
    expires: datetime | None
    resource: str = VIP
    chat: str = "VIP"
    charge: datetime | None = None
    next_amount: Money | None = None

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None while a link is being created, because the message is sent once the link
        exists, and if the customer is a member or has lost access.

        `subject`: id of the customer for the VIP channel; id of the access for any other channel
        """
        access = await sources.uow.accesses.get(AccessId(subject))
        customer_id = access.customer_id if access is not None else CustomerId(subject)
        resource = await _resource_of(sources.uow, access) if access is not None else None
        if access is not None and resource is None:
            return None
        vip = await vip_view(sources.uow, customer_id, sources.now, sources.policy.grace, resource)
        if vip is None or vip.is_inside or vip.access in WITHOUT_RIGHT:
            return None
        if vip.invite_url is None and vip.stage not in {1, 2}:
            return None
        return cls(
            plan_name=vip.plan_name,
            stage=vip.stage,
            until=vip.access_until,
            url=vip.invite_url,
            expires=vip.invite_until,
            resource=vip.resource,
            chat=vip.chat,
            charge=vip.charge,
            next_amount=vip.next_amount,
        )


async def _resource_of(uow: UnitOfWork, access: Access) -> Resource | None:
    channel = await uow.channels.get(access.channel_id)
    return await uow.resources.get(channel.resource_id) if channel and channel.resource_id is not None else None


async def _is_handed_over(uow: UnitOfWork, invite: Invite, chats: Sequence[ChatView]) -> bool:
    """Return True if the message about a newer link includes this link, now or when that message is sent.

    Each such message includes all current links. Links after entry steps are sent in another kind of message.
    """
    for each in chats:
        link = each.invite
        if link is None or each.ritual:
            continue
        if (link.created_at, link.id) > (invite.created_at, invite.id):
            notification = await uow.notifications.by_key(f"{MessageKind.INVITE_READY}:{link.id}")
            if notification is None or invite.url in str(notification.params.get("chats")):
                return True
    return False


async def _opening_subscription(uow: UnitOfWork, channel: Channel, invite: Invite) -> Subscription | None:
    """Return the subscription for which a link was created. For a shared chat, this is the customer's newest
    subscription that includes the chat. Return None if there is none.
    """
    if channel.subscription_id is not None:
        return await uow.subscriptions.get(channel.subscription_id)
    resource = await uow.resources.get(channel.resource_id) if channel.resource_id is not None else None
    if resource is None:
        return None
    live = await uow.of(VIP_KEY).live_subscriptions(invite.customer_id, resource.soft_id)
    return live[-1] if live else None


async def _plan_name(uow: UnitOfWork, channel: Channel) -> str:
    """Return the name of the channel's plan, or the channel's title if it has no plan."""
    plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
    return plan.name if plan else channel.title

"""Deliveries of posts: one per chat of a plan, each updated to the current revision of its post."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.plan_chats import resources_of
from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.deliveries.attempt import attempt
from subscriptions.application.posts.post_left import report_post_left
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.delivery import Missed, Refused, Sent
from subscriptions.domain.entities.post import Post, PostContent, PostDelivery, PostStatus
from subscriptions.domain.errors import Permanent, RetryLater, ThreadGone
from subscriptions.domain.events import DeletionDue, DeliveryDue
from subscriptions.domain.ids import ChannelId, DeliveryId, PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.post_copies import PostCopies
from subscriptions.domain.ports.post_sender import ChannelRefuses, DeletionRefused, PostSender, SentPost
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

UNDER_WAY: Final = timedelta(minutes=10)
"""Tolerance in the selection of posts for a channel that replaces another.

Deliveries of a post that was accepted shortly before the old channel was given up may be created only afterwards,
without that channel. Likewise, the customer is invited some time after the new channel is ready.
"""


async def channels_of(uow: UnitOfWork, post: Post) -> Sequence[Channel]:
    """Return the shared chats that the plan includes, and each live personal channel of the plan's customers."""
    plan = await uow.plans.get(post.plan_id)
    resources = await resources_of(uow, plan) if plan is not None else ()
    return [channel for each in resources for channel in await kind_of(each).posts_to(uow, each, post.plan_id)]


async def _readers(uow: UnitOfWork, post: Post) -> Collection[ChannelId] | None:
    """Return the channels for the reminder of a tip, which are those that show the tip. Return None for an
    ordinary post, which appears in all channels of the plan.
    """
    if post.reminds_of is None:
        return None
    return {
        each.channel_id for each in await uow.of(POSTS_KEY).deliveries(post.reminds_of) if each.message_id is not None
    }


@dataclass(frozen=True)
class FanOutPost:
    """Job that creates one delivery per live channel. An edit or a withdrawal updates the existing deliveries."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, post_id: PostId, *, is_new: bool) -> None:
        """Queue the deliveries. Idempotent.

        `is_new`: True for a new post, whose channels must be determined. A later revision is not sent to further
        channels.
        """
        async with self.units() as uow:
            post = await uow.of(POSTS_KEY).get(post_id, lock=True)
            if post is None:
                raise Permanent(f"post {post_id} is gone")
            deliveries = list(await uow.of(POSTS_KEY).deliveries(post.id))
            if is_new and post.status is PostStatus.ACCEPTED:
                # A channel that was sent missed posts may already have its own delivery.
                deliveries += await self._plan(uow, post)
            for delivery in deliveries:
                uow.record(DeliveryDue(delivery.id))
            await uow.commit()
        log.info("post fanned out", post=post.key, channels=len(deliveries))

    async def _plan(self, uow: UnitOfWork, post: Post) -> list[PostDelivery]:
        now = self.clock.now()
        deliveries = []
        readers = await _readers(uow, post)
        for channel in await channels_of(uow, post):
            if channel.channel_id is not None and (readers is None or channel.id in readers):
                delivery = PostDelivery.plan(post, channel.id, channel.channel_id, now)
                if await uow.of(POSTS_KEY).add_delivery_if_new(delivery):
                    deliveries.append(delivery)
        return deliveries


@dataclass(frozen=True)
class DeliverMissed:
    """Job that sends the posts that a channel has missed: those refused while the bots lacked permissions, and those
    published before the channel replaced a deleted channel.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, channel_id: ChannelId) -> None:
        """Send the missed posts. Idempotent."""
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            if channel is None or channel.channel_id is None:
                return
            due = list(await uow.of(POSTS_KEY).unshown(channel.id))
            for post in await self._missing_posts(uow, channel):
                delivery = PostDelivery.plan(post, channel.id, channel.channel_id, self.clock.now())
                if await uow.of(POSTS_KEY).add_delivery_if_new(delivery):
                    due.append(delivery)
            for delivery in due:
                uow.record(DeliveryDue(delivery.id))
            await uow.commit()
        if due:
            log.info("missed posts are sent", channel=str(channel_id), posts=len(due))

    async def _missing_posts(self, uow: UnitOfWork, channel: Channel) -> Sequence[Post]:
        """Return the posts that the replaced channel never showed, and those accepted until this channel was ready.

        Later posts are sent to this channel in the ordinary way if its customer has paid for them. The plan of the
        replaced channel is used, because the customer may have changed plans since then.
        """
        lost_channel = await uow.channels.get(channel.replaces) if channel.replaces is not None else None
        if lost_channel is None or lost_channel.plan_id is None:
            return []
        missing_posts = [
            await uow.of(POSTS_KEY).get(each.post_id) for each in await uow.of(POSTS_KEY).unshown(lost_channel.id)
        ]
        start = (channel.adopted_at or channel.created_at) - UNDER_WAY
        end = (channel.ready_at or self.clock.now()) + UNDER_WAY
        posts = await uow.of(POSTS_KEY).accepted_between(lost_channel.plan_id, start, end)
        posts_by_post_id = {
            post.id: post
            for post in (*missing_posts, *posts)
            if post is not None
            and post.status is PostStatus.ACCEPTED
            and post.reminds_of is None
            and post.goes_out_at <= self.clock.now()
        }
        return [post for post in posts_by_post_id.values() if not await self._was_shown(uow, post, lost_channel.id)]

    async def _was_shown(self, uow: UnitOfWork, post: Post, channel_id: ChannelId) -> bool:
        deliveries = await uow.of(POSTS_KEY).deliveries(post.id)
        return any(each.channel_id == channel_id and each.message_id is not None for each in deliveries)


@dataclass(frozen=True)
class _Claim:
    """Delivery that this run has claimed, with the revision of the post to show. No other run may change it in the
    meantime.

    language: reader's language
    may_have_topic: True if the chat is shared and may have a topic of the plan
    reply_to: for a reminder, the id of the tip's message in the same chat
    """

    delivery: PostDelivery
    post: Post
    language: str = ""
    may_have_topic: bool = False
    reply_to: int | None = None

    @property
    def withdrawn(self) -> bool:
        """True if the post was withdrawn and must be deleted."""
        return self.post.status is PostStatus.WITHDRAWN


@dataclass(frozen=True)
class DeliverPost:
    """Use case that updates one channel to the current revision of a post. Only one run at a time
    works on a delivery.
    """

    units: UnitOfWorkFactory
    sender: PostSender
    clock: Clock
    copies: PostCopies
    plan_topics: PlanTopics

    async def __call__(self, delivery_id: DeliveryId, *, is_deleted: bool = False, refusal: str = "") -> None:
        """Post, edit or delete the message in the channel, as the current revision requires.

        is_deleted: True if the account that owns the channel has deleted the message
        refusal: reason why the account could not delete the message

        Raises RetryLater if Telegram's rate limits require a delay, and Permanent if the channel refuses the message
        permanently.
        """
        await self.copies.prepare(delivery_id)
        claim = await self._claim(delivery_id)
        if claim is None:
            return
        delivery, was_refused = claim.delivery, claim.delivery.failed is not None
        outcome = await attempt(self._show(claim, is_deleted=is_deleted))
        delivery.settle(outcome)
        match outcome:
            case Refused(error=DeletionRefused()):
                await self._have_deleted(claim, refusal or outcome.reason, by_account=not refusal)
                return
            case Sent():
                delivery.revision = claim.post.revision
        # Telegram refused again after the channel was checked, so staff must check too.
        may_mend = isinstance(outcome, Refused) and isinstance(outcome.error, ChannelRefuses) and not was_refused
        is_asked = await self._release(claim, mend=may_mend)
        if not is_asked and not isinstance(outcome, Sent | Missed):
            raise outcome.error

    async def _claim(self, delivery_id: DeliveryId) -> _Claim | None:
        now = self.clock.now()
        async with self.units() as uow:
            delivery = await uow.of(POSTS_KEY).get_delivery(delivery_id, lock=True)
            post = await uow.of(POSTS_KEY).get(delivery.post_id) if delivery is not None else None
            if delivery is None or post is None or delivery.revision == post.revision:
                return None
            channel = await _channel_of(uow, delivery)
            if channel is None:
                return None
            if delivery.message_id is None and post.is_late(now):
                await self._miss(uow, delivery)
                return None
            if delivery.message_id is None and await _is_moot(uow, post):
                return None
            if time_left := delivery.time_left(now):
                raise RetryLater("this post is being sent right now", delay=time_left)
            if not delivery.begin(now):
                log.warning("post may be posted twice after a crash", post=post.key)
            await uow.of(POSTS_KEY).save_delivery(delivery)
            language = await self._language(uow, delivery, post)
            reply_to = await _reminded_message(uow, post, delivery)
            await uow.commit()
        return _Claim(delivery, post, language, may_have_topic=channel.resource_id is not None, reply_to=reply_to)

    async def _miss(self, uow: UnitOfWork, delivery: PostDelivery) -> None:
        """Mark a late tip as missed: it is never posted after its deadline. An earlier known reason is kept."""
        if delivery.failed is None:
            delivery.settle(Missed())
            await uow.of(POSTS_KEY).save_delivery(delivery)
            await uow.commit()

    async def _language(self, uow: UnitOfWork, delivery: PostDelivery, post: Post) -> str:
        """Return the language of the channel's reader; empty if the post has only one language, or the
        chat is shared.
        """
        if not post.content.spoken:
            return ""
        channel = await uow.channels.get(delivery.channel_id)
        reader = await uow.customers.get(channel.customer_id) if channel is not None and channel.customer_id else None
        return reader.language if reader is not None else ""

    async def _show(self, claim: _Claim, *, is_deleted: bool) -> None:
        delivery, post = claim.delivery, claim.post
        content = self.copies.content(post, delivery.channel_id, claim.language)
        if delivery.message_id is None:
            if not claim.withdrawn:
                picture = await self.copies.picture(post, delivery.channel_id)
                message = await self._post(claim, content, picture)
                delivery.bot, delivery.message_id, delivery.others = message.bot, message.message_id, message.others
            return
        sent_post = SentPost(delivery.bot or "", delivery.message_id, delivery.others)
        if not claim.withdrawn:
            await self.sender.edit(delivery.chat_id, sent_post, content)
        elif not is_deleted:
            await self.sender.withdraw(delivery.chat_id, sent_post)

    async def _post(self, claim: _Claim, content: PostContent, picture: bytes | None) -> SentPost:
        delivery, post, thread = claim.delivery, claim.post, None
        if claim.may_have_topic:
            thread = await self.plan_topics.thread(delivery.channel_id, post.plan_id)
        try:
            return await self.sender.post(
                delivery.chat_id,
                content,
                delivery.channel_id.int,
                picture,
                may_post=lambda: not self._is_late(post),
                thread=thread,
                reply_to=claim.reply_to,
            )
        except ThreadGone as error:
            if thread:
                await self.plan_topics.forget(delivery.channel_id, post.plan_id, thread)
            raise RetryLater("the plan's topic was deleted", delay=timedelta()) from error

    def _is_late(self, post: Post) -> bool:
        return post.is_late(self.clock.now())

    async def _have_deleted(self, claim: _Claim, reason: str, *, by_account: bool) -> None:
        """Queue the deletion of a message by the account that owns the channel. If no such account is available, alert
        the owners, who must delete the message themselves.
        """
        delivery = claim.delivery
        async with self.units() as uow:
            channel = await uow.channels.get(delivery.channel_id)
            account = None
            if channel is not None and channel.account_id is not None and channel.access_hash is not None:
                account = await uow.accounts.get(channel.account_id)
            if by_account and channel is not None and account is not None and account.in_service:
                delivery.failed = None
                uow.record(DeletionDue(delivery.id, channel.id, account.id))
            elif channel is not None:
                delivery.failed = reason
                await report_post_left(uow, claim.post, delivery, channel, reason, self.clock.now())
            await uow.of(POSTS_KEY).save_delivery(delivery)
            await uow.commit()

    async def _release(self, claim: _Claim, *, mend: bool = False) -> bool:
        """Save the delivery after this run, and queue another run if the post was revised in the meantime. Return True
        if the owning account was asked to repair the bot's rights.

        `mend`: True to queue that repair, after which the post is sent
        """
        delivery = claim.delivery
        async with self.units() as uow:
            await uow.of(POSTS_KEY).save_delivery(delivery)
            post = await uow.of(POSTS_KEY).get(delivery.post_id)
            if post is not None and post.revision != claim.post.revision:
                uow.record(DeliveryDue(delivery.id))
            channel = await uow.channels.get(delivery.channel_id) if mend else None
            is_asked = channel is not None and await have_mended(uow, channel)
            await uow.commit()
        return is_asked


async def _is_moot(uow: UnitOfWork, post: Post) -> bool:
    """Return True if the post is a reminder of a withdrawn tip. The reminder itself will be withdrawn too."""
    if post.reminds_of is None or post.status is PostStatus.WITHDRAWN:
        return False
    reminded = await uow.of(POSTS_KEY).get(post.reminds_of)
    return reminded is None or reminded.status is PostStatus.WITHDRAWN


async def _reminded_message(uow: UnitOfWork, post: Post, delivery: PostDelivery) -> int | None:
    """Return the id of the message to which a reminder replies; None if that message is not in the same chat, or the
    post is not a reminder.
    """
    copy = (
        await uow.of(POSTS_KEY).copy_in(post.reminds_of, delivery.channel_id) if post.reminds_of is not None else None
    )
    return copy.message_id if copy is not None and copy.chat_id == delivery.chat_id else None


async def _channel_of(uow: UnitOfWork, delivery: PostDelivery) -> Channel | None:
    """Return the channel of a delivery if the channel still exists. If it moved to another Telegram chat, only
    deliveries without a posted message use the new chat.
    """
    channel = await uow.channels.get(delivery.channel_id)
    if channel is None or channel.channel_id is None or channel.status is ChannelStatus.DELETED:
        return None
    if delivery.message_id is None:
        delivery.chat_id = channel.channel_id
    return channel if delivery.chat_id == channel.channel_id else None

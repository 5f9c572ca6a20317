"""Alarm about a withdrawn post that Umbral cannot delete from a channel."""

from datetime import datetime
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.alarms.payment_causes import id_in_key
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.post import Post, PostDelivery
from subscriptions.domain.ids import CustomerId, DeliveryId, mtproto_channel_id
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

_EXCERPT: Final = 60


async def is_deleted(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if Umbral has recorded the deletion of the message. Staff who delete the message in Telegram must
    close the alarm themselves.
    """
    delivery_id = id_in_key(alarm)
    delivery = await uow.of(POSTS_KEY).get_delivery(DeliveryId(delivery_id)) if delivery_id is not None else None
    post = await uow.of(POSTS_KEY).get(delivery.post_id) if delivery is not None else None
    return delivery is not None and post is not None and delivery.revision == post.revision


class PostLeft(AlarmKind):
    """Alarm: a withdrawn post is still in a channel, because neither the bot nor an account can delete its message.

    text: beginning of the message
    post: URL of the message
    """

    name = "post_left"
    closes = ByCheck(is_deleted)
    channel: str
    customer: CustomerId | None = None
    text: str
    post: str
    reason: str


async def report_post_left(
    uow: UnitOfWork, post: Post, delivery: PostDelivery, channel: Channel, reason: str, now: datetime
) -> None:
    """Alert the owners to a message that they must delete themselves, once per message. The caller commits."""
    text = " ".join(post.content.text.split())
    alarm = PostLeft(
        channel=channel.title,
        customer=channel.customer_id,
        text=text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…",
        post=f"https://t.me/c/{mtproto_channel_id(delivery.chat_id)}/{delivery.message_id}",
        reason=reason,
    )
    uow.record(alarm.raise_event(f"{PostLeft.name}:{delivery.id}", now))

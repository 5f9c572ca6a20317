"""Typed identifiers. Inside the product everything has a UUID; `TelegramId` is what Telegram calls a person or bot."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NewType
from uuid import UUID

CustomerId = NewType("CustomerId", UUID)
PlanId = NewType("PlanId", UUID)
OrderId = NewType("OrderId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
PaymentId = NewType("PaymentId", UUID)
ResourceId = NewType("ResourceId", UUID)
ChannelId = NewType("ChannelId", UUID)
AccessId = NewType("AccessId", UUID)
PickId = NewType("PickId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
BroadcastId = NewType("BroadcastId", UUID)
NotificationId = NewType("NotificationId", UUID)
InboxId = NewType("InboxId", UUID)
TokenId = NewType("TokenId", UUID)
PromotionId = NewType("PromotionId", UUID)
SweepId = NewType("SweepId", UUID)
AppPressId = NewType("AppPressId", UUID)
AccountId = NewType("AccountId", int)
TelegramId = NewType("TelegramId", int)
ChatId = NewType("ChatId", int)
"""A Telegram chat as the Bot API numbers it; channels are `-100…`."""

TELEGRAM_ID_LIMIT: Final = 2**52
"""Ids of people have at most 52 bits (core.telegram.org/api/bots/ids)."""

BOT_API_CHANNEL_OFFSET = 1_000_000_000_000
"""The Bot API writes channel N of MTProto as -(10^12 + N) (core.telegram.org/api/bots/ids)."""


Entropy = Callable[[int], bytes]
"""Gives so many random bytes."""

_entropy: Final[ContextVar[Entropy]] = ContextVar("entropy", default=os.urandom)


def new_uuid() -> UUID:
    """A fresh random identifier."""
    return UUID(bytes=random_bytes(16), version=4)


_VERSION: Final = 0xF << 76
_GIFTS: Final = 8


def gift_uuid() -> UUID:
    """As random, and known for a gift's wherever it is read: providers keep the ids of orders when we lose them.
    Version 8 is for anybody's own use (RFC 9562, 5.8).
    """
    return UUID(int=new_uuid().int & ~_VERSION | _GIFTS << 76)


def is_gift(order_id: UUID) -> bool:
    """Whether it is an id of that kind."""
    return order_id.version == _GIFTS


def random_bytes(count: int) -> bytes:
    """From the system's cryptographic source, except inside `identifiers_from`."""
    return _entropy.get()(count)


@contextmanager
def identifiers_from(entropy: Entropy) -> Iterator[None]:
    """Make identifiers and codes of these bytes inside the block and in the tasks begun there, so that a run can be
    repeated.

    Never in earnest: whoever knows the source knows all that is to come.
    """
    token = _entropy.set(entropy)
    try:
        yield
    finally:
        _entropy.reset(token)


def bot_api_chat_id(mtproto_channel_id: int) -> ChatId:
    """The Bot API's number of the channel that MTProto calls `mtproto_channel_id`."""
    return ChatId(-(BOT_API_CHANNEL_OFFSET + mtproto_channel_id))


def mtproto_channel_id(chat_id: ChatId) -> int:
    """The inverse of `bot_api_chat_id`."""
    return -chat_id - BOT_API_CHANNEL_OFFSET


def short_reference(identifier: UUID) -> str:
    """The reference shown to people and written in logs, e.g. `A1B2C3D4`: enough to find one order among millions."""
    return identifier.hex[:8].upper()

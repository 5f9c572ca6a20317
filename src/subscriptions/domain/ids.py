"""Typed identifiers. Internal objects have a UUID; `TelegramId` is Telegram's id of a person or bot."""

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
PostId = NewType("PostId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
NotificationId = NewType("NotificationId", UUID)
InboxId = NewType("InboxId", UUID)
TokenId = NewType("TokenId", UUID)
DiscountCodeId = NewType("DiscountCodeId", UUID)
BulkExpiryId = NewType("BulkExpiryId", UUID)
AccountId = NewType("AccountId", int)
TelegramId = NewType("TelegramId", int)
ChatId = NewType("ChatId", int)
"""Telegram chat id of the Bot API; ids of channels are `-100…`."""

TELEGRAM_ID_LIMIT: Final = 2**52
"""Upper limit (exclusive) of Telegram ids of people, which have at most 52 bits (core.telegram.org/api/bots/ids)."""

BOT_API_CHANNEL_OFFSET = 1_000_000_000_000
"""Offset of channel ids: the Bot API writes channel N of MTProto as -(10^12 + N) (core.telegram.org/api/bots/ids)."""


Entropy = Callable[[int], bytes]
"""Function that returns the given number of random bytes."""

_entropy: Final[ContextVar[Entropy]] = ContextVar("entropy", default=os.urandom)


def new_uuid() -> UUID:
    """Return a new random identifier."""
    return UUID(bytes=random_bytes(16), version=4)


_VERSION: Final = 0xF << 76
_FOR_ANOTHER: Final = 8


def uuid_for_another() -> UUID:
    """Return a random identifier for a gift's order. The id itself shows that the order is a gift, because providers
    keep order ids even if Umbral loses the order. UUID version 8 is reserved for custom formats (RFC 9562, 5.8).
    """
    return UUID(int=new_uuid().int & ~_VERSION | _FOR_ANOTHER << 76)


def is_for_another(order_id: UUID) -> bool:
    """Return True if the id was made by `uuid_for_another`."""
    return order_id.version == _FOR_ANOTHER


def random_bytes(count: int) -> bytes:
    """Return random bytes from the system's cryptographic source, or from the source set by `identifiers_from`."""
    return _entropy.get()(count)


@contextmanager
def identifiers_from(entropy: Entropy) -> Iterator[None]:
    """Generate identifiers and codes from the given source inside the block, and in tasks started there, to make runs
    reproducible.

    Never use this function in production: anyone who knows the source can predict all further values.
    """
    token = _entropy.set(entropy)
    try:
        yield
    finally:
        _entropy.reset(token)


def bot_api_chat_id(mtproto_channel_id: int) -> ChatId:
    """Return the Bot API's chat id of an MTProto channel."""
    return ChatId(-(BOT_API_CHANNEL_OFFSET + mtproto_channel_id))


def mtproto_channel_id(chat_id: ChatId) -> int:
    """Return the MTProto channel id; the inverse of `bot_api_chat_id`."""
    return -chat_id - BOT_API_CHANNEL_OFFSET


def short_reference(identifier: UUID) -> str:
    """Return a short reference for people and logs, e.g. `A1B2C3D4`, which identifies one order among millions."""
    return identifier.hex[:8].upper()


NO_MESSAGE: Final = 0
"""Id of the first message on a page that shows chat messages; the ids of further messages count down from it. Ids of
Telegram messages are positive, so the two kinds cannot be confused.
"""

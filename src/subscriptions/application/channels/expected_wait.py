"""Estimate of the time at which a waiting customer's channel will be ready, and the message that announces this
time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import ChannelDelayed
from subscriptions.domain.ports.unit_of_work import UnitOfWork

CREATION_TIME: Final = timedelta(minutes=2)
"""Estimated time for creating and setting up a channel, with a reserve, so that it is ready at the announced time."""


async def expected_at(uow: UnitOfWork, channel: Channel, now: datetime) -> datetime | None:
    """Return the time at which the channel is expected to be ready. Return None if staff must first restore the
    accounts.
    """
    accounts = await uow.accounts.all()
    owner = next((account for account in accounts if account.id == channel.account_id), None)
    position = max(await uow.channels.count_awaited(), 1)
    start = _turn(accounts, position, now) if owner is None else _goes_on_at(owner, now)
    return None if start is None else start + CREATION_TIME


def _goes_on_at(owner: UserbotAccount, now: datetime) -> datetime | None:
    """Return the time at which the account can continue its work. Return None if the account is dead."""
    if owner.is_dead:
        return None
    return max(now, owner.ordered_waits_until(now) or now, owner.retry_at or now)


def _turn(accounts: Sequence[UserbotAccount], index: int, now: datetime) -> datetime | None:
    """Return the time at which the customer at position `index` of the queue is served, if each account creates one
    channel after another. Return None if no account can create channels.
    """
    turns = [
        (moment, account.pace)
        for account in accounts
        if (moment := account.may_create_from(now) or account.retry_at) is not None
    ]
    at: datetime | None = None
    for _ in range(index if turns else 0):
        at, pace = min(turns)
        turns[turns.index((at, pace))] = (at + pace, pace)
    return at


LONG_WAIT: Final = timedelta(seconds=60)
"""Shortest wait that is announced to the customer."""


async def announce_delay(uow: UnitOfWork, channel: Channel) -> None:
    """Queue a message to the channel's customer about the wait, at most once."""
    if channel.customer_id is None:
        return
    access = await uow.accesses.find(channel.customer_id, channel.id)
    if access is None or access.status is not AccessStatus.PENDING:
        return
    uow.record(ChannelDelayed(channel.id, channel.customer_id))

"""When a customer who waits for a channel will have it, as far as can be told; and telling them, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import ChannelDelayed
from subscriptions.domain.ports.unit_of_work import UnitOfWork

CREATION_TIME: Final = timedelta(minutes=2)
"""What making and opening one takes, with room to spare: a promise to a customer is better kept early."""


async def expected_at(uow: UnitOfWork, channel: Channel, now: datetime) -> datetime | None:
    """The moment to tell its customer. None: nobody knows, a person has to see to the accounts first."""
    accounts = await uow.accounts.all()
    owner = next((account for account in accounts if account.id == channel.account_id), None)
    place = max(await uow.channels.count_awaited(), 1)
    start = _turn(accounts, place, now) if owner is None else _goes_on_at(owner, now)
    return None if start is None else start + CREATION_TIME


def _goes_on_at(owner: UserbotAccount, now: datetime) -> datetime | None:
    """When the account that began it can go on with it."""
    if owner.is_dead:
        return None
    return max(now, owner.rests_until(now) or now, owner.retry_at or now)


def _turn(accounts: Sequence[UserbotAccount], place: int, now: datetime) -> datetime | None:
    """When the customer at this place of the queue has their turn, each account making one after the other."""
    turns = [
        (moment, account.pace)
        for account in accounts
        if (moment := account.may_create_from(now) or account.retry_at) is not None
    ]
    at: datetime | None = None
    for _ in range(place if turns else 0):
        at, pace = min(turns)
        turns[turns.index((at, pace))] = (at + pace, pace)
    return at


WORTH_TELLING: Final = timedelta(seconds=60)
"""A shorter wait is over before anybody wonders."""


async def tell_delay(uow: UnitOfWork, channel: Channel) -> None:
    """Owe the message to who waits for this channel; owed already is enough."""
    if channel.customer_id is None:
        return
    access = await uow.accesses.find(channel.customer_id, channel.id)
    if access is None or access.status is not AccessStatus.PENDING:
        return
    uow.record(ChannelDelayed(channel.id, channel.customer_id))

"""Who is inside the VIP channel without a right to it: guests of the operator's, who are listed and left in peace."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.membership import Membership, access_of, membership_of
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import ChannelRef, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

GUESTS: Final = "vip_guests"
"""The variable that keeps their Telegram ids, as they were seen last."""

EVERY: Final = timedelta(days=1)
LISTING: Final = "GetParticipants"


class CountGuests:
    """Looks once a day, as the account that lists who waits at the channel's door."""

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._clock = clock
        self._counted: datetime | None = None

    async def __call__(self, account_id: AccountId) -> int:
        """How many there are; 0 where it was not the time to look. The caller holds the account's lease."""
        now = self._clock.now()
        if self._counted is not None and now - self._counted < EVERY:
            return 0
        async with self._units() as uow:
            channel = await uow.vip.channel()
            account = await uow.accounts.get(account_id)
        if channel is None or channel.channel_id is None or channel.access_hash is None:
            return 0
        if account is None or channel.account_id != account_id or not account.may_call(LISTING, now):
            return 0
        self._counted = now
        try:
            async with self._account_care.at_work(account) as telegram:
                inside = await telegram.insiders(ChannelRef(channel.channel_id, channel.access_hash))
        except (PeerGone, Permanent) as error:
            log.error("guests could not be counted", reason=str(error))
            return 0
        guests = []
        async with self._units() as uow:
            for person in [each.telegram_id for each in inside if not each.trusted]:
                access = await access_of(uow, channel, person)
                if await membership_of(uow, channel, person, access) is Membership.GUEST:
                    guests.append(str(person))
            await uow.variables.set(GUESTS, ",".join(sorted(guests)))
            await uow.commit()
        return len(guests)

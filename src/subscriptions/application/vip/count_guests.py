"""Daily member audit of the VIP channel. It corrects the records after missed updates, and records guests of the
operator.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.membership import Membership, access_of, membership_of
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.join_requests.owner_answers import record_missing
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.domain.ports.channel_provisioner import ChannelRef, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(days=1)
LISTING: Final = "GetParticipants"
_UPDATE_STATES: Final = frozenset({Membership.ENTITLED, Membership.LEAVING})
"""Kinds of membership of a person whose join or removal Telegram should have reported by an update."""
LISTED_WHOLE: Final = 900
"""Minimum number of members for which Telegram's member list may be incomplete, so that a person missing in the list
may still be a member.
"""


class CountGuests:
    """Service that audits the members of the VIP channel once a day, with the userbot account that lists the channel's
    join requests.
    """

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, join_desk: JoinDesk, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._join_desk = join_desk
        self._clock = clock
        self._last_count: datetime | None = None

    async def __call__(self, account_id: AccountId) -> int:
        """Audit the members and return the number of guests, or 0 if the audit is not due. The caller must hold the
        account's lease.
        """
        now = self._clock.now()
        if self._last_count is not None and now - self._last_count < EVERY:
            return 0
        async with self._units() as uow:
            channel = await uow.of(VIP_KEY).channel()
            account = await uow.accounts.get(account_id)
        if channel is None or channel.channel_id is None or channel.access_hash is None:
            return 0
        if account is None or channel.account_id != account_id or not account.may_call(LISTING, now):
            return 0
        self._last_count = now
        try:
            ref = ChannelRef(channel.channel_id, channel.access_hash)
            async with self._account_care.at_work(account) as telegram:
                insiders = await telegram.insiders(ref)
                if len(insiders) < LISTED_WHOLE:
                    await record_missing(self._join_desk, ref, telegram, insiders, now)
        except (PeerGone, Permanent) as error:
            log.error("guests could not be counted", reason=str(error))
            return 0
        guests, strangers = await self._sort(channel, [each.telegram_id for each in insiders if not each.is_trusted])
        for person in (*guests, *strangers):
            await self._join_desk.record_entry(ref.chat_id, person)
        if len(insiders) < LISTED_WHOLE:
            for person in await self._list_gone_guests(channel, guests):
                await self._join_desk.record_exit(ref.chat_id, person)
        return len(guests)

    async def _sort(
        self, channel: Channel, telegram_ids: Sequence[TelegramId]
    ) -> tuple[Sequence[TelegramId], Sequence[TelegramId]]:
        """Return two lists of members: guests, and people whose join or overdue removal was not
        reported by Telegram.
        """
        guests, strangers = list[TelegramId](), list[TelegramId]()
        async with self._units() as uow:
            for person in telegram_ids:
                access = await access_of(uow, channel, person)
                membership = await membership_of(uow, channel, person, access)
                if membership is Membership.GUEST:
                    guests.append(person)
                elif membership in _UPDATE_STATES and access is not None and access.status is not AccessStatus.ACTIVE:
                    strangers.append(person)
        return guests, strangers

    async def _list_gone_guests(self, channel: Channel, guests: Collection[TelegramId]) -> Sequence[TelegramId]:
        async with self._units() as uow:
            return [person for person in await uow.resources.guests(channel.id) if person not in guests]

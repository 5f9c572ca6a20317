"""Selection of the userbot account that lists join requests to the VIP channel. The operator must have made this
account an administrator of the channel.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.channel_provisioner import ChannelRef
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=10)
"""Minimum interval between two checks whether an account is an administrator. A check reads all
dialogs of the account.
"""

LOOK_CALL: Final = "GetDialogs"


class AssignVipAccount:
    """Service that assigns the account that lists join requests to the VIP channel, and replaces it if it is out of
    service.
    """

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._clock = clock
        self._last_looks: dict[tuple[AccountId, ChatId], datetime] = {}

    async def __call__(self, account_id: AccountId) -> bool:
        """Assign this account if it is an administrator of the VIP channel and no other account in service is assigned.
        Return True if it was assigned now. The caller must hold the account's lease.
        """
        now = self._clock.now()
        async with self._units() as uow:
            channel = await uow.of(VIP_KEY).channel()
            account = await uow.accounts.get(account_id)
            holder = await uow.accounts.get(channel.account_id) if channel and channel.account_id is not None else None
        if channel is None or channel.channel_id is None or account is None or not account.in_service:
            return False
        if holder is not None and holder.in_service:
            return False
        last_look = self._last_looks.get((account_id, channel.channel_id))
        if (last_look is not None and now - last_look < EVERY) or account.waits_until(LOOK_CALL, now):
            return False
        self._last_looks[account_id, channel.channel_id] = now
        async with self._account_care.at_work(account) as telegram:
            ref = await telegram.find_administered(channel.channel_id)
        return ref is not None and await self._take(account_id, ref)

    async def _take(self, account_id: AccountId, ref: ChannelRef) -> bool:
        async with self._units() as uow:
            known_channel = await uow.of(VIP_KEY).channel()
            channel = await uow.channels.get(known_channel.id, lock=True) if known_channel is not None else None
            if channel is None or channel.channel_id != ref.chat_id:
                return False
            channel.account_id, channel.access_hash = account_id, ref.access_hash
            await uow.channels.save(channel)
            await uow.commit()
        log.info("account lists who waits at the VIP channel", account=account_id)
        return True

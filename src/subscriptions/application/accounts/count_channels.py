"""Daily count of an account's channels at Telegram. Channels unknown to Umbral use capacity as well."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(days=1)
LISTING: Final = "GetDialogs"
COUNTED_AT: Final = moment("account_counted")
"""Time of the last count, keyed by account."""
RECOUNT_ACTION: Final = "account.recounted"
"""Audit action: the number of an account's channels at Telegram differed from the stored number, which
was corrected.
"""


@dataclass(frozen=True)
class CountChannels:
    """Use case that counts an account's channels about once a day and corrects the stored count."""

    units: UnitOfWorkFactory
    account_care: AccountCare
    clock: Clock

    async def __call__(self, account_id: AccountId) -> bool:
        """Count the channels if a count is due, and return True if they were counted. The caller must hold the
        account's lease.
        """
        now = self.clock.now()
        async with self.units() as uow:
            counted_at = await uow.variables.get(COUNTED_AT.for_subject(account_id))
            if counted_at is not None and abs(now - counted_at) < EVERY:
                return False
            await uow.variables.set(COUNTED_AT.for_subject(account_id), now)
            await uow.commit()
            account = await uow.accounts.get(account_id)
        # A new account has nothing to correct yet.
        if counted_at is None or account is None or not account.in_service or not account.may_call(LISTING, now):
            return False
        async with self.account_care.at_work(account) as telegram:
            chat_ids = await telegram.channels()
        await self._compare(account_id, chat_ids)
        return True

    async def _compare(self, account_id: AccountId, chat_ids: frozenset[ChatId]) -> None:
        async with self.units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            channels = await uow.channels.held_by(account_id)
            if account is None or any(each.status is ChannelStatus.CREATING for each in channels):
                # A channel that is being created may exist at Telegram already, under an id that is not stored yet.
                return
            # A channel deleted after the listing still counts for Umbral.
            ours = {each.channel_id for each in channels} | await uow.channels.known_chat_ids(account_id)
            strangers = chat_ids - ours
            counted_before, count = account.channels_used, len(channels) + len(strangers)
            if counted_before == count:
                return
            account.recount(count)
            await uow.accounts.save(account)
            await uow.audit.record(
                actor="system",
                action=RECOUNT_ACTION,
                subject=str(account_id),
                reason="Telegram's list of its channels says otherwise",
                at=self.clock.now(),
                facts={"account": account.label, "count": f"{counted_before} → {count}"},
            )
            await uow.commit()
        log.warning("account has another number of channels", account=account_id, thought=counted_before, has=count)

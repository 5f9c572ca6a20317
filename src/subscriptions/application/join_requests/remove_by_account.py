"""Removal of a person by the channel's owning account if the bot can't remove the person."""

from dataclasses import dataclass

from subscriptions.application.access.membership import LEFT_IN_PEACE
from subscriptions.application.access.removal import Leaver, Removal
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChannelId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    AccountUnavailable,
    ChannelProvisioner,
    ChannelRef,
    PeerGone,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class RemoveByAccount:
    """Use case that removes a person from a channel of an account."""

    units: UnitOfWorkFactory
    account_care: AccountCare
    removal: Removal

    async def __call__(self, account_id: AccountId, channel_id: ChannelId, person: TelegramId) -> None:
        """Remove the person. A failure raises an alarm. The caller must hold the account's lease. Raises RetryLater and
        Ambiguous.
        """
        leaver = await self.removal.look(channel_id, person)
        async with self.units() as uow:
            account = await uow.accounts.get(account_id)
        if leaver is None or account is None or leaver.membership in LEFT_IN_PEACE:
            return
        channel = leaver.channel
        if channel.channel_id is None or channel.access_hash is None or channel.account_id != account_id:
            return
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        try:
            if not account.in_service:
                raise Permanent(f"account {account_id} is {account.status}")
            async with self.account_care.at_work(account) as telegram:
                is_found = await self._put_out(leaver, ref, telegram)
        except (AccountUnavailable, PeerGone, Permanent) as refusal:
            await self.removal.report_stuck(leaver, str(refusal))
        else:
            if is_found is None:
                await self.removal.spare_admin(leaver)
            elif leaver.has_to_go and (is_found or not leaver.was_customer):
                await self.removal.record_exit(leaver)

    async def _put_out(self, leaver: Leaver, ref: ChannelRef, telegram: ChannelProvisioner) -> bool | None:
        """Remove the person. Return True if the person was a member. Return None if the person is an administrator and
        stays.
        """
        if not leaver.has_to_go:
            if leaver.is_ban_ours:
                await telegram.pardon(ref, leaver.person)
                await self.removal.forget(leaver)
            return True
        for join_requester in await telegram.join_requests(ref):
            if join_requester.telegram_id == leaver.person:
                await telegram.answer_request(ref, join_requester, approve=False)
        insiders = [each for each in await telegram.insiders(ref) if each.telegram_id == leaver.person]
        if any(each.is_trusted for each in insiders):
            return None
        if insiders and not leaver.is_ban_ours:
            await self.removal.begin(leaver)
        for insider in insiders:
            await telegram.remove(ref, insider)
        if insiders or leaver.is_ban_ours:
            # The bot may have banned the person before it lost its rights. Any other ban is an administrator's.
            await telegram.pardon(ref, leaver.person)
        return bool(insiders)

"""Execution of account transfers after the period for an objection. The customer's row gets the Telegram id of the
other account.

The period begins when the notice is delivered to the first account. If the notice fails, staff must confirm the
transfer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from features.transfer.alarms import AccountTransferUnannounced
from features.transfer.domain import LOST_NOTICE, PERIOD_TO_OBJECT, AccountTransfer, AccountTransferClosed
from features.transfer.messages import ACCOUNT_TRANSFER_ASKED
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.account_rules import both_locked, hindrance, note
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.dto import jobs
from subscriptions.application.people.moved_rows import move_rows
from subscriptions.application.subscriptions.change_renewals import RenewalChange
from subscriptions.domain.entities.access import WITHOUT_RIGHT
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.events import RenewalChangeWanted
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import TELEGRAM_CURRENCY
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

BATCH: Final = 20


@dataclass(frozen=True)
class MoveAccounts:
    """Use case: carry out account transfers that are due.

    Orders, subscriptions, receipts and the customer's accounts at providers keep their rows; only the Telegram account
    that may enter chats and receives messages changes. No money is moved. Purchases in Telegram's currency do not
    renew, because the former account would be charged; they last until the end of the paid period.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> int:
        """Carry out or drop the transfers that are due, and return their number. Idempotent, and safe to run
        concurrently.
        """
        async with self.units() as uow:
            unannounced = await uow.of(ACCOUNT_TRANSFERS_KEY).list_unannounced()
        for account_transfer in unannounced:
            await self._follow_notice(account_transfer)
        async with self.units() as uow:
            due = await uow.of(ACCOUNT_TRANSFERS_KEY).list_due(self.clock.now(), BATCH)
        for account_transfer in due:
            await self._settle(account_transfer)
        return len(due)

    async def _follow_notice(self, unannounced: AccountTransfer) -> None:
        """Start the period for an objection if the notice was delivered, hold the transfer if the notice failed, or
        drop a transfer that staff did not confirm in time.
        """
        now = self.clock.now()
        async with self.units() as uow:
            await uow.customers.get(unannounced.customer_id, lock=True)
            account_transfer = await uow.of(ACCOUNT_TRANSFERS_KEY).get(unannounced.id)
            if account_transfer is None or account_transfer.status is not AccountTransferStatus.WAITING:
                return
            if account_transfer.has_lapsed(now):
                account_transfer.close(AccountTransferStatus.DROPPED, now)
                await note(uow, None, "takeover.drop", account_transfer.customer_id, "nobody confirmed in time", now)
                uow.record(AccountTransferClosed(account_transfer.customer_id, account_transfer.id))
            elif not await _apply_notice(uow, account_transfer, now):
                return
            await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
            await uow.commit()
        log.info(
            "transfer follows its notice",
            account_transfer=str(account_transfer.id),
            undelivered=account_transfer.undelivered,
        )

    async def _settle(self, due: AccountTransfer) -> None:
        now = self.clock.now()
        async with self.units() as uow:
            pair = await both_locked(uow, due.customer_id, due.to_account)
            if pair is None:
                await uow.customers.get(due.customer_id, lock=True)
            account_transfer = await uow.of(ACCOUNT_TRANSFERS_KEY).get(due.id)
            if account_transfer is not None and account_transfer.has_lapsed(now):
                account_transfer.close(AccountTransferStatus.DROPPED, now)
                await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
                await note(uow, None, "takeover.drop", account_transfer.customer_id, "nobody agreed in time", now)
                # No event is recorded, because the customer was not notified of the proposal.
                await uow.commit()
                return
            if account_transfer is None or account_transfer.status is not AccountTransferStatus.WAITING:
                return
            # This also corrects a date set by an older release that ignored the notice.
            if await _apply_notice(uow, account_transfer, now):
                await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
                await uow.commit()
                return
            refusal = await hindrance(uow, *pair) if pair is not None else "the account is gone"
            fits = pair is not None and refusal is None and pair[0].telegram_id == account_transfer.from_account
            account_transfer.close(AccountTransferStatus.DONE if fits else AccountTransferStatus.DROPPED, now)
            await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
            if pair is not None and fits:
                # Subscriptions are locked before accesses.
                await _end_renewals_by_the_account(uow, account_transfer, now)
                await _exchange(uow, *pair, now)
            reason = "nobody objected" if fits else str(refusal or "moved meanwhile")
            action = "takeover.done" if fits else "takeover.drop"
            facts = {"from": str(account_transfer.from_account), "to": str(account_transfer.to_account)}
            await note(uow, None, action, account_transfer.customer_id, reason, now, facts)
            uow.record(AccountTransferClosed(account_transfer.customer_id, account_transfer.id))
            await uow.commit()
        log.info("account transfer closed", account_transfer=str(due.id), status=str(account_transfer.status))


async def _apply_notice(uow: UnitOfWork, account_transfer: AccountTransfer, now: datetime) -> bool:
    """Update a transfer, which the caller has locked, with the delivery of its notice. Return True if the transfer
    changed.
    """
    notice = await uow.notifications.by_key(f"{ACCOUNT_TRANSFER_ASKED}:{account_transfer.id}")
    if notice is not None and notice.sent_at is not None:
        is_known = account_transfer.undelivered is None and account_transfer.due_at == notice.sent_at + PERIOD_TO_OBJECT
        if not is_known:
            account_transfer.notice_delivered(notice.sent_at)
        return not is_known
    if account_transfer.undelivered is not None:
        return False
    reason = _failure_of(notice, account_transfer, now)
    if reason is None:
        is_dated, account_transfer.due_at = account_transfer.due_at is not None, None
        return is_dated
    account_transfer.notice_failed(reason, now)
    facts = {"account": str(account_transfer.from_account), "reason": reason}
    await note(uow, None, "takeover.hold", account_transfer.customer_id, "the notice was not delivered", now, facts)
    alarm = AccountTransferUnannounced(
        customer=account_transfer.customer_id,
        telegram_id=account_transfer.from_account,
        other_account=account_transfer.to_account,
        transfer=account_transfer.id,
        reason=reason,
        moves_at=account_transfer.due_at,
    )
    uow.record(alarm.raise_event(f"{alarm.name}:{account_transfer.id}", now))
    return True


def _failure_of(notice: Notification | None, account_transfer: AccountTransfer, now: datetime) -> str | None:
    """Return the reason why the notice will not be delivered; None while it can still be delivered."""
    if notice is not None:
        return notice.failed
    return LOST_NOTICE if account_transfer.is_notice_lost(now) else None


async def _exchange(uow: UnitOfWork, customer: Customer, successor: Customer, now: datetime) -> None:
    old_account, new_account = customer.telegram_id, successor.telegram_id
    # Two rows must never have the same Telegram id.
    successor.telegram_id = successor.stand_in
    await uow.customers.save(successor)
    customer.telegram_id = new_account
    customer.first_name, successor.first_name = successor.first_name, customer.first_name
    customer.last_name, successor.last_name = successor.last_name, customer.last_name
    customer.username, successor.username = successor.username, customer.username
    customer.blocked_at, successor.blocked_at = successor.blocked_at, customer.blocked_at
    customer.unopened_at, successor.unopened_at = successor.unopened_at, customer.unopened_at
    customer.tags |= successor.tags
    await uow.customers.save(customer)
    successor.telegram_id = old_account
    await uow.customers.save(successor)
    await _leave_chats(uow, customer, old_account, now)
    await uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(customer.id)
    await uow.notifications.readdress(old_account, new_account)
    for account in (old_account, new_account):
        await uow.dialogues.end(account)
        await uow.console.end(account)
    # Customers who lost an account ask for help from the other account.
    await move_rows(uow, successor.id, customer.id)


async def _end_renewals_by_the_account(uow: UnitOfWork, account_transfer: AccountTransfer, now: datetime) -> None:
    """Cancel the renewals that Telegram charges to the former account. The new account cannot undo the cancellation."""
    for each in await uow.subscriptions.of_customer(account_transfer.customer_id):
        subscription = await uow.subscriptions.get(each.id, lock=True)
        if subscription is None or not subscription.live or subscription.provider_ref is None:
            continue
        if subscription.price.currency == TELEGRAM_CURRENCY:
            subscription.billing_stopped_at = subscription.billing_stopped_at or now
            await uow.subscriptions.save(subscription)
            uow.record(RenewalChangeWanted(subscription.id, str(RenewalChange.CANCEL), str(account_transfer.id)))


async def _leave_chats(uow: UnitOfWork, customer: Customer, old_id: TelegramId, now: datetime) -> None:
    """Remove the former account from every chat, and revoke its invite links."""
    accesses = await uow.accesses.of_customer(customer.id)
    channels = {each.id: await uow.channels.get(each.channel_id, lock=True) for each in accesses}
    for each in accesses:
        channel, access = channels[each.id], await uow.accesses.get(each.id, lock=True)
        if channel is None or access is None:
            continue
        is_own = kind_of_channel(channel).for_one
        links = (
            uow.channels.live_invites(channel.id) if is_own else uow.of(VIP_KEY).live_invites(channel.id, customer.id)
        )
        for link in await links:
            link.distrust(now)
            await uow.channels.save_invite(link)
        job = jobs.RemoveStranger(channel_id=channel.id, telegram_id=old_id)
        await uow.enqueue(job.keyed_job(f"{channel.id}:{old_id}"))
        if access.status not in WITHOUT_RIGHT:
            access.displace(now)
            await uow.accesses.save(access)
            await kind_of_channel(channel).on_return(uow, channel, access)

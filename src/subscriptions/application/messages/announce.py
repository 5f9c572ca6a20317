"""Telling people: one message per cause, whatever crashes; one may be doubled only between send and record."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage, Sources
from subscriptions.application.people.alarms import keep_alarm, with_customer
from subscriptions.application.people.watch_alarms import open_again
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.notification import (
    AFTER_PAYMENT,
    BLOCKED,
    DELETED,
    Message,
    MessageKind,
    Notification,
)
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, UmbralError
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.notifier import Notifier
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

NEWER_VERSION: Final = timedelta(seconds=5)
"""When a message that this version does not know is offered again."""

FIRST_THE_PAYMENT: Final = timedelta(minutes=2)
"""How long what follows a payment waits for the word of it: what keeps that from being sent need not keep this."""

GONE: Final = "account_deleted"
"""The alarm about a customer whose account was deleted, as long as they are charged."""

MOOT: Final = "moot"
"""Begun to be sent, perhaps arrived, and nothing to say any more."""


class Announce:
    """Sends what is owed to one person, once."""

    def __init__(self, units: UnitOfWorkFactory, notifier: Notifier, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._notifier = notifier
        self._clock = clock
        self._policy = policy

    async def __call__(self, kind: str, customer_id: CustomerId, subject: UUID, key: str) -> None:
        """Raises RetryLater while Telegram cannot be reached. Nothing is sent to who blocked the bot."""
        told = ANNOUNCEMENTS.get(kind)
        if told is None:
            # During an upgrade: a process of the newer version knows what to say.
            raise RetryLater(f"{kind} is no message of this version", after=NEWER_VERSION)
        now = self._clock.now()
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id)
            if customer is None:
                raise Permanent(f"customer {customer_id} is gone")
            message = await told.gather(Sources(uow, self._policy, now), subject)
        if message is None:
            await self._let_be(kind, key)
            return
        owed = Notification.owe(message, key, customer.telegram_id, customer.language, now, subject)
        if kind in AFTER_PAYMENT:
            await self._first_the_payment(owed, customer_id)
        if customer.reachable:
            await self._deliver(owed, message)
        else:
            await self._keep(owed)

    async def alarm(self, key: str, kind: str, facts: dict[str, str], owners: frozenset[TelegramId]) -> None:
        """Tell every owner once, and keep it open until somebody settles it.

        One who cannot be reached does not keep the others from knowing.
        """
        log.error("alarm", kind=kind, key=key, owners=len(owners), **{f"fact_{name}": facts[name] for name in facts})
        async with self._units() as uow:
            facts = await with_customer(uow, facts)
            raised = Alarm.raised(key, kind, facts, self._clock.now())
            if not await uow.alarms.add_if_new(raised):
                await open_again(uow, raised)
            await uow.commit()
        message = AlarmMessage(alarm=kind, facts=facts)
        missed: UmbralError | None = None
        for owner in sorted(owners):
            async with self._units() as uow:
                known = await uow.customers.by_telegram_id(owner)
            language = known.language if known else "es"
            try:
                owed = Notification.owe(message, f"{key}:{owner}", owner, language, self._clock.now())
                await self._deliver(owed, message)
            except (RetryLater, Ambiguous) as error:
                missed = error
        if missed is not None:
            raise missed

    async def _first_the_payment(self, fresh: Notification, customer_id: CustomerId) -> None:
        """Raises RetryLater while the word of a payment is under way, and not for long: from the first try on."""
        async with self._units() as uow:
            if not await uow.notifications.still_to_tell(MessageKind.PAYMENT_RECEIVED, customer_id):
                return
            await uow.notifications.add_if_new(fresh)
            owed = await uow.notifications.by_key(fresh.key)
            await uow.commit()
        if owed is not None and not owed.settled and fresh.created_at - owed.created_at < FIRST_THE_PAYMENT:
            raise RetryLater("that the payment arrived is told first")

    async def _let_be(self, kind: str, key: str) -> None:
        """There is nothing to say any more: what was begun earlier is owed no longer, arrived or not."""
        async with self._units() as uow:
            await _give_up(uow, f"{kind}:{key}", MOOT)
            await uow.commit()

    async def _keep(self, owed: Notification) -> None:
        """Owed to somebody who blocked the bot: on record, and not sent."""
        async with self._units() as uow:
            await uow.notifications.add_if_new(owed)
            customer = await uow.customers.by_telegram_id(owed.recipient)
            # It may have been on its way when the process died, before they blocked the bot.
            await _give_up(uow, owed.key, BLOCKED)
            if customer is not None and not await _charged(uow, customer.id):
                await keep_alarm(uow, GONE, str(customer.id), None, self._clock.now())
            await uow.commit()

    async def _deliver(self, fresh: Notification, message: Message) -> None:
        owed = await self._claim(fresh)
        if owed is not None:
            await self._send(owed, message)

    async def _claim(self, fresh: Notification) -> Notification | None:
        """Note that the message is about to leave, before it does. None: it has left, or was given up."""
        async with self._units() as uow:
            await uow.notifications.add_if_new(fresh)
            owed = await uow.notifications.by_key(fresh.key, lock=True)
            if owed is None or owed.settled:
                return None
            if owed.sending_since is not None:
                owed.repeated += 1
                log.warning("message may be sent twice after a crash", kind=owed.kind)
            owed.params, owed.sending_since = fresh.params, fresh.created_at
            await uow.notifications.save(owed)
            await uow.commit()
        return owed

    async def _send(self, owed: Notification, message: Message) -> None:
        try:
            message_id = await self._notifier.send(owed, message)
        except Ambiguous:
            # It may have arrived: `sending_since` stays, so that the repetition is counted.
            raise
        except (ActionRequired, Permanent) as refusal:
            reason = refusal.kind if isinstance(refusal, ActionRequired) else str(refusal)
            log.warning("message refused", kind=owed.kind, reason=reason)
            await self._settle(owed, failed=reason)
        except RetryLater:
            await self._settle(owed)
            raise
        else:
            await self._settle(owed, message_id=message_id)

    async def _settle(self, claimed: Notification, *, message_id: int | None = None, failed: str | None = None) -> None:
        """Write down what became of it. The row is read again: what somebody else counted in it must stay."""
        async with self._units() as uow:
            owed = await uow.notifications.get(claimed.id, lock=True)
            if owed is None:
                return
            if message_id is not None:
                owed.message_id, owed.sent_at, owed.failed = message_id, self._clock.now(), None
            elif not owed.settled:
                owed.failed = failed
            owed.sending_since = None
            await uow.notifications.save(owed)
            if failed in (BLOCKED, DELETED):
                await self._mark_unreachable(uow, owed.recipient, gone=failed == DELETED)
            await uow.commit()

    async def _mark_unreachable(self, uow: UnitOfWork, recipient: TelegramId, *, gone: bool) -> None:
        """gone: for good. Whoever goes on paying then is told of: they cannot cancel any more."""
        customer = await uow.customers.by_telegram_id(recipient, lock=True)
        if customer is None:
            return
        customer.blocked_at = customer.blocked_at or self._clock.now()
        await uow.customers.save(customer)
        if gone and (charged := await _charged(uow, customer.id)):
            facts = {"telegram_id": str(recipient), "subscription": ", ".join(str(each.id) for each in charged)}
            await keep_alarm(uow, GONE, str(customer.id), facts, self._clock.now())


async def _charged(uow: UnitOfWork, customer_id: CustomerId) -> list[Subscription]:
    return [each for each in await uow.subscriptions.of_customer(customer_id) if each.renews]


async def _give_up(uow: UnitOfWork, key: str, reason: str) -> None:
    owed = await uow.notifications.by_key(key, lock=True)
    if owed is None or owed.settled:
        return
    owed.failed, owed.sending_since = reason, None
    await uow.notifications.save(owed)

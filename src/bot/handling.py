"""Processing of stored updates: in order within a chat, in parallel across chats. The type of an error decides whether
the update is retried.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

from bot.texts import DEFAULT, texts_for
from bot.updates import is_about_money, is_talk
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.inbox.bot_updates import UpdatesUnread, WorkUpdates
from subscriptions.application.inbox.receive_chat_payment import ReceiveChatPayment
from subscriptions.application.people.customers import language_for
from subscriptions.bootstrap.bot import FairSemaphore, Leases, bot_api_errors, complete, describe, error_path
from subscriptions.domain.errors import ActionRequired, Ambiguous, RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import StoredUpdate
from subscriptions.domain.tracing import stretch

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=9)
LOST_PAUSE: Final = timedelta(milliseconds=100)
LEFT_BEHIND: Final = timedelta(seconds=6)
"""Delay before a job is retried if another process is working on its chat.

The delay exceeds `REAL_WAIT_LIMIT`, so the job is stored in the table `due_jobs` until then. With a shorter delay, the
job would be retried continuously.
"""
THRONG: Final = 20
"""Flood limit: if more than this number of messages and presses of one customer are waiting, only the last
`ANSWER_COUNT` are processed.
"""
ANSWER_COUNT: Final = 3
TOO_MANY: Final = "too many at once"
SLOW_DOWN_EVERY: Final = timedelta(minutes=1)
KEPT_CHATS: Final = 1000
ATTEMPTS: Final = 3
"""Maximum number of attempts for an update whose handler fails with an unexpected error."""

TELEGRAM_TRIES: Final = 6
"""Maximum number of attempts for an update if Telegram answers other calls but not the calls made by the update's
handler. The attempts take about 20 seconds in total.
"""

PATIENCE: Final = timedelta(days=1)
"""Maximum time that an update waits for Telegram, a provider or the database to be available again."""


class HandleUpdates:
    """Job that passes the waiting updates of one chat through the dispatcher."""

    def __init__(
        self,
        *,
        bot: Bot,
        dispatcher: Dispatcher,
        work_updates: WorkUpdates,
        leases: Leases,
        clock: Clock,
        mark_unreachable: MarkUnreachable,
        receive_chat_payment: ReceiveChatPayment,
        report_problem: ReportProblem,
        turns: FairSemaphore | None = None,
    ) -> None:
        """Create the handler.

        turns: semaphore with the slots for chats of known customers. Chats of newcomers use separate slots and start
            only while no known customer's chat waits.
        """
        self._bot = bot
        self._dispatcher = dispatcher
        self._work_updates = work_updates
        self._leases = leases
        self._clock = clock
        self._mark_unreachable = mark_unreachable
        self._receive_chat_payment = receive_chat_payment
        self._report_problem = report_problem
        self._slow_chats: dict[int, datetime] = {}
        self._turns = turns or FairSemaphore()
        self._newcomers_turns = FairSemaphore(patient=True, after=self._turns)
        self._asked_for: dict[tuple[int, int], bool] = {}
        """The chats being worked on in this process; the value is True if another job for the chat
        arrived meanwhile.
        """
        self._open_updates: set[tuple[int, int]] = set()
        """Updates that this process handled but could not yet record in the database, kept so that they are not handled
        twice.
        """

    async def __call__(self, bot_id: int, chat_key: int, *, is_known: bool = True) -> None:
        """Process the chat's updates until none is left. Raises RetryLater while another process has the chat's lease,
        or while a service that an update needs is unavailable.

        is_known: True if the chat does not belong to a newcomer, so that the job does not wait for newcomers' chats.

        The process with the chat's lease also takes the updates that arrive meanwhile, and checks for updates once more
        after it releases the lease. An update whose job found the lease taken was stored before that check, so the
        job's retry only matters if the process with the lease dies. Within one process, later jobs for the chat return
        immediately: if the first job fails, the retry of that job suffices.
        """
        key = bot_id, chat_key
        if key in self._asked_for:
            self._asked_for[key] = True
            return
        self._asked_for[key] = True
        try:
            while self._asked_for[key]:
                self._asked_for[key] = False
                async with (self._turns if is_known else self._newcomers_turns).one(chat_key):
                    lost_lease = await self._hold(bot_id, chat_key)
                self._asked_for[key] |= lost_lease
        finally:
            del self._asked_for[key]

    async def _hold(self, bot_id: int, chat_key: int) -> bool:
        """Process the chat's waiting updates under its lease. Return True if updates are left after the lease is
        released. Raises RetryLater if another process has the lease.
        """
        async with self._leases.hold(f"bot:chat:{bot_id}:{chat_key}", uuid4().hex, LEASE) as lease:
            if lease is None:
                raise RetryLater("another process has this chat", delay=LEFT_BEHIND)
            await self._drain(bot_id, chat_key, lease.loss)
        return bool(await self._work_updates.list_waiting(bot_id, chat_key))

    async def _drain(self, bot_id: int, chat_key: int, lost_lease: asyncio.Event) -> None:
        stored_updates = await self._work_updates.list_waiting(bot_id, chat_key)
        for stored_update in await self._skip_floods(chat_key, stored_updates):
            if lost_lease.is_set():
                raise RetryLater("the lease of this chat is lost", delay=LOST_PAUSE)
            with stretch("update"):
                await self._one(stored_update)

    async def _skip_floods(self, chat_key: int, stored_updates: Sequence[StoredUpdate]) -> Sequence[StoredUpdate]:
        """Return the updates to process. If more than `THRONG` messages and presses of a customer are waiting, drop all
        but the last `ANSWER_COUNT`.
        """
        talk = (
            [stored_update for stored_update in stored_updates if is_talk(stored_update.payload)]
            if chat_key > 0
            else []
        )
        if len(talk) <= THRONG:
            return stored_updates
        for stored_update in talk[:-ANSWER_COUNT]:
            await self._work_updates.finish(stored_update, failure=TOO_MANY)
        log.warning("a person writes too fast", chat=chat_key, unanswered=len(talk) - ANSWER_COUNT)
        now = self._clock.now()
        if now - self._slow_chats.get(chat_key, now - SLOW_DOWN_EVERY) >= SLOW_DOWN_EVERY:
            self._slow_chats = (
                {chat_key: now} if len(self._slow_chats) > KEPT_CHATS else {**self._slow_chats, chat_key: now}
            )
            await self._say(talk[-1], "chat.too_fast")
        left_out = {stored_update.update_id for stored_update in talk[:-ANSWER_COUNT]}
        return [stored_update for stored_update in stored_updates if stored_update.update_id not in left_out]

    async def _one(self, stored_update: StoredUpdate) -> None:
        if is_about_money(stored_update.payload):
            # Payments are handled before the update is parsed, so that a field unknown to aiogram cannot block money.
            await self._settle(stored_update, self._receive_chat_payment(stored_update.payload))
            return
        try:
            update = self._parse(stored_update)
            kind = update.event_type
        except ValidationError as error:
            location = ".".join(str(part) for part in error.errors()[0]["loc"])
            await self._park(stored_update, f"{location}: {error.errors()[0]['type']}", error.error_count())
            return
        except (TypeError, ValueError) as error:
            # A payload that is not a JSON object must not block the chat's later updates.
            await self._park(stored_update, type(error).__name__, 1)
            return
        except UpdateTypeLookupError:
            log.warning("update of an unknown kind left alone", update=stored_update.update_id)
            await self._work_updates.finish(stored_update)
            return
        await self._settle(stored_update, self._dispatch(update))
        # Logged last, when the context holds the update's subject.
        log.info("update", update=stored_update.update_id, type=kind)

    def _parse(self, stored_update: StoredUpdate) -> Update:
        """Parse a stored update, and fill in fields that the Bot API server omitted.
        Raises pydantic.ValidationError.
        """
        try:
            return Update.model_validate(dict(stored_update.payload), context={"bot": self._bot})
        except ValidationError as fault:
            return Update.model_validate(complete(dict(stored_update.payload), fault), context={"bot": self._bot})

    async def _park(self, stored_update: StoredUpdate, reason: str, faults: int) -> None:
        """Record an update that cannot be parsed, and alert the owners at most once a day, because customers may be
        waiting for an answer.
        """
        log.error("update parked: it cannot be read", update=stored_update.update_id, faults=faults)
        alarm = UpdatesUnread(update=stored_update.update_id, reason=reason)
        await self._report_problem(f"{UpdatesUnread.name}:{self._clock.now():%Y-%m-%d}", alarm)
        await self._work_updates.finish(stored_update, failure=f"cannot be read: {faults} faults")

    async def _dispatch(self, update: Update) -> None:
        with bot_api_errors():
            await self._dispatcher.feed_update(self._bot, update)

    async def _settle(self, stored_update: StoredUpdate, work: Coroutine[Any, Any, None]) -> None:
        key = stored_update.bot_id, stored_update.update_id
        try:
            if key in self._open_updates:
                work.close()
            else:
                await work
                self._open_updates.add(key)
            await self._work_updates.finish(stored_update)
            self._open_updates.discard(key)
        except ActionRequired as refusal:
            await self._mark_unreachable(TelegramId(stored_update.chat_key), refusal.kind)
            await self._work_updates.finish(stored_update)
        except (RetryLater, Ambiguous) as error:
            await self._wait(stored_update, error)
        except Exception as error:  # An unexpected error must not block the chat forever.
            await self._note_failure(stored_update, error)

    async def _wait(self, stored_update: StoredUpdate, error: RetryLater | Ambiguous) -> None:
        """Raise RetryLater, so that the update is retried before later updates of its chat, or give up after
        `PATIENCE`.
        """
        is_hopeless = isinstance(error, Ambiguous) and await self._hopeless(stored_update)
        if not is_hopeless and self._clock.now() - stored_update.received_at < PATIENCE:
            duration = error.delay if isinstance(error, RetryLater) else None
            raise RetryLater(str(error), delay=duration) from error
        await self._give_up(stored_update, error)

    async def _hopeless(self, stored_update: StoredUpdate) -> bool:
        """Return True if an update has used up its attempts although Telegram answers other calls. Return False for
        updates about payments, which are always retried.
        """
        if await self._work_updates.count_try(stored_update) < TELEGRAM_TRIES or is_about_money(stored_update.payload):
            return False
        try:
            await self._bot.get_me()
        except TelegramAPIError:
            return False
        return True

    async def _note_failure(self, stored_update: StoredUpdate, error: Exception) -> None:
        attempts = await self._work_updates.count_try(stored_update)
        if attempts < ATTEMPTS:
            raise RetryLater(f"update failed: {type(error).__name__}", delay=timedelta(seconds=attempts)) from error
        await self._give_up(stored_update, error)

    async def _give_up(self, stored_update: StoredUpdate, error: Exception) -> None:
        # No traceback: it would show the handler's variables, and with them the customer's message.
        log.error("update given up", update=stored_update.update_id, error=describe(error), where=error_path(error))
        if is_about_money(stored_update.payload):
            await self._receive_chat_payment.give_up(stored_update.payload, type(error).__name__)
        await self._work_updates.finish(stored_update, failure=type(error).__name__)
        if stored_update.chat_key > 0:
            await self._say(stored_update, "chat.trouble", reference=stored_update.update_id)

    async def _say(self, stored_update: StoredUpdate, text: str, **facts: object) -> None:
        """Send a text without retrying on failure, because the update is already finished."""
        try:
            await self._bot.send_message(stored_update.chat_key, texts_for(_language(stored_update))(text, **facts))
        except TelegramAPIError as error:
            log.warning("apology not delivered", chat=stored_update.chat_key, reason=str(error))


def _language(stored_update: StoredUpdate) -> str:
    for body in stored_update.payload.values():
        sender = body.get("from") if isinstance(body, dict) else None
        if isinstance(sender, dict):
            return language_for(str(sender.get("language_code") or ""))
    return DEFAULT

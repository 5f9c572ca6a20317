"""Clients of the operator's bots over the Bot API. All bots share one HTTP session, and errors are translated to the
domain's errors.

Meaning of the errors: core.telegram.org/bots/api#making-requests and the texts that the server sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, Final

from aiogram import Bot, exceptions
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.methods import Response, TelegramMethod
from aiohttp import ClientConnectorError
from pydantic import ValidationError

from subscriptions.domain.entities.delivery import BLOCKED_BOT, DELETED_ACCOUNT, NEVER_OPENED
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, ThreadGone
from subscriptions.domain.ids import ChatId
from subscriptions.domain.tracing import call
from subscriptions.infrastructure.fair_semaphore import step_aside
from subscriptions.infrastructure.tally import FLOODS, count
from subscriptions.infrastructure.telegram.older_servers import complete, takes_no_moments, without_moments
from subscriptions.infrastructure.telegram.pacing import Pace, turn_taken

CALL_TIMEOUT: Final = 15.0
LANE: Final = 40
_UNREACHABLE_TEXTS: Final[Mapping[str, str]] = {
    "bot was blocked by the user": BLOCKED_BOT,
    "user is deactivated": DELETED_ACCOUNT,
    "bot can't initiate conversation with a user": NEVER_OPENED,
}
"""Reasons why a person cannot be reached, keyed by Telegram's own words. Any other status 403 concerns a chat, for
example "bot was kicked from the supergroup chat".
"""
_NO_THREAD: Final = "message thread not found"
LANE_WAIT_S: Final = 1.0
CONNECTIONS: Final = 400
"""Maximum number of HTTP connections. It exceeds the sum of the limits in `Lanes`, so that no call waits for a
connection, in particular not the answer that must be sent before a charge.
"""


RecordGroupUpgrade = Callable[[ChatId, ChatId], Awaitable[bool]]
"""Function that stores the new id of a group, called with the old and the new id. It returns True if the group is one
of ours.
"""
_FIRST_SUPERGROUP: Final = -(10**12)
"""Lower bound of the ids of basic groups, which are between this value and 0 (core.telegram.org/api/bots/ids).
Supergroups have lower ids.
"""
_ANSWERS: Final = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendInvoice", "editMessageText"})
"""Methods with which the bot answers customers and staff."""


class PatientSession(AiohttpSession):
    """HTTP session that treats a response from another server, such as a proxy's error page, as an outage of Telegram,
    and that accepts responses of older servers without newer fields.

    For a response from another server, aiogram alone would raise an error that is not a TelegramAPIError. The pydantic
    models of responses are cached, because pydantic discards unused models and building one takes 5 ms.
    """

    def check_response(self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str) -> Response[Any]:
        """Parse a response. All errors are raised as TelegramAPIError."""
        reading(method.__returning__)
        try:
            try:
                return super().check_response(bot, method, status_code, content)
            except exceptions.ClientDecodeError as error:
                if not isinstance(error.original, ValidationError):
                    raise
                older = self.json_dumps(complete(error.data, error.original))
                return super().check_response(bot, method, status_code, older)
        except (exceptions.ClientDecodeError, TypeError) as error:
            # TypeError: the server refused the call without giving a reason.
            raise exceptions.TelegramServerError(method, f"HTTP {status_code} with no answer of Telegram's") from error


async def _text_alone(make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]) -> Any:
    """Treat a response in an unknown encoding as an outage of Telegram."""
    try:
        return await make_request(bot, method)
    except (UnicodeError, LookupError) as error:
        raise exceptions.TelegramServerError(method, "the answer is no text") from error


@cache
def reading(answer: Any) -> Any:
    """Return the model that parses a response of this type. The models are cached."""
    return Response[answer]


class Lanes:
    """Limits on the number of concurrent calls of each method, so that a method that Telegram handles slowly does not
    block other methods.

    A call that finds no free place in time is retried later, as if Telegram had asked to slow down.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, asyncio.Semaphore] = {}

    async def __call__(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Make the call within the limit of its method."""
        step_aside()
        lane = self._lanes.setdefault(method.__api_method__, asyncio.Semaphore(LANE))
        try:
            async with asyncio.timeout(LANE_WAIT_S):
                await lane.acquire()
        except TimeoutError:
            raise exceptions.TelegramRetryAfter(method, "too many of these calls are under way", 1) from None
        try:
            with call(f"bot_api {method.__api_method__}"):
                return await make_request(bot, method)
        except exceptions.TelegramRetryAfter:
            count(FLOODS, "bot_api")
            raise
        finally:
            lane.release()


class ByReadersClock:
    """Middleware for dates that Telegram shows in the reader's time zone. For servers that do not support such dates,
    it sends the dates as plain text.
    """

    def __init__(self) -> None:
        self._too_old = False

    async def __call__(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Make the call. If the server does not support dates in the reader's time zone, repeat the call with plain
        text; the first call had no effect.
        """
        plain_method = without_moments(method)
        try:
            return await make_request(bot, plain_method if self._too_old else method)
        except exceptions.TelegramBadRequest as error:
            if self._too_old or plain_method is method or not takes_no_moments(error.message):
                raise
            self._too_old = True
            return await make_request(bot, plain_method)


class Bots:
    """The operator's bots, which share one HTTP session. `subscription` talks to customers, and `senders` publish
    posts.

    pace: pacing of all messages that the subscription bot sends
    record_group_upgrade: function that is called when a basic group has become a supergroup, before the call is
    repeated with the new id
    """

    def __init__(
        self,
        token: str,
        sender_tokens: Sequence[str],
        api_base: str,
        record_group_upgrade: RecordGroupUpgrade | None = None,
    ) -> None:
        self._record_group_upgrade = record_group_upgrade
        self._session = PatientSession(
            api=TelegramAPIServer.from_base(api_base), timeout=CALL_TIMEOUT, limit=CONNECTIONS
        )
        # A call that waits for its turn does not use a place of its method yet.
        self._session.middleware(self._answers_count)
        self._session.middleware(self._ask_supergroup)
        self._session.middleware(Lanes())
        self._session.middleware(_text_alone)
        self._session.middleware(ByReadersClock())
        self.subscription = self._make(token)
        self.pace = Pace()
        self._crowd = asyncio.Lock()
        self.senders = tuple(self._make(item) for item in sender_tokens)

    async def _answers_count(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Send an answer immediately, but count it against the bot's message limit. An answer to a patient caller, such
        as a newcomer, first waits in line until the limit permits the message.
        """
        if bot is self.subscription and method.__api_method__ in _ANSWERS and not turn_taken():
            if step_aside():
                async with self._crowd:
                    await self.pace.take_turn(None)
                turn_taken()
            else:
                self.pace.note()
        return await make_request(bot, method)

    async def _ask_supergroup(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Repeat the call for the supergroup, if a basic group has become one; the first call had no effect."""
        try:
            return await make_request(bot, method)
        except exceptions.TelegramMigrateToChat as error:
            old_chat, chat = getattr(method, "chat_id", None), ChatId(error.migrate_to_chat_id)
            if not isinstance(old_chat, int) or not _FIRST_SUPERGROUP < old_chat < 0:
                raise
            if self._record_group_upgrade is not None and not await self._record_group_upgrade(ChatId(old_chat), chat):
                raise
            return await make_request(bot, method.model_copy(update={"chat_id": chat}))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _make(self, token: str) -> Bot:
        return Bot(token, session=self._session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))


@contextmanager
def bot_api_errors() -> Iterator[None]:
    """Translate the errors of a call. A lost response raises Ambiguous, because the message may have been sent. A
    failed connection raises RetryLater, because nothing was sent. ActionRequired means that a person cannot be reached.
    """
    try:
        yield
    except exceptions.TelegramRetryAfter as error:
        raise RetryLater("Telegram asks to slow down", delay=timedelta(seconds=error.retry_after)) from error
    except exceptions.TelegramForbiddenError as error:
        reason = next((each for text, each in _UNREACHABLE_TEXTS.items() if text in error.message), None)
        raise (ActionRequired(reason, error.message) if reason else Permanent(error.message)) from error
    except exceptions.TelegramNetworkError as error:
        if isinstance(error.__cause__, ClientConnectorError):
            raise RetryLater("Telegram cannot be reached") from error
        raise Ambiguous("Telegram did not answer") from error
    except exceptions.TelegramServerError as error:
        raise Ambiguous("Telegram has a fault") from error
    except exceptions.TelegramAPIError as error:
        raise (ThreadGone if _NO_THREAD in error.message else Permanent)(error.message) from error


@contextmanager
def channel_errors() -> Iterator[None]:
    """Translate the errors of a call in a chat, where no refusal means that a person cannot be reached."""
    try:
        with bot_api_errors():
            yield
    except ActionRequired as error:
        raise Permanent(error.detail) from error

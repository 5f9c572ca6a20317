"""The bots over the Bot API: one session for all of them, errors in the domain's words.

Meanings of errors: core.telegram.org/bots/api#making-requests and the texts the server sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
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

from subscriptions.domain.entities.delivery import BLOCKED_BOT, DELETED_ACCOUNT
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, ThreadGone
from subscriptions.domain.ids import ChatId
from subscriptions.domain.tracing import call
from subscriptions.infrastructure.fair_semaphore import step_aside
from subscriptions.infrastructure.tally import FLOODS, count
from subscriptions.infrastructure.telegram.older_servers import complete, takes_no_moments, without_moments
from subscriptions.infrastructure.telegram.pacing import Pace, turn_taken

CALL_TIMEOUT: Final = 15.0
LANE: Final = 40
_DEACTIVATED_TEXT: Final = "user is deactivated"
_NO_THREAD: Final = "message thread not found"
LANE_WAIT_S: Final = 1.0
CONNECTIONS: Final = 400
"""More than the lanes in use together: nobody waits for a connection, least of all an answer before a charge."""


FollowGroup = Callable[[ChatId, ChatId], Awaitable[bool]]
"""What keeps a group's new id; it is given the one of before and the new one, and says whether it is one of ours."""
_FIRST_SUPERGROUP: Final = -(10**12)
"""Ids of basic groups lie between this and 0 (core.telegram.org/api/bots/ids)."""
_ANSWERS: Final = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendInvoice", "editMessageText"})
"""What the bot's people and customers are answered with."""


class PatientSession(AiohttpSession):
    """An answer that is not Telegram's, such as the page of a proxy before it, is Telegram being away; one of an older
    server, which does not name what was added since, is read without that.

    aiogram has an error of its own for that, which is no TelegramAPIError. How each kind of answer is read is kept:
    pydantic forgets it when no such answer is left, and making it takes 5 ms.
    """

    def check_response(self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str) -> Response[Any]:
        """Read an answer. Raises TelegramAPIError alone."""
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
            # TypeError: a refusal of a server without a word why.
            raise exceptions.TelegramServerError(method, f"HTTP {status_code} with no answer of Telegram's") from error


async def _text_alone(make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]) -> Any:
    """The same for an answer in no encoding anybody knows."""
    try:
        return await make_request(bot, method)
    except (UnicodeError, LookupError) as error:
        raise exceptions.TelegramServerError(method, "the answer is no text") from error


@cache
def reading(answer: Any) -> Any:
    """How such an answer is read."""
    return Response[answer]


class Lanes:
    """So many calls of one method at once: one that Telegram is slow with keeps no place from the others.

    Who finds no place within a moment comes back, as if Telegram had asked to.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, asyncio.Semaphore] = {}

    async def __call__(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Ask within the method's lane."""
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
    """Moments, as each reader's own clock has them: as they are written for a server that is too old for them."""

    def __init__(self) -> None:
        self._too_old = False

    async def __call__(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Ask; of a server that takes no moments, once more without them. It did nothing the first time."""
        plain_method = without_moments(method)
        try:
            return await make_request(bot, plain_method if self._too_old else method)
        except exceptions.TelegramBadRequest as error:
            if self._too_old or plain_method is method or not takes_no_moments(error.message):
                raise
            self._too_old = True
            return await make_request(bot, plain_method)


class Bots:
    """The operator's bots over one HTTP session: `subscription` talks with customers, `senders` post picks.

    pace: all that the subscription bot sends. follow_group: told of each basic group that turns out to be a supergroup
    by now, before the call is made again with its new id.
    """

    def __init__(
        self, token: str, sender_tokens: Sequence[str], api_base: str, follow_group: FollowGroup | None = None
    ) -> None:
        self._follow_group = follow_group
        self._session = PatientSession(
            api=TelegramAPIServer.from_base(api_base), timeout=CALL_TIMEOUT, limit=CONNECTIONS
        )
        # Who waits for a turn has no place in a lane yet.
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
        """An answer waits for no turn, and who has to be patient is told of it: as are newcomers, in their order."""
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
        """Nothing was done in the basic group, so it is asked of the supergroup."""
        try:
            return await make_request(bot, method)
        except exceptions.TelegramMigrateToChat as error:
            old_chat, chat = getattr(method, "chat_id", None), ChatId(error.migrate_to_chat_id)
            if not isinstance(old_chat, int) or not _FIRST_SUPERGROUP < old_chat < 0:
                raise
            if self._follow_group is not None and not await self._follow_group(ChatId(old_chat), chat):
                raise
            return await make_request(bot, method.model_copy(update={"chat_id": chat}))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _make(self, token: str) -> Bot:
        return Bot(token, session=self._session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))


@contextmanager
def bot_api_errors() -> Iterator[None]:
    """Translate whatever a call raises. A lost answer is Ambiguous: the message may have been sent. Without a
    connection nothing left at all, and it is RetryLater."""
    try:
        yield
    except exceptions.TelegramRetryAfter as error:
        raise RetryLater("Telegram asks to slow down", delay=timedelta(seconds=error.retry_after)) from error
    except exceptions.TelegramForbiddenError as error:
        raise ActionRequired(
            DELETED_ACCOUNT if _DEACTIVATED_TEXT in error.message else BLOCKED_BOT, error.message
        ) from error
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
    """In a channel a refusal is about the bot's rights there, not about a person who blocked it."""
    try:
        with bot_api_errors():
            yield
    except ActionRequired as error:
        raise Permanent(str(error)) from error

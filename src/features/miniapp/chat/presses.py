"""Handling of button presses in the Mini App by the handlers of the chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot import callbacks
from bot.commands import COMMANDS, name_of
from bot.screens.plans import stale
from bot.texts import LANGUAGES, Texts, texts_for
from features.miniapp.chat.page import PageBot, View, message_of
from features.miniapp.domain import AppPress
from features.miniapp.jobs import AnswerPress
from features.miniapp.use_cases.press_in_app import AnswerPresses
from subscriptions.application.catalog.phone_sales import selling_on
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.bot import bot_api_errors, describe, error_path
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import NO_MESSAGE
from subscriptions.domain.ports.clock import Clock

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(seconds=20)
"""Maximum time for which a press is retried while Telegram, a provider or the database is unavailable. It is short
because the customer is waiting on the page.
"""
LATEST: Final = timedelta(minutes=2)
"""Age from which a press is answered as outdated, because the customer has probably left or pressed again."""
COMMAND_WORDS: Final = frozenset(f"/{name_of(name, language)}" for name in COMMANDS for language in LANGUAGES)
"""Commands that the texts of answers may contain. The Mini App shows each as a link."""
_PAGE: Final = "app"


@dataclass(frozen=True)
class AppPresses:
    """Job handler that passes button presses in the Mini App through the chat's dispatcher."""

    bot: Bot
    dispatcher: Dispatcher
    answer_presses: AnswerPresses
    clock: Clock
    policy: Policy

    def jobs(self) -> JobHandlers:
        """Return this handler, keyed by the name of its job."""
        return dict([handler_of(AnswerPress, lambda job: self(job.press_id, job.platform))])

    async def __call__(self, press_id: UUID, platform: str = "") -> None:
        """Answer a press once. If the press is too old, or its button is not on the page, answer that the button is
        outdated.

        platform: as in `AnswerPress`. Raises RetryLater if a service that the answer needs is unavailable.
        """
        entry = await self.answer_presses.press(press_id)
        if entry is None:
            return
        press, earlier_press, language = entry
        t = texts_for(language)
        view = earlier_press.message(press.place) if earlier_press is not None else None
        is_late = self.clock.now() - press.asked_at > LATEST
        if is_late or not (press.opens or press.data in COMMAND_WORDS or _stands(press.data, view)):
            log.info("a press in the Mini App that counts no more", data=press.data, late=is_late)
            await self.answer_presses.answer(press, [{"text": stale(t).text, "rows": []}])
            return
        with selling_on(platform, self.policy):
            messages = await self._answer(press, view, t)
        await self.answer_presses.answer(press, messages)

    async def _answer(self, press: AppPress, view: View | None, t: Texts) -> Sequence[View]:
        page = PageBot(self.bot, press.person, view, t("chat.in_chat"))
        try:
            with bot_api_errors():
                await self.dispatcher.feed_update(page, _update(press.data, press, view, page))
                if not page.messages:
                    # The handler deleted a card and sends the rest as a notification; the page shows the current status
                    # instead.
                    await self.dispatcher.feed_update(page, _update(callbacks.STATUS, press, None, page))
        except (RetryLater, Ambiguous) as error:
            if self.clock.now() - press.asked_at < PATIENCE:
                raise RetryLater(str(error), delay=timedelta(seconds=1)) from error
            return self._in_vain(press, error, t)
        except Exception as error:  # An unexpected error must not leave the page waiting.
            return self._in_vain(press, error, t)
        log.info("press in the Mini App", press=str(press.id))
        return page.messages

    def _in_vain(self, press: AppPress, error: Exception, t: Texts) -> Sequence[View]:
        # No traceback: it would show the handler's variables, and with them the customer's data.
        log.error("press given up", press=str(press.id), error=describe(error), where=error_path(error))
        return [{"text": t("chat.trouble", reference=str(press.id)[:8]), "rows": []}]


def _stands(data: str, view: View | None) -> bool:
    rows = view["rows"] if view is not None else []
    return isinstance(rows, list) and any(each.get("data") == data for row in rows for each in row)


def _update(data: str, press: AppPress, view: View | None, bot: Bot) -> Update:
    """Return the update that Telegram would have sent for the same press, or for the command that the
    button contains.
    """
    person = {
        "id": press.person,
        "is_bot": False,
        "first_name": press.names.get("first_name") or "–",
        "last_name": press.names.get("last_name"),
        "username": press.names.get("username"),
        "language_code": press.names.get("language_code"),
    }
    message = message_of(press.person, NO_MESSAGE, view).model_dump(exclude_none=True)
    if data.startswith("/"):
        content = {"message": {**message, "from": person, "text": data, "entities": []}}
        return Update.model_validate({"update_id": 0, **content}, context={"bot": bot})
    callback = {"id": str(press.id), "from": person, "chat_instance": _PAGE, "data": data}
    return Update.model_validate(
        {"update_id": 0, "callback_query": {**callback, "message": message}}, context={"bot": bot}
    )

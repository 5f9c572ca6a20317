"""Replacement for the bot that shows one customer's messages in the Mini App instead of the chat.

The chat's handlers run unchanged. Calls that do not concern the page are sent to Telegram.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from aiogram import Bot
from aiogram.enums import ChatType, MessageEntityType
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageReplyMarkup,
    EditMessageText,
    SendDocument,
    SendMessage,
    TelegramMethod,
)
from aiogram.types import Chat, InlineKeyboardMarkup, Message

from features.miniapp.callbacks import APP
from subscriptions.application.posts.typed_post import read_html
from subscriptions.domain.ids import NO_MESSAGE

T = TypeVar("T")
View = Mapping[str, object]
"""One message on the page: `text` as Telegram HTML, and `rows` of buttons, each with `text` and one of `data`, `url`
and `copy`.
"""
_BUTTON_KEYS: Final = {"callback_data": "data", "url": "url"}


class PageBot(Bot):
    """Bot that collects the messages to one customer, by message id, so that the Mini App can show them."""

    def __init__(self, bot: Bot, person: int, pressed_message: View | None, documents: str) -> None:
        """Create the bot for one button press.

        bot: bot that sends to the chat. pressed_message: message whose button was pressed. documents: text that the
        page shows when a document was sent to the chat.
        """
        super().__init__(bot.token, session=bot.session, default=bot.default)
        self._bot = bot
        self._person = person
        self._documents = documents
        self._messages: dict[int, View] = {} if pressed_message is None else {NO_MESSAGE: pressed_message}
        self._changes = set[int]()

    @property
    def messages(self) -> Sequence[View]:
        """Return the messages that the press changed or added, oldest first. If nothing changed, return the messages
        shown before.
        """
        ids = [each for each in self._messages if each in self._changes] or list(self._messages)
        return [self._messages[each] for each in sorted(ids, reverse=True)]

    async def __call__(self, method: TelegramMethod[T], request_timeout: int | None = None) -> T:
        """Apply a Bot API call to the page if the call concerns the page; send any other call to Telegram. Overrides
        `aiogram.Bot.__call__`.
        """
        if self._stands_here(method):
            return cast("T", True)
        if isinstance(method, SendMessage) and method.chat_id == self._person:
            return cast("T", self._add(method.text, method.reply_markup).as_(self))
        answer = await self._bot(method, request_timeout=request_timeout)
        if isinstance(method, SendDocument) and method.chat_id == self._person:
            self._add(self._documents, None)
        return answer

    def _stands_here(self, method: object) -> bool:
        """Apply a Bot API call to the messages on the page. Return False if the call does not concern the page."""
        match method:
            case EditMessageText(message_id=int(number)) if number <= NO_MESSAGE:
                self._show(number, {"text": method.text, "rows": _rows(method.reply_markup)})
            case EditMessageReplyMarkup(message_id=int(number)) if number <= NO_MESSAGE:
                text = self._messages.get(number, {}).get("text", "")
                self._show(number, {"text": text, "rows": _rows(method.reply_markup)})
            case DeleteMessage(message_id=number) if number <= NO_MESSAGE:
                self._messages.pop(number, None)
            case AnswerCallbackQuery():
                pass
            case _:
                return False
        return True

    def _add(self, text: str, markup: object) -> Message:
        number = min(self._messages, default=NO_MESSAGE + 1) - 1
        self._show(number, {"text": text, "rows": _rows(markup)})
        return message_of(self._person, number, None)

    def _show(self, number: int, view: View) -> None:
        self._messages[number] = view
        self._changes.add(number)


def message_of(person: int, number: int, pressed_message: View | None) -> Message:
    """Return a message of the page, with its text, links and buttons, in the form in which Telegram sends it with a
    button press.
    """
    text, entities = read_html(str(pressed_message["text"])) if pressed_message is not None else ("", [])
    chat = Chat(id=person, type=ChatType.PRIVATE)
    rows = (
        [[_button(each) for each in row] for row in _list(pressed_message["rows"])]
        if pressed_message is not None
        else []
    )
    return Message.model_validate(
        {
            "message_id": number,
            # aiogram refuses to edit a message without a date; the value itself has no meaning.
            "date": datetime.fromtimestamp(1, UTC),
            "chat": chat,
            "text": text,
            "entities": [each for each in entities if each["type"] == MessageEntityType.TEXT_LINK],
            "reply_markup": {"inline_keyboard": rows} if rows else None,
        }
    )


def _rows(markup: object) -> list[list[dict[str, str]]]:
    rows = markup.inline_keyboard if isinstance(markup, InlineKeyboardMarkup) else []
    views = [[_button_view(each) for each in row] for row in rows]
    return [row_views for row in views if (row_views := [each for each in row if len(each) > 1])]


def _button_view(button: Any) -> dict[str, str]:
    """Return a button as JSON fields. A button that opens the Mini App has no function inside it, so only its text is
    returned.
    """
    if button.callback_data == APP:
        return {"text": button.text}
    fields = {name: getattr(button, field) for field, name in _BUTTON_KEYS.items() if getattr(button, field)}
    if button.copy_text is not None:
        fields["copy"] = button.copy_text.text
    return {"text": button.text, **fields}


def _button(view: Mapping[str, str]) -> dict[str, object]:
    fields = {field: view[name] for field, name in _BUTTON_KEYS.items() if name in view}
    copy_fields = {"copy_text": {"text": view["copy"]}} if "copy" in view else {}
    return {"text": view["text"], **fields, **copy_fields}


def _list(rows: object) -> list[list[dict[str, str]]]:
    return rows if isinstance(rows, list) else []

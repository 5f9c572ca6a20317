"""Checks whether Telegram would accept a feature's additions to a screen. A rejected addition is left out, and the rest
of the screen is shown.
"""

import html
import re
from collections.abc import Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.screens import Screen
from bot.status_section import StatusSection
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.features import InvalidFeature
from subscriptions.application.texts.text_rules import check_markup

LONGEST: Final = 4096
"""Maximum length of a message (core.telegram.org/bots/api#sendmessage)."""
LONGEST_PART: Final = 1500
"""Maximum length of a paragraph that a feature adds to a screen, so that the screen has room for several features."""
MOST_BUTTONS: Final = 20
"""Maximum number of buttons that one part of a feature adds to a screen."""
_MOST_IN_ROW: Final = 8
_LONGEST_DATA: Final = 64
_LONGEST_LABEL: Final = 128
_SCHEMES: Final = ("https://", "http://", "tg://")


def length_of(text: str) -> int:
    """Return the length of an HTML text as Telegram counts: UTF-16 units without the tags."""
    return len(html.unescape(re.sub(r"<[^>]*>", "", text)).encode("utf-16-le")) // 2


def check_text(text: object, longest: int = LONGEST_PART) -> None:
    """Raise InvalidFeature for a text that Telegram would reject or that is longer than `longest`."""
    if not isinstance(text, str):
        raise InvalidFeature(f"a text is needed, not {type(text).__name__}")
    try:
        check_markup(text)
    except Wrong:
        raise InvalidFeature("the text has a tag that Telegram does not know, or that is not closed") from None
    if length_of(text) > longest:
        raise InvalidFeature(f"the text has {length_of(text)} characters; the limit is {longest}")


def check_button(button: object) -> None:
    """Raise InvalidFeature for a button that Telegram would reject."""
    if not isinstance(button, InlineKeyboardButton):
        raise InvalidFeature(f"a button is needed, not {type(button).__name__}")
    if not button.text.strip() or len(button.text) > _LONGEST_LABEL:
        raise InvalidFeature(f"a button needs a text of 1 to {_LONGEST_LABEL} characters")
    data, address = button.callback_data, button.url or (button.web_app.url if button.web_app is not None else None)
    actions = button.model_dump(exclude={"text", "style", "icon_custom_emoji_id"}, exclude_none=True)
    if len(actions) != 1:
        raise InvalidFeature("a button needs one action: callback_data, url or another")
    if data is not None and not 0 < len(data.encode()) <= _LONGEST_DATA:
        raise InvalidFeature(f"the callback_data of a button needs 1 to {_LONGEST_DATA} bytes")
    if address is not None and not address.startswith(_SCHEMES):
        raise InvalidFeature("the address of a button has to begin with https://")


def check_row(row: object) -> None:
    """Raise InvalidFeature for a row of buttons that Telegram would reject."""
    if not isinstance(row, Sequence) or len(row) > _MOST_IN_ROW:
        raise InvalidFeature(f"a row has at most {_MOST_IN_ROW} buttons")
    for each in row:
        check_button(each)


def check_section(section: object) -> None:
    """Raise InvalidFeature for a section of the status card that Telegram would reject."""
    if not isinstance(section, StatusSection):
        raise InvalidFeature(f"a StatusSection is needed, not {type(section).__name__}")
    check_text(section.text)
    for row in section.buttons:
        check_row(row)
    order: object = section.order
    if not isinstance(order, int):
        raise InvalidFeature(f"the order of a section is a number, not {type(order).__name__}")
    if sum(map(len, section.buttons)) > MOST_BUTTONS:
        raise InvalidFeature(f"a section has at most {MOST_BUTTONS} buttons")


def check_screen(screen: object) -> None:
    """Raise InvalidFeature for a screen that Telegram would reject."""
    if not isinstance(screen, Screen):
        raise InvalidFeature(f"a Screen is needed, not {type(screen).__name__}")
    check_text(screen.text, LONGEST)
    for row in screen.markup.inline_keyboard if screen.markup is not None else ():
        check_row(row)


def check_answer(answer: object) -> None:
    """Raise InvalidFeature unless the answer is None, or a text or screen that Telegram would accept."""
    if isinstance(answer, Screen):
        check_screen(answer)
    elif answer is not None:
        check_text(answer)

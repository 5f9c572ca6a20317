"""Consent given by a button press. The consent applies to the version of the terms encoded in the button."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot import callbacks
from bot.screens import Screen
from bot.site import page
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy

_TERMS: Final = "terms"
_VERSION: Final = "v"
_AGREES: Final = re.compile(rf"(?:pay|free|subscribe|use_code|gift_pay)_.+|{callbacks.ACCEPT_TERMS}")
"""Callback data of the buttons whose press accepts the terms."""


def consent_text(t: Texts, policy: Policy, words: str) -> str:
    """Return the sentence that states what the customer accepts by pressing the button. words: key of the sentence's
    text, which depends on the button.
    """
    query = urlencode({_VERSION: policy.terms_version})
    return t(words, terms=f"{page(t, policy.base_url, _TERMS)}?{query}", privacy=page(t, policy.base_url, "privacy"))


def bind_consent(screen: Screen, policy: Policy) -> Screen:
    """Return the screen with the version of the terms added to each button whose press gives consent, if the button's
    data has room for the version.
    """
    rows = screen.markup.inline_keyboard if screen.markup is not None else []
    buttons = [[_with_mark(button, policy) for button in row] for row in rows]
    return Screen(screen.text, InlineKeyboardMarkup(inline_keyboard=buttons) if buttons else None)


def is_current(callback: CallbackQuery, policy: Policy) -> bool:
    """Return True if the pressed button showed the terms now in force. A press of an older button does not accept newer
    terms.

    A button without a version is from an earlier release or has no room for a version. In that case, the version in the
    message's link to the terms counts.
    """
    data = callback.data or ""
    if callbacks.TERMS_MARK in data:
        return data.endswith(_mark(policy))
    message = callback.message if isinstance(callback.message, Message) else None
    links = [entity.url for entity in (message.entities or [] if message else []) if entity.url]
    return any(_version(link) == policy.terms_version for link in links)


def _with_mark(button: InlineKeyboardButton, policy: Policy) -> InlineKeyboardButton:
    data = f"{button.callback_data}{_mark(policy)}"
    if not _AGREES.fullmatch(button.callback_data or "") or len(data.encode()) > callbacks.LIMIT:
        return button
    return button.model_copy(update={"callback_data": data})


def _mark(policy: Policy) -> str:
    """Return a short digest of the terms' version, because callback data is limited to 64 bytes."""
    digest = urlsafe_b64encode(sha256(policy.terms_version.encode()).digest())[:3]
    return f"{callbacks.TERMS_MARK}{digest.decode()}"


def _version(link: str) -> str | None:
    parts = urlsplit(link)
    return parse_qs(parts.query).get(_VERSION, [None])[0] if parts.path.endswith(f"/{_TERMS}") else None

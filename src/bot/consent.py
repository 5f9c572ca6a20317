"""Consent by a press: it counts for the very terms whose link stood in the message under the button."""

from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from aiogram.types import CallbackQuery, Message

from bot.site import page
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy

_TERMS: Final = "terms"
_VERSION: Final = "v"


def asked(t: Texts, policy: Policy, words: str) -> str:
    """The sentence that says what a press agrees to. words: the text's key, by what is pressed."""
    query = urlencode({_VERSION: policy.terms_version})
    return t(words, terms=f"{page(t, policy.base_url, _TERMS)}?{query}", privacy=page(t, policy.base_url, "privacy"))


def given(callback: CallbackQuery, policy: Policy) -> bool:
    """Whether the pressed message showed the terms now in force; an older one agrees to what nobody read."""
    message = callback.message if isinstance(callback.message, Message) else None
    links = [entity.url for entity in (message.entities or [] if message else []) if entity.url]
    return any(_version(link) == policy.terms_version for link in links)


def _version(link: str) -> str | None:
    parts = urlsplit(link)
    return parse_qs(parts.query).get(_VERSION, [None])[0] if parts.path.endswith(f"/{_TERMS}") else None

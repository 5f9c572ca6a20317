"""Descriptions of failed external requests in the reader's language, because the messages of Telegram and of the
operator's programs are in English and written for developers.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

Find = Callable[[str], str | None]
"""Function that returns the text for a key below `alarms.`; None if there is none."""


class Verbatim(str):
    """Text quoted from another system or program, shown as code."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the markup for messages and pages."""
        return f"<code>{html.escape(self)}</code>"


_NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "blocked": r"^blocked_bot\b|blocked by the user",
        "deleted": r"^deleted_account\b|user is deactivated",
        "never_wrote": r"^never_opened\b|can't initiate conversation",
        "late": r"^late$|its deadline came",
        "no_sender": r"no sender bot is configured",
        "sender_gone": r"sender bot \d+ is not configured",
        "outside": r"bot was kicked|bot is not a member",
        "no_rights": r"not enough rights|administrator rights|no rights|CHAT_WRITE_FORBIDDEN|CHAT_ADMIN_REQUIRED",
        "no_chat": r"chat not found|PEER_ID_INVALID|CHANNEL_INVALID|CHANNEL_PRIVATE",
        "no_topic": r"message thread not found|TOPIC_CLOSED|TOPIC_DELETED",
        "no_source": r"message to (copy|forward) not found|can't be (copied|forwarded)",
        "no_message": r"message to (edit|delete) not found|MESSAGE_ID_INVALID|which message it is was not kept",
        "stays": r"can't be (edited|deleted)|still there after its deletion",
        "too_long": r"too[ _]long",
        "markup": r"can't parse|ENTITY_BOUNDS|entities",
        "button": r"BUTTON_|keyboard button|url host|Wrong HTTP URL",
        "file": r"HTTP URL content|web page content|WEBPAGE_|PHOTO_|IMAGE_|MEDIA_|file identifier|remote file|too big",
        "voice": r"VOICE_MESSAGES_FORBIDDEN",
        "redirected": r"^answered (?P<code>\d+); redirects are not followed",
        "answered": r"^answered (?P<code>\d+)$",
        "silent": r"^no answer within (?P<seconds>[\d.]+) seconds",
        "not_reached": r"^not reached: (?P<error>\w+)",
        "private": r"leads to a private address",
        "unsealed": r"^WEBHOOK_KEY: ",
        "away": r"cannot be reached|did not answer|has a fault|slow down|Too Many Requests",
    }.items()
}
"""Patterns of error messages from the Bot API or Umbral, keyed by the name of the text that describes the error. The
first pattern that matches counts.
"""


def refusal_words(reason: str, find: Find) -> str:
    """Return the description of a failed request, or the original error message if there is none."""
    return known_refusal(reason, find) or Verbatim(reason)


def known_refusal(reason: str, find: Find) -> str | None:
    """Return the description of a failed request. Return None if the error message is not known."""
    for name, pattern in _NAMES.items():
        if match := pattern.search(reason):
            text = find(f"refusals.{name}")
            return text.format(**match.groupdict()) if text is not None else None
    return None

"""Counting of clicks on buttons of posts that lead to the bot.

1. A button is counted if its link leads to the bot and its payload leaves room for a token.
2. The token identifies the post and no person. The bot knows the person from the message that opening the link sends.
3. All other links are left unchanged and not tracked.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.post import PostButton, PostContent

_TOKEN: Final = re.compile(r"pub_([A-Za-z0-9_-]{22})_([A-Za-z0-9_-]*)")
_LONGEST: Final = 64
"""Telegram's maximum length of a link's payload."""


def with_tokens(content: PostContent, post_id: UUID, bot: str) -> PostContent:
    """Return the content with a token in the link of each counted button. `bot`: username without the @."""
    rows = tuple(
        tuple(replace(each, url=_url(each, post_id, bot) or each.url) for each in row) for row in content.buttons
    )
    return replace(content, buttons=rows)


def counted_buttons(content: PostContent, post_id: UUID, bot: str) -> tuple[int, int]:
    """Return the numbers of counted and uncounted buttons."""
    urls = [_url(each, post_id, bot) for row in content.buttons for each in row]
    return len(urls) - urls.count(None), urls.count(None)


def read_token(payload: str) -> tuple[UUID | None, str]:
    """Split a link's payload into the id of the post that its token names and the payload without the token. The id is
    None if there is no token.
    """
    match = _TOKEN.fullmatch(payload)
    if match is None:
        return None, payload
    return UUID(bytes=urlsafe_b64decode(f"{match[1]}==")), match[2]


def _url(button: PostButton, post_id: UUID, bot: str) -> str | None:
    link = re.fullmatch(
        rf"https://t\.me/{re.escape(bot)}/?(?:\?start=([A-Za-z0-9_-]*))?", button.url, re.IGNORECASE | re.ASCII
    )
    if not bot or link is None:
        return None
    token = urlsafe_b64encode(post_id.bytes).decode().rstrip("=")
    payload = f"pub_{token}_{link[1] or ''}"
    return f"https://t.me/{bot}?start={payload}" if len(payload) <= _LONGEST else None

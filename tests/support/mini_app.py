"""The `initData` that Telegram passes to a Mini App, with Telegram's signature.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hmac
import json
import re
from datetime import datetime
from hashlib import sha256
from html import unescape
from urllib.parse import urlencode
from uuid import uuid4

BOT_TOKEN = "123456:AAFakeTokenOfTheTestsForTheMiniApp"


def init_data(telegram_id: int, at: datetime, *, token: str = BOT_TOKEN, language: str = "es", **more: str) -> str:
    """Return `initData` as the query string that the page receives. more: additional or replaced fields."""
    user = json.dumps({"id": telegram_id, "first_name": "Ana", "language_code": language}, separators=(",", ":"))
    fields = {"query_id": f"AAE{uuid4().hex}", "user": user, "auth_date": str(int(at.timestamp())), **more}
    text = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), sha256).digest()
    return urlencode({**fields, "hash": hmac.new(key, text.encode(), sha256).hexdigest()})


def page_buttons(html: str) -> list[dict[str, str]]:
    """Return the page's buttons, each with its `text` and its data attributes."""
    shown = re.findall(r"<button([^>]*)>(.*?)</button>", html, re.DOTALL)
    return [{"text": unescape(text), **dict(re.findall(r'data-(\w+)="([^"]*)"', names))} for names, text in shown]


def page_links(html: str) -> list[str]:
    """Return the URLs of the page's link buttons."""
    return [unescape(url) for url in re.findall(r'<a class="button[^"]*" href="([^"]*)"', html)]


def pressed(html: str, words: str) -> dict[str, object]:
    """Return the request body that the page's script sends when the first button with these words is pressed, without
    the idempotency key.
    """
    button = next(each for each in page_buttons(html) if words in each["text"])
    return {"data": button["press"], "before": button.get("before"), "place": int(button.get("place", 0))}

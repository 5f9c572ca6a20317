"""What Telegram hands to a Mini App, signed as it signs it.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode

BOT_TOKEN = "123456:AAFakeTokenOfTheTestsForTheMiniApp"


def init_data(telegram_id: int, at: datetime, *, token: str = BOT_TOKEN, language: str = "es", **more: str) -> str:
    """The query string that the page gets. more: fields besides, or others than the usual ones."""
    user = json.dumps({"id": telegram_id, "first_name": "Ana", "language_code": language}, separators=(",", ":"))
    fields = {"query_id": "AAE1", "user": user, "auth_date": str(int(at.timestamp())), **more}
    text = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), sha256).digest()
    return urlencode({**fields, "hash": hmac.new(key, text.encode(), sha256).hexdigest()})

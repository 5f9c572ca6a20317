"""Opening of a bot's Mini App, from its menu button or from a button under a message.

Telegram signs the user's identity: https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import hmac
import json
from hashlib import sha256
from typing import Literal
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, JsonValue

from umbral_sandbox.control.access import WorldDep, bot_of, person_of
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.world.telegram.records import Bot, Person

router = APIRouter()
_VERSION = "9.4"


class AppChoice(BaseModel):
    """Bot whose Mini App is opened, by username.

    url: address of the button under a message that opens the app; None for the menu button's address. platform: name
    that the client reports for itself.
    """

    model_config = ConfigDict(extra="forbid")

    bot: str
    url: str | None = None
    platform: Literal["android", "android_x", "ios", "macos", "tdesktop", "unigram", "web", "weba"] = "ios"


class AppOpened(BaseModel):
    """URL of the opened Mini App, including the fragment that Telegram appends after `#`."""

    url: str


@router.post("/users/{user_id}/open_app")
async def open_app(world: WorldDep, user_id: int, choice: AppChoice) -> AppOpened:
    """Open the Mini App of a bot's menu button, or of a button under one of its messages."""
    person, bot = person_of(world, user_id), bot_of(world, choice.bot)
    button = menu_button(bot, person)
    address = choice.url or (button[1] if button is not None else None)
    if address is None:
        raise ControlError(f"the menu button of @{bot.username} does not open a Mini App")
    launch = {
        "tgWebAppData": _init_data(bot, person, int(world.clock.now().timestamp())),
        "tgWebAppVersion": _VERSION,
        "tgWebAppPlatform": choice.platform,
    }
    return AppOpened(url=f"{address}#{urlencode(launch)}")


def menu_button(bot: Bot, person: Person | None = None) -> tuple[str, str] | None:
    """Return text and address of the Mini App button: the chat's own button if the chat has one, else the default
    button; None if the menu button opens the commands.
    """
    buttons = bot.settings.get("menu_buttons")
    if not isinstance(buttons, dict):
        return None
    button: JsonValue = buttons.get(str(person.id)) if person is not None else None
    if not isinstance(button, dict) or button.get("type") == "default":
        button = buttons.get("")
    if not isinstance(button, dict) or button.get("type") != "web_app":
        return None
    page = button.get("web_app")
    return str(button.get("text")), str(page.get("url")) if isinstance(page, dict) else ""


def _init_data(bot: Bot, person: Person, auth_date: int) -> str:
    user = {"id": person.id, "first_name": person.first_name, "language_code": person.language_code}
    known = {name: value for name, value in user.items() if value is not None}
    fields = {
        "auth_date": str(auth_date),
        "query_id": f"AAE{uuid4().hex}",
        "user": json.dumps(known, ensure_ascii=False),
    }
    text = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", bot.token.encode(), sha256).digest()
    return urlencode({**fields, "hash": hmac.new(key, text.encode(), sha256).hexdigest()})

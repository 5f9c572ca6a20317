"""Stars' settings: a switch, and the bot that the product has anyway."""

import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from subscriptions.domain.ports.payment_gateway import Misconfigured

SWITCH: Final = "STARS"
BOT: Final = "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"
API_BASE: Final = "TELEGRAM_BOT_API_BASE"
TELEGRAM: Final = "https://api.telegram.org"

_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"", "off", "false", "no", "0"})
_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}\Z")
_WANT_BOT = "put the token @BotFather gave the subscription bot here, also for the web and the worker"
_WANT_BASE = "put http(s)://host[:port] of a Bot API server of your own here, or leave it out"


class StarsSettings(BaseModel):
    """The bot that sells. api_base: without a slash at its end."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr
    api_base: str = TELEGRAM

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None unless STARS is on: a bot alone sells nothing yet. Raises Misconfigured with all that is wrong."""
        switch = environ.get(SWITCH, "").strip().lower()
        token, base = environ.get(BOT, "").strip(), environ.get(API_BASE, "").strip() or TELEGRAM
        if switch in _OFF:
            return None
        problems = [] if switch in _ON else [(SWITCH, "put `on` or `off` here")]
        if not token:
            problems.append((BOT, f"is missing or blank; {_WANT_BOT}"))
        elif not _TOKEN.match(token):
            problems.append((BOT, f"does not look like a bot's token; {_WANT_BOT}"))
        if not _is_address(base):
            problems.append((API_BASE, f"is not a plain address; {_WANT_BASE}"))
        if problems:
            raise Misconfigured(*problems[0], *problems[1:])
        return cls(token=SecretStr(token), api_base=base.rstrip("/"))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        odd = parts.username is not None or parts.query or parts.fragment or parts.port == 0
    except ValueError:
        return False
    return bool(parts.hostname) and parts.scheme in {"http", "https"} and not odd and text.isascii()

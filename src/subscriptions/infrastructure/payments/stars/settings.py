"""Settings of Stars: a switch, and the token of the subscription bot, which every installation has."""

import re
from collections.abc import Mapping
from typing import Final, Self

from pydantic import SecretStr, field_validator

from subscriptions.domain.entities.spoken import join_phrases, phrase
from subscriptions.infrastructure.environment import ProviderSettings, setting
from subscriptions.infrastructure.providers.address import plain_address

SWITCH: Final = "STARS"
BOT: Final = "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"
API_BASE: Final = "TELEGRAM_BOT_API_BASE"
TELEGRAM: Final = "https://api.telegram.org"

_TRUE_WORDS = frozenset({"on", "true", "yes", "1"})
_FALSE_WORDS = frozenset({"", "off", "false", "no", "0"})
_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}\Z")
_WANT_SWITCH = phrase("put `on` or `off` here", "pon aquí `on` u `off`", "põe aqui `on` ou `off`")
_WANT_BOT = phrase(
    "put the token @BotFather gave the subscription bot here, also for the web and the worker",
    "pon aquí el token que @BotFather dio al bot de suscripciones, también para la web y el worker",
    "põe aqui o token que o @BotFather deu ao bot de subscrições, também para a web e o worker",
)
_WANT_BASE = phrase(
    "put http(s)://host[:port] of a Bot API server of your own here, or leave it out",
    "pon aquí http(s)://servidor[:puerto] de tu propio servidor del Bot API, o déjalo vacío",
    "põe aqui http(s)://servidor[:porta] do teu próprio servidor da Bot API, ou deixa vazio",
)
_NO_TOKEN = phrase("doesn't look like a bot's token", "no parece el token de un bot", "não parece o token de um bot")
_NO_ADDRESS = phrase("isn't a plain address", "no es una dirección sencilla", "não é um endereço simples")


class StarsSettings(ProviderSettings):
    """Settings of the bot that sells with Stars. `api_base`: URL of the Bot API without a trailing slash."""

    switch: str = setting(SWITCH, _WANT_SWITCH)
    token: SecretStr = setting(BOT, _WANT_BOT)
    api_base: str = setting(API_BASE, _WANT_BASE, default=TELEGRAM)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the settings, or None unless STARS is on. Raises Misconfigured that lists every invalid setting."""
        values = {name: environ.get(name, "").strip() for name in (SWITCH, BOT, API_BASE)}
        return None if values[SWITCH].lower() in _FALSE_WORDS else cls.configured(environ)

    @field_validator("switch")
    @classmethod
    def _is_on(cls, text: str) -> str:
        if text.lower() not in _TRUE_WORDS:
            raise ValueError(_WANT_SWITCH)
        return text

    @field_validator("token")
    @classmethod
    def _of_a_bot(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.match(token.get_secret_value()):
            raise ValueError(join_phrases(_NO_TOKEN, _WANT_BOT))
        return token

    @field_validator("api_base")
    @classmethod
    def _address(cls, text: str) -> str:
        if plain_address(text) is None:
            raise ValueError(join_phrases(_NO_ADDRESS, _WANT_BASE))
        return text.rstrip("/")

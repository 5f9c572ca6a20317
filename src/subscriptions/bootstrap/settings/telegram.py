"""Settings of processes that use Telegram."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, field_validator, model_validator

from subscriptions.bootstrap.settings.blocks import with_blocks
from subscriptions.bootstrap.settings.console import ConsoleSettings
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.keyed import KeyedSettings
from subscriptions.bootstrap.settings.outgoing import OutboxSettings
from subscriptions.bootstrap.settings.owners import OwnerSettings
from subscriptions.bootstrap.settings.selling import SellerSettings
from subscriptions.infrastructure.environment import comma_list, setting
from subscriptions.infrastructure.jobs.connection import QUEUE_CONNECTIONS
from subscriptions.infrastructure.site_address import page_address

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}\Z")


@with_blocks("bot")
class BotSettings(ConsoleSettings, KeyedSettings, SellerSettings, OutboxSettings, OwnerSettings):
    """Settings of the bot process."""

    queue_connections = QUEUE_CONNECTIONS
    database_connections: int = setting(
        "BOT_DATABASE_CONNECTIONS",
        "connections to PostgreSQL, 16 to 500",
        es="conexiones con PostgreSQL, de 16 a 500",
        default=31,
        ge=16,
        le=500,
    )
    token: SecretStr = setting(
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN",
        "your bot's token from @BotFather: 123456:ABC…",
        es="el token que @BotFather dio a tu bot: 123456:ABC…",
    )
    api_base: str = setting(
        "TELEGRAM_BOT_API_BASE",
        "the address of a Bot API server of your own",
        es="la dirección de un servidor propio de la Bot API",
        default="https://api.telegram.org",
    )
    mode: str = setting(
        "BOT_MODE",
        "`polling` or `webhook`",
        es="`polling` o `webhook`",
        default="polling",
        pattern="^(polling|webhook)$",
    )
    webhook_url: str | None = setting(
        "BOT_WEBHOOK_URL",
        "the public https address to which Telegram sends updates",
        es="la dirección https pública a la que Telegram envía las actualizaciones",
        default=None,
    )
    webhook_secret: SecretStr | None = setting(
        "BOT_WEBHOOK_SECRET",
        "1 to 256 secret characters of A-Z a-z 0-9 _ -",
        es="de 1 a 256 caracteres A-Z a-z 0-9 _ -, secretos",
        default=None,
    )
    webhook_host: str = setting(
        "BOT_WEBHOOK_HOST", "the address to listen on", es="la dirección en la que escucha", default="127.0.0.1"
    )
    webhook_port: int = setting(
        "BOT_WEBHOOK_PORT", "the port to listen on", es="el puerto en el que escucha", default=8081, ge=0, le=65535
    )
    sender_tokens: Annotated[tuple[SecretStr, ...], BeforeValidator(comma_list)] = setting(
        "SENDER_BOT_TOKENS",
        "the tokens of the bots that publish posts, separated by commas",
        es="los tokens de los bots que publican en los canales, separados por comas",
        default=(),
    )
    vip_channel_id: int | None = setting(
        "VIP_CHANNEL_ID",
        "your VIP channel's id, -100…; or choose it in the panel",
        es="el id de tu canal VIP, -100…; o elígelo en el panel",
        default=None,
        lt=-(10**12),
    )
    whitelist_ids: Annotated[frozenset[int], BeforeValidator(comma_list)] = setting(
        "WHITELIST_TELEGRAM_IDS",
        "ids of people who are never removed from a channel, separated by commas",
        es="ids de personas a las que nunca se saca de un canal, separados por comas",
        default=frozenset(),
    )

    @field_validator("token", "sender_tokens")
    @classmethod
    def _tokens(cls, value: SecretStr | tuple[SecretStr, ...]) -> SecretStr | tuple[SecretStr, ...]:
        for token in value if isinstance(value, tuple) else (value,):
            if not _TOKEN.match(token.get_secret_value()):
                raise ValueError("doesn't look like a bot's token")
        return value

    @field_validator("api_base", "webhook_url")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        return value and page_address(value)

    @model_validator(mode="after")
    def _webhook_complete(self) -> "BotSettings":
        if self.mode == "webhook" and (self.webhook_url is None or self.webhook_secret is None):
            raise ValueError("BOT_MODE=webhook needs BOT_WEBHOOK_URL and BOT_WEBHOOK_SECRET")
        return self


class UserbotSettings(CoreSettings):
    """Settings of the userbot process."""

    queue_connections = QUEUE_CONNECTIONS
    database_connections: int = setting(
        "USERBOT_DATABASE_CONNECTIONS",
        "connections to PostgreSQL, 12 to 500",
        es="conexiones con PostgreSQL, de 12 a 500",
        default=16,
        ge=12,
        le=500,
    )
    api_id: int = setting(
        "TELEGRAM_API_ID",
        "your application's `api_id` from my.telegram.org",
        es="el número que my.telegram.org dio a tu aplicación",
        gt=0,
    )
    api_hash: SecretStr = setting(
        "TELEGRAM_API_HASH",
        "your application's `api_hash` from my.telegram.org",
        es="el hash que my.telegram.org dio a tu aplicación",
    )
    session_key: SecretStr = setting(
        "SESSION_KEY",
        "the key that encrypts the accounts' sessions; `umbral init` makes one",
        es="la clave que cifra las sesiones de las cuentas; `umbral init` hace una",
    )
    session: SecretStr | None = setting(
        "TELEGRAM_USERBOT_SESSION",
        "a session string or file, for the first account",
        es="una sesión en texto o en archivo: la primera cuenta, cuando aún no hay ninguna",
        default=None,
    )
    phone: str | None = setting(
        "TELEGRAM_USERBOT_PHONE",
        "the phone of that first account, +34…",
        es="el teléfono de esa primera cuenta, +34…",
        default=None,
    )
    data_centre: str | None = setting(
        "TELEGRAM_MTPROTO_DC",
        "host:port of another data centre: Telegram's test one, or the sandbox",
        es="servidor:puerto de otro centro de datos: el de pruebas de Telegram, o el sandbox",
        default=None,
    )
    public_key: Path | None = setting(
        "TELEGRAM_MTPROTO_PUBLIC_KEY",
        "the file with that data centre's public key",
        es="el archivo con la clave pública de ese centro de datos",
        default=None,
    )
    account_cap: int = setting(
        "ACCOUNT_CAP",
        "maximum number of channels per account, 1 to 490",
        es="canales que puede tener una cuenta, de 1 a 490",
        default=400,
        ge=1,
        le=490,
    )
    account_day_cap: int = setting(
        "ACCOUNT_DAY_CAP",
        "maximum number of new channels per account and day",
        es="canales que puede crear una cuenta al día",
        default=15,
        ge=1,
    )
    account_pace_s: int = setting(
        "ACCOUNT_PACE_S",
        "minimum number of seconds between two new channels of an account",
        es="segundos entre dos canales nuevos de una cuenta",
        default=90,
        ge=0,
    )

    channel_owners: int = setting(
        "CHANNEL_OWNERS",
        "with 2, each channel has a second account that can take it over, and counts for both",
        es="con 2, cada canal tiene una segunda cuenta que puede asumirlo, y cuenta en las dos",
        default=1,
        ge=1,
        le=2,
    )

    @field_validator("data_centre")
    @classmethod
    def _host_port(cls, value: str | None) -> str | None:
        if value is not None:
            host, _, port = value.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError("must be host:port")
        return value

    @model_validator(mode="after")
    def _key_of_another_centre(self) -> "UserbotSettings":
        if self.public_key is not None and not self.public_key.is_file():
            raise ValueError("TELEGRAM_MTPROTO_PUBLIC_KEY isn't the path of a file")
        return self


def is_loopback(url: str) -> bool:
    """Return True if the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

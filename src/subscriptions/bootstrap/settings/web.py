"""Settings of the web and worker processes."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, SecretStr, field_validator

from subscriptions.application.catalog.site import Identity, days_kept
from subscriptions.application.dto.policy import RETENTION
from subscriptions.bootstrap.settings.blocks import with_blocks
from subscriptions.bootstrap.settings.console import ConsoleSettings
from subscriptions.bootstrap.settings.outgoing import OutboxSettings
from subscriptions.bootstrap.settings.owners import OwnerSettings
from subscriptions.bootstrap.settings.selling import SellerSettings
from subscriptions.infrastructure.environment import comma_list, setting
from subscriptions.infrastructure.jobs.connection import QUEUE_CONNECTIONS
from subscriptions.infrastructure.site_address import page_address


@with_blocks("web")
class WebSettings(ConsoleSettings, SellerSettings, OutboxSettings):
    """Settings of the web process: pages, provider webhooks and the API for posts."""

    database_connections: int = setting(
        "WEB_DATABASE_CONNECTIONS",
        "connections to PostgreSQL, 20 to 500",
        es="conexiones con PostgreSQL, de 20 a 500",
        default=20,
        ge=20,
        le=500,
    )
    host: str = setting(
        "WEB_HOST", "the address to listen on", es="la dirección en la que escucha", default="127.0.0.1"
    )
    port: int = setting(
        "WEB_PORT", "the port to listen on", es="el puerto en el que escucha", default=8000, ge=0, le=65535
    )
    console_database_url: SecretStr | None = setting(
        "CONSOLE_DATABASE_URL",
        "DATABASE_URL for the console only; by default, the web's",
        es="el DATABASE_URL solo de la consola",
        default=None,
    )
    telegram_login_id: str | None = setting(
        "TELEGRAM_LOGIN_ID",
        "the client id that @BotFather shows under Web Login, with which staff can sign in to the console by Telegram",
        es="el client id que @BotFather muestra en Web Login: con él, el equipo puede entrar en la consola con"
        " Telegram",
        default=None,
        pattern="^[0-9]{1,20}$",
    )
    telegram_login_secret: SecretStr | None = setting(
        "TELEGRAM_LOGIN_SECRET",
        "the client secret that @BotFather shows next to the client id",
        es="el client secret que @BotFather muestra junto al client id",
        default=None,
        min_length=8,
    )
    telegram_login_base: str = setting(
        "TELEGRAM_LOGIN_BASE",
        "the address of Telegram's login",
        es="la dirección del inicio de sesión de Telegram",
        default="https://oauth.telegram.org",
        pattern="^(https://|http://127.0.0.1:)",
    )
    proxies: Annotated[tuple[IPv4Network | IPv6Network, ...] | None, BeforeValidator(comma_list)] = setting(
        "WEB_PROXIES",
        "addresses or networks whose X-Forwarded-For is trusted, separated by commas; by default, private networks",
        es="direcciones o redes de confianza para X-Forwarded-For, separadas por comas; si falta, las privadas",
        default=None,
    )
    proxy_hops: int | None = setting(
        "WEB_PROXY_HOPS",
        "number of proxies in front of the web process, 1 to 5, if the first one's address isn't known",
        es="número de proxies delante del proceso web, de 1 a 5, si no se conoce la dirección del primero",
        default=None,
        ge=1,
        le=5,
    )
    address_connections: int = setting(
        "WEB_ADDRESS_CONNECTIONS",
        "maximum number of concurrent connections per address, 10 to 1000",
        es="conexiones simultáneas por dirección, de 10 a 1000",
        default=100,
        ge=10,
        le=1000,
    )
    address_requests: int = setting(
        "WEB_ADDRESS_REQUESTS",
        "maximum number of requests per second and address, 1 to 1000; for webhooks and /api, only refused requests"
        " count",
        es="peticiones por segundo y dirección, de 1 a 1000; de los webhooks y de /api solo cuentan las rechazadas",
        default=5,
        ge=1,
        le=1000,
    )
    picks_api_key: SecretStr | None = setting(
        "PICKS_API_KEY",
        "the API key with which your system sends picks, at least 16 characters",
        es="la clave de API con la que tu sistema envía picks, de 16 caracteres como mínimo",
        default=None,
        min_length=16,
    )
    accent: str = setting(
        "BRAND_ACCENT",
        "the brand's colour as #rrggbb",
        es="el color de la marca como #rrggbb",
        topic="shop",
        restarts=(),
        default="#0b5f66",
        pattern="^#[0-9a-fA-F]{6}$",
    )

    @field_validator("telegram_login_base")
    @classmethod
    def _login_base(cls, value: str) -> str:
        return page_address(value)

    @cached_property
    def identity(self) -> Identity:
        """Identity of the seller as shown on the pages. All code shares this instance, which is updated when settings
        change at run time.
        """
        return Identity(
            brand=self.brand_name,
            legal_identity=self.legal_identity.strip(),
            support_contact=self.support_contact.strip(),
            base_url=self.web_base_url,
            accent=self.accent,
            terms_version=self.terms_version,
            terms_since=self.terms_since,
            grace_days=self.grace_days,
            withdrawal=self.policy.withdrawal,
            declarations=self.policy.declarations,
            retention_days=self.retention_days,
            records_days=days_kept({**RETENTION, **self.retention}),
        )


@with_blocks("worker")
class WorkerSettings(OutboxSettings, OwnerSettings):
    """Settings of the worker process."""

    queue_connections = QUEUE_CONNECTIONS
    database_connections: int = setting(
        "WORKER_DATABASE_CONNECTIONS",
        "connections to PostgreSQL, 16 to 500",
        es="conexiones con PostgreSQL, de 16 a 500",
        default=22,
        ge=16,
        le=500,
    )

"""Settings of processes that send outgoing webhooks or manage their endpoints."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.environment import comma_list, setting


class NetworkSettings(CoreSettings):
    """Settings of processes that send requests to URLs from other people: webhook endpoints and pictures of posts."""

    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(comma_list)] = setting(
        "WEBHOOK_NETWORKS",
        "your private networks to which webhooks may be sent, even by unencrypted http, and from which pictures of"
        " posts may be loaded, e.g. 172.16.0.0/12",
        es="redes privadas tuyas a las que se pueden enviar webhooks, también por http sin cifrar, y de las que"
        " pueden venir fotos de publicaciones, p. ej. 172.16.0.0/12",
        default=(),
    )


class OutboxSettings(NetworkSettings):
    """Settings of processes that send outgoing webhooks or create their signing secrets: worker, web, bot
    and commands.
    """

    webhook_key: SecretStr | None = setting(
        "WEBHOOK_KEY",
        "the key that encrypts the secrets of `umbral webhooks`, 32 bytes in URL-safe base64; `umbral init` makes one",
        es="la clave que cifra los secretos de `umbral webhooks`, 32 bytes en base64 para URL; `umbral init` hace una",
        default=None,
    )

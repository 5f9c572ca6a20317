"""The operator's choices that use cases follow."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Brand, texts of channels, and how long things last. base_url: the operator's site, a checkout returns to it."""

    brand: str
    base_url: str
    terms_version: str = "1"
    checkout_lifetime: timedelta = timedelta(minutes=35)
    invite_lifetime: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(days=5)
    check_interval: timedelta = timedelta(minutes=5)
    channel_title: str = "{brand} - {plan} - {customer}"
    channel_about: str = "{brand} · {plan}"
    channel_welcome: str = (
        "👋 ¡Hola, {name}! Este es tu canal privado de {plan}.\n\n"
        "Aquí llegarán tus picks. El canal es solo para ti: no compartas su contenido.\n"
        "Escribe /estado al bot para ver tu suscripción."
    )

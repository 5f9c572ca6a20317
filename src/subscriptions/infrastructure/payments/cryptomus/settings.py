"""Settings of Cryptomus, read from the environment and validated one by one before any use."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator

from subscriptions.domain.entities.spoken import join_phrases, phrase
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.infrastructure.environment import ProviderSettings, comma_list, setting
from subscriptions.infrastructure.providers.address import WANT_ADDRESS, is_loopback, plain_address, service_address

MERCHANT: Final = "CRYPTOMUS_MERCHANT_ID"
API_KEY: Final = "CRYPTOMUS_API_KEY"
SIGNING_KEY: Final = "CRYPTOMUS_WEBHOOK_SECRET"
API_BASE: Final = "CRYPTOMUS_API_BASE"
CALLBACK: Final = "CRYPTOMUS_CALLBACK_URL"
RECURRENCE: Final = "CRYPTOMUS_RECURRENCE"
ALLOWED_IPS: Final = "CRYPTOMUS_ALLOWED_IPS"
NAMES: Final = (MERCHANT, API_KEY, SIGNING_KEY, API_BASE, CALLBACK, RECURRENCE, ALLOWED_IPS)
IDENTITY: Final = (MERCHANT, API_KEY, SIGNING_KEY, API_BASE)
"""Settings that identify the merchant. If none of them is set, the provider is off, whatever the other settings say."""

SITE: Final = "WEB_BASE_URL"

REAL_SERVICE: Final = "https://api.cryptomus.com"
DEFAULT_SITE: Final = "http://127.0.0.1:8000"
"""URL of our web process if WEB_BASE_URL is not set."""

RECURRING_ABILITIES: Final = frozenset([Capability.RECURRING, Capability.CANCEL_AT_PERIOD_END])
"""Capabilities that require recurring payments."""

CALLBACK_LIMIT: Final = 255
"""Maximum length of a URL at Cryptomus."""

_MERCHANT = re.compile(r"[A-Za-z0-9-]{4,64}\Z")
_KEY = re.compile(r"[A-Za-z0-9_+/=.-]{8,256}\Z")
_DEMO = re.compile(r"demo", re.IGNORECASE)
_SWITCH: Final = {"off": False, "on": True}

_WANT_MERCHANT: Final = phrase(
    "put the merchant's id here (Cryptomus: Business, your merchant, Settings)",
    "pon aquí el id del comercio (Cryptomus: Business, tu comercio, Settings)",
    "põe aqui o id do comerciante (Cryptomus: Business, o teu comerciante, Settings)",
)
_WANT_KEY: Final = phrase(
    "put the merchant's payment API key here (not the payout key); the old one after a comma",
    "pon aquí la clave de API de cobros del comercio (la de pagos es otra); la anterior, detrás de una coma",
    "põe aqui a chave de API de cobranças do comerciante (a de pagamentos é outra); a anterior, depois de uma vírgula",
)
_WANT_SIGNING: Final = phrase(
    "put the payment API key here, or leave it out; several, comma separated, while one is rotated",
    "pon aquí la clave de API de cobros, o déjalo vacío; varias, separadas por comas, mientras cambias una",
    "põe aqui a chave de API de cobranças, ou deixa vazio; várias, separadas por vírgulas, enquanto mudas uma",
)
_WANT_CALLBACK: Final = phrase(
    "put the address at which Cryptomus reaches us here, https://your.site/webhooks/cryptomus",
    "pon aquí la dirección por la que Cryptomus llega a ti, https://tu.web/webhooks/cryptomus",
    "põe aqui o endereço por onde a Cryptomus chega a ti, https://o.teu.site/webhooks/cryptomus",
)
_WANT_SWITCH: Final = phrase("put on or off here", "pon aquí on u off", "põe aqui on ou off")
_WANT_IPS: Final = phrase(
    "put addresses or networks here, comma separated, or leave it out",
    "pon aquí direcciones o redes, separadas por comas, o déjalo vacío",
    "põe aqui endereços ou redes, separados por vírgulas, ou deixa vazio",
)
_NO_MERCHANT: Final = phrase("isn't a merchant's id", "no es el id de un comercio", "não é o id de um comerciante")
_NO_KEY: Final = phrase("isn't an API key", "no es una clave de API", "não é uma chave de API")
_NO_SIGNING: Final = phrase(
    "has a part that isn't an API key",
    "tiene una parte que no es una clave de API",
    "tem uma parte que não é uma chave de API",
)
_NO_SWITCH: Final = phrase("is neither", "no es ninguno de los dos", "não é nenhum dos dois")
_NOTHING: Final = phrase("is an empty list", "es una lista vacía", "é uma lista vazia")
_NO_NETWORK: Final = phrase(
    "has a part that isn't an address or network",
    "tiene una parte que no es una dirección ni una red",
    "tem uma parte que não é um endereço nem uma rede",
)
_NO_SITE: Final = phrase(
    "is missing or blank, and so is WEB_BASE_URL",
    "falta o está vacío, y WEB_BASE_URL también",
    "falta ou está vazio, e WEB_BASE_URL também",
)
_NO_CALLBACK: Final = phrase(
    f"isn't a plain address of up to {CALLBACK_LIMIT} characters",
    f"no es una dirección sencilla de hasta {CALLBACK_LIMIT} caracteres",
    f"não é um endereço simples de até {CALLBACK_LIMIT} caracteres",
)
_OWN_MACHINE: Final = phrase(
    "is an address of this machine, which Cryptomus can't reach",
    "es una dirección de esta máquina, a la que Cryptomus no llega",
    "é um endereço desta máquina, onde a Cryptomus não encontra ninguém",
)
_NO_DEMO: Final = phrase(
    f"is a demo secret that anyone knows; {API_BASE} names no loopback address, so put a real one here",
    f"es un secreto de demostración, que conoce cualquiera; {API_BASE} no lleva a esta máquina, así que pon uno real",
    f"é um segredo de demonstração, que qualquer um conhece; {API_BASE} não leva a esta máquina, por isso põe um real",
)

Keys = Annotated[tuple[SecretStr, ...], BeforeValidator(comma_list)]
Networks = tuple[IPv4Network | IPv6Network, ...]


class CryptomusSettings(ProviderSettings):
    """Settings of one merchant.

    api_base: URL of the API without a trailing slash
    api_keys: API keys, the newest first
    signing_keys: further keys that may sign webhooks
    callback_url: URL of our webhook endpoint, derived from `site` by default
    allowed_ips: permitted senders of webhooks; empty permits any
    """

    # This is the first field, because the URL of the API decides which keys may be demo keys and which URLs of our site
    # are valid.
    api_base: str = setting(API_BASE, WANT_ADDRESS, default=REAL_SERVICE)
    site: str = setting(SITE, "your site's address", default="")
    merchant_id: str = setting(MERCHANT, _WANT_MERCHANT)
    api_keys: Keys = setting(API_KEY, _WANT_KEY)
    signing_keys: Keys = setting(SIGNING_KEY, _WANT_SIGNING, default=())
    callback_url: str = setting(CALLBACK, _WANT_CALLBACK, default="", validate_default=True)
    recurrence: bool = setting(RECURRENCE, _WANT_SWITCH, default=False)
    allowed_ips: Networks = setting(ALLOWED_IPS, _WANT_IPS, default=())

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the settings, or None if no setting identifies the merchant. Raises Misconfigured that lists every
        invalid setting.
        """
        names_set = {name for name in NAMES if environ.get(name, "").strip()}
        return cls.configured(environ) if names_set.intersection(IDENTITY) else None

    @property
    def api_key(self) -> SecretStr:
        """Key that signs requests."""
        return self.api_keys[0]

    @property
    def webhook_secrets(self) -> tuple[SecretStr, ...]:
        """Keys that may sign a webhook."""
        return self.signing_keys or self.api_keys

    @property
    def without(self) -> frozenset[Capability]:
        """Capabilities that are switched off. Automatic charges need the setting `recurrence`."""
        return frozenset() if self.recurrence else RECURRING_ABILITIES

    @field_validator("api_base")
    @classmethod
    def _address(cls, text: str) -> str:
        return service_address(text)

    @field_validator("merchant_id")
    @classmethod
    def _merchant(cls, text: str) -> str:
        if not _MERCHANT.match(text):
            raise ValueError(join_phrases(_NO_MERCHANT, _WANT_MERCHANT))
        return text

    @field_validator("api_keys", "signing_keys")
    @classmethod
    def _real_keys(cls, keys: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        texts = [key.get_secret_value() for key in keys]
        if not texts or not all(_KEY.match(text) for text in texts):
            ours = info.field_name == "api_keys"
            raise ValueError(join_phrases(_NO_KEY, _WANT_KEY) if ours else join_phrases(_NO_SIGNING, _WANT_SIGNING))
        base = info.data.get("api_base")
        if base is not None and not is_loopback(base) and any(_DEMO.match(text) for text in texts):
            raise ValueError(_NO_DEMO)
        return keys

    @field_validator("callback_url")
    @classmethod
    def _reachable(cls, text: str, info: ValidationInfo) -> str:
        if "api_base" not in info.data:
            # The API's URL, which is invalid here, would decide which URLs of our site are valid.
            return text
        base = info.data["api_base"]
        return _reached_from(base, text or _callback(info.data["site"], base))

    @field_validator("recurrence", mode="before")
    @classmethod
    def _switch(cls, text: str) -> bool:
        if text.lower() not in _SWITCH:
            raise ValueError(join_phrases(_NO_SWITCH, _WANT_SWITCH))
        return _SWITCH[text.lower()]

    @field_validator("allowed_ips", mode="before")
    @classmethod
    def _networks(cls, text: str) -> Networks:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise ValueError(join_phrases(_NOTHING, _WANT_IPS))
        try:
            return tuple(ip_network(part) for part in parts)
        except ValueError as error:
            raise ValueError(join_phrases(_NO_NETWORK, _WANT_IPS)) from error


def _callback(site: str, base: str) -> str:
    """Return the URL of our webhook endpoint; empty if unknown. The default site is used only with an API on this
    machine.
    """
    site = site or (DEFAULT_SITE if is_loopback(base) else "")
    return f"{site.rstrip('/')}/webhooks/cryptomus" if site else ""


def _reached_from(base: str, callback: str) -> str:
    """Return the URL of our webhook endpoint for an API at `base`. Raises ValueError if that API cannot reach it."""
    if not callback:
        raise ValueError(join_phrases(_NO_SITE, _WANT_CALLBACK))
    if plain_address(callback) is None or len(callback) > CALLBACK_LIMIT:
        raise ValueError(join_phrases(_NO_CALLBACK, _WANT_CALLBACK))
    if is_loopback(callback) and not is_loopback(base):
        raise ValueError(join_phrases(_OWN_MACHINE, _WANT_CALLBACK))
    return callback

"""Settings of PayPal, read from the environment and validated one by one before any use."""

import re
from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator

from subscriptions.domain.entities.spoken import join_phrases, phrase
from subscriptions.infrastructure.environment import MISSING_TEXT, ProviderSettings, comma_list, setting
from subscriptions.infrastructure.providers.address import WANT_ADDRESS, is_loopback, service_address

CLIENT_ID: Final = "PAYPAL_CLIENT_ID"
CLIENT_KEY: Final = "PAYPAL_CLIENT_SECRET"
WEBHOOK_ID: Final = "PAYPAL_WEBHOOK_ID"
MODE: Final = "PAYPAL_MODE"
VERIFY: Final = "PAYPAL_VERIFY"
API_BASE: Final = "PAYPAL_API_BASE"
AUTHORITY: Final = "PAYPAL_WEBHOOK_CA"
NAMES: Final = (CLIENT_ID, CLIENT_KEY, WEBHOOK_ID, MODE, VERIFY, API_BASE, AUTHORITY)

SERVICES: Final = {"live": "https://api-m.paypal.com", "sandbox": "https://api-m.sandbox.paypal.com"}
"""URL of the API, keyed by PAYPAL_MODE."""
SITES: Final = {"live": "https://www.paypal.com", "sandbox": "https://www.sandbox.paypal.com"}
"""URL of the customers' site, keyed by PAYPAL_MODE."""

_CREDENTIAL = re.compile(r"[A-Za-z0-9_.~+/=-]{1,300}\Z")
_WEBHOOK = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_PEM = re.compile(r"(?:\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*\Z")
_EVENT = re.compile(r"WH-", re.IGNORECASE)
_DEMO = re.compile(r"demo", re.IGNORECASE)

_WANT = {
    CLIENT_ID: phrase(
        "put the app's client ID here (developer dashboard, Apps & Credentials)",
        "pon aquí el Client ID de la app (panel de desarrolladores de PayPal, Apps & Credentials)",
        "põe aqui o Client ID da app (painel de programadores do PayPal, Apps & Credentials)",
    ),
    CLIENT_KEY: phrase(
        "put the app's secret here (developer dashboard, Apps & Credentials)",
        "pon aquí el secreto de la app (panel de desarrolladores de PayPal, Apps & Credentials)",
        "põe aqui o segredo da app (painel de programadores do PayPal, Apps & Credentials)",
    ),
    WEBHOOK_ID: phrase(
        "put the ID of the app's webhook here, like 4JH86294D6297924G; several, comma separated, while one is replaced",
        "pon aquí el ID del webhook de la app, como 4JH86294D6297924G; varios, separados por comas, mientras cambias"
        " uno",
        "põe aqui o ID do webhook da app, como 4JH86294D6297924G; vários, separados por vírgulas, enquanto mudas um",
    ),
    MODE: phrase(
        "put live or sandbox here, whichever the credentials are for",
        "pon aquí live o sandbox, según de qué modo sean las credenciales",
        "põe aqui live ou sandbox, conforme o modo das credenciais",
    ),
    VERIFY: phrase(
        "put offline (the default) or postback here",
        "pon aquí offline (lo normal) o postback",
        "põe aqui offline (o normal) ou postback",
    ),
    AUTHORITY: phrase(
        "put a certificate in PEM here, its line ends written \\n, or leave it out",
        "pon aquí un certificado en PEM, con sus finales de línea escritos \\n, o déjalo vacío",
        "põe aqui um certificado em PEM, com os fins de linha escritos \\n, ou deixa vazio",
    ),
}
_ODD = phrase(
    "contains characters that aren't allowed in this value",
    "tiene caracteres que no se permiten en ese valor",
    "tem caracteres que não são permitidos nesse valor",
)
_OF_AN_EVENT = phrase(
    "is the ID of an event, not of the webhook",
    "es el ID de un evento, no del webhook",
    "é o ID de um evento, não do webhook",
)
_NO_ID = phrase("is no ID", "no es un ID", "não é um ID")
_NEITHER = phrase("isn't one of its values", "no es ninguno de sus valores", "não é nenhum dos seus valores")
_NO_CERTIFICATE = phrase("is none", "no es un certificado", "não é um certificado")
_NO_DEMO = phrase(
    f"is a demo value that anyone knows; {API_BASE} names no loopback address, so put a real one here",
    f"es un valor de demostración, que conoce cualquiera; {API_BASE} no lleva a esta máquina, así que pon uno real",
    f"é um valor de demonstração, que qualquer um conhece; {API_BASE} não leva a esta máquina, por isso põe um real",
)


class Proof(StrEnum):
    """Method of verifying webhooks.

    offline: with PayPal's certificate
    postback: by a request to PayPal
    """

    OFFLINE = "offline"
    POSTBACK = "postback"


class PayPalSettings(ProviderSettings):
    """Settings of one app of an account.

    address: configured URL of the API; None for the default of the mode
    mode: `live` or `sandbox`
    authorities: PEM certificates of authorities, besides the public ones, that may sign PayPal's certificates
    """

    # This is the first field, because the URL of the API decides whether demo values are allowed, and the default of
    # the mode.
    address: str | None = setting(API_BASE, WANT_ADDRESS, default=None)
    client_id: SecretStr = setting(CLIENT_ID, _WANT[CLIENT_ID])
    client_secret: SecretStr = setting(CLIENT_KEY, _WANT[CLIENT_KEY])
    webhook_ids: Annotated[tuple[str, ...], BeforeValidator(comma_list)] = setting(WEBHOOK_ID, _WANT[WEBHOOK_ID])
    mode: str = setting(MODE, _WANT[MODE], default="", validate_default=True)
    proof: Proof = setting(VERIFY, _WANT[VERIFY], default=Proof.OFFLINE)
    authorities: str = setting(AUTHORITY, _WANT[AUTHORITY], default="")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the settings, or None if every PAYPAL_ setting is missing. Raises Misconfigured that lists every
        invalid setting.
        """
        names_set = [name for name in NAMES if environ.get(name, "").strip()]
        return cls.configured(environ) if names_set else None

    @property
    def livemode(self) -> bool:
        """True unless the mode is PayPal's sandbox, in which no real money is charged."""
        return self.mode == "live"

    @property
    def api_base(self) -> str:
        """URL of the API without a trailing slash."""
        return self.address or SERVICES[self.mode]

    @property
    def site(self) -> str:
        """URL of the customers' site. A local stand-in for PayPal serves these pages below its API."""
        return self.api_base if self.loopback else SITES[self.mode]

    @property
    def loopback(self) -> bool:
        """True if the API is on this machine, in which case plain HTTP and privately signed
        certificates are accepted.
        """
        return self.address is not None and is_loopback(self.address)

    @field_validator("address")
    @classmethod
    def _address(cls, text: str) -> str:
        return service_address(text)

    @field_validator("client_id", "client_secret")
    @classmethod
    def _credential(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if not _CREDENTIAL.match(secret.get_secret_value()):
            want = _WANT[CLIENT_ID if info.field_name == "client_id" else CLIENT_KEY]
            raise ValueError(join_phrases(_ODD, want))
        _refuse_demo(secret.get_secret_value(), info)
        return secret

    @field_validator("webhook_ids")
    @classmethod
    def _webhooks(cls, webhooks: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not webhooks:
            raise ValueError(join_phrases(MISSING_TEXT, _WANT[WEBHOOK_ID]))
        if any(_EVENT.match(each) for each in webhooks):
            raise ValueError(join_phrases(_OF_AN_EVENT, _WANT[WEBHOOK_ID]))
        if not all(_WEBHOOK.match(each) for each in webhooks):
            raise ValueError(join_phrases(_NO_ID, _WANT[WEBHOOK_ID]))
        _refuse_demo(webhooks[0], info)
        return webhooks

    @field_validator("mode")
    @classmethod
    def _known_mode(cls, text: str, info: ValidationInfo) -> str:
        address = info.data.get("address")
        # A stand-in on this machine has only one mode.
        mode = text.lower() or ("sandbox" if address is not None and is_loopback(address) else "")
        if not mode:
            raise ValueError(join_phrases(MISSING_TEXT, _WANT[MODE]))
        if mode not in SERVICES:
            raise ValueError(join_phrases(_NEITHER, _WANT[MODE]))
        return mode

    @field_validator("proof", mode="before")
    @classmethod
    def _known_proof(cls, text: str) -> Proof:
        if text.lower() not in frozenset(Proof):
            raise ValueError(join_phrases(_NEITHER, _WANT[VERIFY]))
        return Proof(text.lower())

    @field_validator("authorities")
    @classmethod
    def _certificates(cls, text: str) -> str:
        pem = text.replace("\\n", "\n")
        if find_spec("cryptography") is None:
            # The bot's image has no `cryptography`: it receives no webhooks, and other processes validate the setting.
            return pem
        # Imported only if the setting is used, because the module takes 8 MB.
        x509 = import_module("cryptography.x509")
        try:
            certificates = _PEM.match(pem) and x509.load_pem_x509_certificates(pem.encode())
        except ValueError:
            certificates = None
        if not certificates:
            raise ValueError(join_phrases(_NO_CERTIFICATE, _WANT[AUTHORITY]))
        return pem


def _refuse_demo(value: str, info: ValidationInfo) -> None:
    """Raise ValueError for a demo value, unless the API is on this machine.

    An invalid URL of the API is reported separately.
    """
    if "address" in info.data and _DEMO.match(value):
        address = info.data["address"]
        if address is None or not is_loopback(address):
            raise ValueError(_NO_DEMO)

"""Settings of Stripe, read from the environment and validated one by one before any use."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator

from subscriptions.domain.entities.spoken import join_phrases, phrase
from subscriptions.infrastructure.environment import MISSING_TEXT, ProviderSettings, comma_list, setting
from subscriptions.infrastructure.providers.address import WANT_ADDRESS, is_loopback, service_address

API_KEY: Final = "STRIPE_SECRET_KEY"
PUBLISHABLE_KEY: Final = "STRIPE_PUBLISHABLE_KEY"
SIGNING_KEY: Final = "STRIPE_WEBHOOK_SECRET"
API_BASE: Final = "STRIPE_API_BASE"
TAX: Final = "STRIPE_AUTOMATIC_TAX"
NAMES: Final = (API_KEY, PUBLISHABLE_KEY, SIGNING_KEY, API_BASE, TAX)

_SWITCH: Final = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(("off", "false", "no", "0"), False)

_KEY = re.compile(r"(?:sk|rk)_(?P<mode>live|test)_[A-Za-z0-9_]+\Z")
_PUBLISHABLE = re.compile(r"pk_(?P<mode>live|test)_[A-Za-z0-9_]+\Z")
_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]+\Z")
_DEMO = re.compile(r"(?:(?:sk|rk)_test_|whsec_)demo", re.IGNORECASE)

_WANT_KEY = phrase(
    "put the account's secret key here, sk_live_… or sk_test_… (dashboard, Developers, API keys)",
    "pon aquí la clave secreta de la cuenta, sk_live_… o sk_test_… (panel de Stripe, Desarrolladores, Claves de API)",
    "põe aqui a chave secreta da conta, sk_live_… ou sk_test_… (painel da Stripe, Programadores, Chaves da API)",
)
_WANT_SIGNING = phrase(
    "put the endpoint's signing secret here, whsec_…; several, comma separated, while one is rotated",
    "pon aquí el secreto de firma del webhook, whsec_…; varios, separados por comas, mientras cambias uno",
    "põe aqui o segredo de assinatura do webhook, whsec_…; vários, separados por vírgulas, enquanto mudas um",
)
_WANT_PUBLISHABLE = phrase(
    "put pk_live_… or pk_test_… here or leave it out",
    "pon aquí pk_live_… o pk_test_…, o déjalo vacío",
    "põe aqui pk_live_… ou pk_test_…, ou deixa vazio",
)
_WANT_SWITCH = phrase("put `on` here or leave it out", "pon `on` aquí o déjalo vacío", "põe `on` aqui ou deixa vazio")
_PUBLISHABLE_KEY = phrase("is a publishable key", "es una clave publicable", "é uma chave publicável")
_NO_KEY = phrase("isn't a secret key", "no es una clave secreta", "não é uma chave secreta")
_NO_PUBLISHABLE = phrase("isn't a publishable key", "no es una clave publicable", "não é uma chave publicável")
_NO_SIGNING = phrase(
    "has a part that isn't a signing secret",
    "tiene una parte que no es un secreto de firma",
    "tem uma parte que não é um segredo de assinatura",
)
_NO_SWITCH = phrase("is neither on nor off", "no es ni on ni off", "não é on nem off")
_NO_DEMO = phrase(
    f"is a demo secret that anyone knows; {API_BASE} names no loopback address, so put a real one here",
    f"es un secreto de demostración, que conoce cualquiera; {API_BASE} no lleva a esta máquina, así que pon uno real",
    f"é um segredo de demonstração, que qualquer um conhece; {API_BASE} não leva a esta máquina, por isso põe um real",
)


class StripeSettings(ProviderSettings):
    """Settings of one account.

    api_base: URL of the API without a trailing slash; None for the real service
    automatic_tax: Stripe calculates the tax included in each price from the payer's location
    publishable_key: validated but not stored; an invalid value shows that the operator has confused the keys
    """

    # This is the first field, because the URL of the API decides whether demo secrets are allowed.
    api_base: str | None = setting(API_BASE, WANT_ADDRESS, default=None)
    secret_key: SecretStr = setting(API_KEY, _WANT_KEY)
    webhook_secrets: Annotated[tuple[SecretStr, ...], BeforeValidator(comma_list)] = setting(SIGNING_KEY, _WANT_SIGNING)
    publishable_key: str | None = setting(PUBLISHABLE_KEY, _WANT_PUBLISHABLE, default=None)
    automatic_tax: bool = setting(TAX, _WANT_SWITCH, default=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the settings, or None if no STRIPE_ setting is given, or only the switch for automatic tax. Raises
        Misconfigured that lists every invalid setting.
        """
        names_set = [name for name in NAMES if environ.get(name, "").strip()]
        # The tax setting alone does not configure an account.
        return None if names_set in ([], [TAX]) else cls.configured(environ)

    @property
    def livemode(self) -> bool:
        """True if the secret key is for live mode."""
        return _mode(self.secret_key) == "live"

    @field_validator("api_base")
    @classmethod
    def _address(cls, text: str) -> str:
        return service_address(text)

    @field_validator("secret_key")
    @classmethod
    def _real_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        if key.get_secret_value().startswith("pk_"):
            raise ValueError(join_phrases(_PUBLISHABLE_KEY, _WANT_KEY))
        if _mode(key) is None:
            raise ValueError(join_phrases(_NO_KEY, _WANT_KEY))
        return _no_demo(key, info)

    @field_validator("webhook_secrets")
    @classmethod
    def _signing_secrets(cls, secrets: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        if not secrets:
            raise ValueError(join_phrases(MISSING_TEXT, _WANT_SIGNING))
        if not all(_SIGNING_SECRET.match(secret.get_secret_value()) for secret in secrets):
            raise ValueError(join_phrases(_NO_SIGNING, _WANT_SIGNING))
        return tuple(_no_demo(secret, info) for secret in secrets)

    @field_validator("publishable_key")
    @classmethod
    def _of_the_same_mode(cls, key: str, info: ValidationInfo) -> None:
        match, secret_key = _PUBLISHABLE.match(key), info.data.get("secret_key")
        if match is None:
            raise ValueError(join_phrases(_NO_PUBLISHABLE, _WANT_PUBLISHABLE))
        mode = match.group("mode")
        if secret_key is not None and mode != _mode(secret_key):
            other = _mode(secret_key)
            raise ValueError(
                phrase(
                    f"is for {mode} mode, {API_KEY} for {other}; take both from one",
                    f"es del modo {mode}, {API_KEY} del modo {other}; toma las dos del mismo",
                    f"é do modo {mode}, {API_KEY} do modo {other}; usa as duas do mesmo",
                )
            )

    @field_validator("automatic_tax", mode="before")
    @classmethod
    def _switch(cls, text: str) -> bool:
        if text.lower() not in _SWITCH:
            raise ValueError(join_phrases(_NO_SWITCH, _WANT_SWITCH))
        return _SWITCH[text.lower()]


def _mode(key: SecretStr) -> str | None:
    match = _KEY.match(key.get_secret_value())
    return match.group("mode") if match else None


def _no_demo(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return the secret. Raise ValueError for a demo secret, unless the API is on this machine."""
    if (
        _DEMO.match(secret.get_secret_value())
        and not is_loopback(info.data.get("api_base"))
        and "api_base" in info.data
    ):
        raise ValueError(_NO_DEMO)
    return secret

"""Stripe's settings: read from the environment, checked one by one before anything is sent or believed."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator

from subscriptions.infrastructure.environment import ProviderSettings, comma_list, setting
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

_WANT_KEY = "put the account's secret key here, sk_live_… or sk_test_… (dashboard, Developers, API keys)"
_WANT_SIGNING = "put the endpoint's signing secret here, whsec_…; several, comma separated, while one is rotated"
_WANT_PUBLISHABLE = "put pk_live_… or pk_test_… here or leave it out"
_WANT_SWITCH = "put `on` here or leave it out"
_NO_DEMO = f"is a demo secret, which anybody knows; {API_BASE} names no loopback address, so put a real one here"


class StripeSettings(ProviderSettings):
    """One account. api_base: without a slash at its end, None = the real service.

    automatic_tax: the provider reckons how much of each price is tax, by where the payer lives. The publishable key is
    looked at and not kept: nothing here needs it, and a wrong one shows that keys were mixed up.
    """

    # First: where the service is decides which secrets may be demo ones.
    api_base: str | None = setting(API_BASE, WANT_ADDRESS, default=None)
    secret_key: SecretStr = setting(API_KEY, _WANT_KEY)
    webhook_secrets: Annotated[tuple[SecretStr, ...], BeforeValidator(comma_list)] = setting(SIGNING_KEY, _WANT_SIGNING)
    publishable_key: str | None = setting(PUBLISHABLE_KEY, _WANT_PUBLISHABLE, default=None)
    automatic_tax: bool = setting(TAX, _WANT_SWITCH, default=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when every STRIPE_ setting is absent or blank. Raises Misconfigured with every setting that is wrong."""
        names_set = [name for name in NAMES if environ.get(name, "").strip()]
        # How tax is reckoned is no account: alone it asks for nothing.
        return None if names_set in ([], [TAX]) else cls.configured(environ)

    @property
    def livemode(self) -> bool:
        """What the key is for."""
        return _mode(self.secret_key) == "live"

    @field_validator("api_base")
    @classmethod
    def _address(cls, text: str) -> str:
        return service_address(text)

    @field_validator("secret_key")
    @classmethod
    def _real_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        if key.get_secret_value().startswith("pk_"):
            raise ValueError(f"is a publishable key; {_WANT_KEY}")
        if _mode(key) is None:
            raise ValueError(f"is not a secret key; {_WANT_KEY}")
        return _no_demo(key, info)

    @field_validator("webhook_secrets")
    @classmethod
    def _signing_secrets(cls, secrets: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        if not secrets:
            raise ValueError(f"is missing or blank; {_WANT_SIGNING}")
        if not all(_SIGNING_SECRET.match(secret.get_secret_value()) for secret in secrets):
            raise ValueError(f"has a part that is no signing secret; {_WANT_SIGNING}")
        return tuple(_no_demo(secret, info) for secret in secrets)

    @field_validator("publishable_key")
    @classmethod
    def _of_the_same_mode(cls, key: str, info: ValidationInfo) -> None:
        match, secret_key = _PUBLISHABLE.match(key), info.data.get("secret_key")
        if match is None:
            raise ValueError(f"is not a publishable key; {_WANT_PUBLISHABLE}")
        mode = match.group("mode")
        if secret_key is not None and mode != _mode(secret_key):
            raise ValueError(f"is for {mode} mode, {API_KEY} for {_mode(secret_key)}; take both from one")

    @field_validator("automatic_tax", mode="before")
    @classmethod
    def _switch(cls, text: str) -> bool:
        if text.lower() not in _SWITCH:
            raise ValueError(f"is neither on nor off; {_WANT_SWITCH}")
        return _SWITCH[text.lower()]


def _mode(key: SecretStr) -> str | None:
    match = _KEY.match(key.get_secret_value())
    return match.group("mode") if match else None


def _no_demo(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    """The secret, unless it is a demo one and the service is known to be elsewhere."""
    if (
        _DEMO.match(secret.get_secret_value())
        and not is_loopback(info.data.get("api_base"))
        and "api_base" in info.data
    ):
        raise ValueError(_NO_DEMO)
    return secret

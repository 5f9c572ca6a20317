"""Stripe's settings: read from the environment, checked one by one before anything is sent or believed."""

import re
from collections.abc import Mapping
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, SecretStr

from subscriptions.domain.ports.payment_gateway import Misconfigured
from subscriptions.infrastructure.payments.stripe.address import api_base, is_loopback

API_KEY: Final = "STRIPE_SECRET_KEY"
PUBLISHABLE_KEY: Final = "STRIPE_PUBLISHABLE_KEY"
SIGNING: Final = "STRIPE_WEBHOOK_SECRET"
API_BASE: Final = "STRIPE_API_BASE"
TAX: Final = "STRIPE_AUTOMATIC_TAX"
NAMES: Final = (API_KEY, PUBLISHABLE_KEY, SIGNING, API_BASE, TAX)

_ON: Final = frozenset({"on", "true", "yes", "1"})
_OFF: Final = frozenset({"", "off", "false", "no", "0"})

_KEY = re.compile(r"(?:sk|rk)_(?P<mode>live|test)_[A-Za-z0-9_]+\Z")
_PUBLISHABLE = re.compile(r"pk_(?P<mode>live|test)_[A-Za-z0-9_]+\Z")
_SIGNING = re.compile(r"whsec_[A-Za-z0-9+/=_-]+\Z")
_DEMO = re.compile(r"(?:(?:sk|rk)_test_|whsec_)demo", re.IGNORECASE)

_WANT_KEY = "put the account's secret key here, sk_live_… or sk_test_… (dashboard, Developers, API keys)"
_WANT_SIGNING = "put the endpoint's signing secret here, whsec_…; several, comma separated, while one is rotated"
_NO_DEMO = f"is a demo secret, which anybody knows; {API_BASE} names no loopback address, so put a real one here"


class StripeSettings(BaseModel):
    """One account. livemode: what the key is for; api_base: without a slash at its end, None = the real service.

    automatic_tax: the provider reckons how much of each price is tax, by where the payer lives.
    """

    model_config = ConfigDict(frozen=True)

    secret_key: SecretStr
    webhook_secrets: tuple[SecretStr, ...]
    livemode: bool
    api_base: str | None = None
    automatic_tax: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when every STRIPE_ setting is absent or blank. Raises Misconfigured with every setting that is wrong."""
        given = {name: environ.get(name, "").strip() for name in NAMES}
        if not any(given[name] for name in NAMES if name != TAX):
            # How tax is reckoned is no account: alone it asks for nothing.
            return None
        base, base_problem = api_base(given[API_BASE])
        secrets = tuple(part.strip() for part in given[SIGNING].split(",") if part.strip())
        key = _KEY.match(given[API_KEY])
        problems = [
            *_key_problems(given[API_KEY]),
            *_signing_problems(secrets),
            *_publishable_problems(given[PUBLISHABLE_KEY], key.group("mode") if key else None),
            *([(API_BASE, base_problem)] if base_problem else []),
            *_tax_problems(given[TAX]),
        ]
        if base_problem is None and not is_loopback(base):
            problems += _demo_problems(given[API_KEY], secrets)
        if problems or key is None:
            raise Misconfigured(*problems[0], *problems[1:])
        return cls(
            secret_key=SecretStr(given[API_KEY]),
            webhook_secrets=tuple(SecretStr(secret) for secret in secrets),
            livemode=key.group("mode") == "live",
            api_base=base,
            automatic_tax=given[TAX].lower() in _ON,
        )


def _key_problems(key: str) -> list[tuple[str, str]]:
    if not key:
        return [(API_KEY, f"is missing or blank; {_WANT_KEY}")]
    if key.startswith("pk_"):
        return [(API_KEY, f"is a publishable key; {_WANT_KEY}")]
    return [] if _KEY.match(key) else [(API_KEY, f"is not a secret key; {_WANT_KEY}")]


def _signing_problems(secrets: tuple[str, ...]) -> list[tuple[str, str]]:
    if not secrets:
        return [(SIGNING, f"is missing or blank; {_WANT_SIGNING}")]
    if all(_SIGNING.match(secret) for secret in secrets):
        return []
    return [(SIGNING, f"has a part that is no signing secret; {_WANT_SIGNING}")]


def _publishable_problems(key: str, mode: str | None) -> list[tuple[str, str]]:
    """Nothing here needs the key; a wrong one shows that keys were mixed up."""
    if not key:
        return []
    found = _PUBLISHABLE.match(key)
    if found is None:
        return [(PUBLISHABLE_KEY, "is not a publishable key; put pk_live_… or pk_test_… here or leave it out")]
    if mode is not None and found.group("mode") != mode:
        return [(PUBLISHABLE_KEY, f"is for {found.group('mode')} mode, {API_KEY} for {mode}; take both from one")]
    return []


def _tax_problems(given: str) -> list[tuple[str, str]]:
    return [] if given.lower() in _ON | _OFF else [(TAX, "is neither on nor off; put `on` here or leave it out")]


def _demo_problems(key: str, secrets: tuple[str, ...]) -> list[tuple[str, str]]:
    problems = [(API_KEY, _NO_DEMO)] if _DEMO.match(key) else []
    if any(_DEMO.match(secret) for secret in secrets):
        problems.append((SIGNING, _NO_DEMO))
    return problems

"""Cryptomus' settings: read from the environment, checked one by one before anything is sent or believed."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, SecretStr

from subscriptions.domain.ports.payment_gateway import Capability, Misconfigured
from subscriptions.infrastructure.payments.cryptomus.address import base_problem, callback_problem, is_loopback

MERCHANT: Final = "CRYPTOMUS_MERCHANT_ID"
API_KEY: Final = "CRYPTOMUS_API_KEY"
SIGNING: Final = "CRYPTOMUS_WEBHOOK_SECRET"
API_BASE: Final = "CRYPTOMUS_API_BASE"
CALLBACK: Final = "CRYPTOMUS_CALLBACK_URL"
RECURRENCE: Final = "CRYPTOMUS_RECURRENCE"
ALLOWED_IPS: Final = "CRYPTOMUS_ALLOWED_IPS"
NAMES: Final = (MERCHANT, API_KEY, SIGNING, API_BASE, CALLBACK, RECURRENCE, ALLOWED_IPS)
IDENTITY: Final = (MERCHANT, API_KEY, SIGNING, API_BASE)
"""Without any of them it is off, whatever else is chosen."""

SITE: Final = "WEB_BASE_URL"

REAL_SERVICE: Final = "https://api.cryptomus.com"
DEFAULT_SITE: Final = "http://127.0.0.1:8000"
"""Where our web is unless WEB_BASE_URL says otherwise."""

RECURRING: Final = frozenset([Capability.RECURRING, Capability.CANCEL_AT_PERIOD_END])
"""What comes with recurring payments."""

_MERCHANT = re.compile(r"[A-Za-z0-9-]{4,64}\Z")
_KEY = re.compile(r"[A-Za-z0-9_+/=.-]{8,256}\Z")
_DEMO = re.compile(r"demo", re.IGNORECASE)
_SWITCH: Final = {"": False, "off": False, "on": True}

_WANT_MERCHANT: Final = "put the merchant's id here (Cryptomus: Business, your merchant, Settings)"
_WANT_KEY: Final = "put the merchant's payment API key here (the payout key is another one); the old one behind a comma"
_WANT_SIGNING: Final = "put the payment API key here, or leave it out; several, comma separated, while one is rotated"
_WANT_SWITCH: Final = "put on or off here"
_WANT_IPS: Final = "put addresses or networks here, comma separated, or leave it out"
_NO_DEMO: Final = f"is a demo secret, which anybody knows; {API_BASE} names no loopback address, so put a real one here"

Problems = list[tuple[str, str]]


class CryptomusSettings(BaseModel):
    """One merchant. api_key: requests are signed with it; webhook_secrets: whichever fits is good; api_base: without a
    slash at its end; allowed_ips: none = any.
    """

    model_config = ConfigDict(frozen=True)

    merchant_id: str
    api_key: SecretStr
    webhook_secrets: tuple[SecretStr, ...]
    api_base: str
    callback_url: str
    recurrence: bool
    allowed_ips: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when nothing says who we are there, or where that is. Raises Misconfigured with all that is wrong."""
        given = {name: environ.get(name, "").strip() for name in NAMES}
        if not any(given[name] for name in IDENTITY):
            return None
        base = (given[API_BASE] or REAL_SERVICE).rstrip("/")
        keys, secrets = _parts(given[API_KEY]), _parts(given[SIGNING])
        networks, no_networks = _networks(given[ALLOWED_IPS])
        callback = given[CALLBACK] or _callback(environ.get(SITE, "").strip(), base)
        problems = [*_secret_problems(given, keys, secrets), *_address_problems(base, callback), *no_networks]
        if given[RECURRENCE].lower() not in _SWITCH:
            problems.append((RECURRENCE, f"is neither; {_WANT_SWITCH}"))
        if not any(name == API_BASE for name, _ in problems) and not is_loopback(base):
            problems += _demo_problems(keys, secrets)
        if problems:
            raise Misconfigured(*problems[0], *problems[1:])
        return cls(
            merchant_id=given[MERCHANT],
            api_key=SecretStr(keys[0]),
            webhook_secrets=tuple(SecretStr(secret) for secret in secrets or keys),
            api_base=base,
            callback_url=callback,
            recurrence=_SWITCH[given[RECURRENCE].lower()],
            allowed_ips=networks,
        )

    @property
    def without(self) -> frozenset[Capability]:
        """What is switched off: `recurrence` alone makes a gateway that charges again by itself."""
        return frozenset() if self.recurrence else RECURRING


def _callback(site: str, base: str) -> str:
    """The webhook's address at our site. The site's default is of use for a service on this machine only."""
    site = site or (DEFAULT_SITE if is_loopback(base) else "")
    return f"{site.rstrip('/')}/webhooks/cryptomus" if site else ""


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _secret_problems(given: Mapping[str, str], keys: tuple[str, ...], secrets: tuple[str, ...]) -> Problems:
    problems: Problems = []
    if not _MERCHANT.match(given[MERCHANT]):
        what = "is no merchant's id" if given[MERCHANT] else "is missing or blank"
        problems.append((MERCHANT, f"{what}; {_WANT_MERCHANT}"))
    if not keys or not all(_KEY.match(key) for key in keys):
        what = "is no API key" if given[API_KEY] else "is missing or blank"
        problems.append((API_KEY, f"{what}; {_WANT_KEY}"))
    if (given[SIGNING] and not secrets) or not all(_KEY.match(secret) for secret in secrets):
        problems.append((SIGNING, f"has a part that is no API key; {_WANT_SIGNING}"))
    return problems


def _address_problems(base: str, callback: str) -> Problems:
    wrong = base_problem(base)
    if wrong is not None:
        return [(API_BASE, wrong)]
    wrong = callback_problem(callback, base)
    return [(CALLBACK, wrong)] if wrong is not None else []


def _demo_problems(keys: tuple[str, ...], secrets: tuple[str, ...]) -> Problems:
    problems = [(API_KEY, _NO_DEMO)] if any(_DEMO.match(key) for key in keys) else []
    if any(_DEMO.match(secret) for secret in secrets):
        problems.append((SIGNING, _NO_DEMO))
    return problems


def _networks(text: str) -> tuple[tuple[IPv4Network | IPv6Network, ...], Problems]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        found = tuple(ip_network(part) for part in parts)
    except ValueError:
        return (), [(ALLOWED_IPS, f"has a part that is no address or network; {_WANT_IPS}")]
    if text and not found:
        return (), [(ALLOWED_IPS, f"lists nothing; {_WANT_IPS}")]
    return found, []

"""Strict reader of the file of API keys. It refuses the file before any request if a key could move real money."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from subscriptions.infrastructure.providers.address import is_loopback
from umbral import env_file

CONTROL: Final = "LIVE_CONTROL"
PUBLIC_URL: Final = "LIVE_PUBLIC_URL"
LISTEN: Final = "LIVE_LISTEN_PORT"
CHANNEL: Final = "LIVE_CHANNEL"
BOT: Final = "LIVE_BOT_TOKEN"
TEST_BOT: Final = "LIVE_TEST_BOT_TOKEN"
TELEGRAM: Final = "TELEGRAM_BOT_API_BASE"

NAMES: Final = (
    "STRIPE_SECRET_KEY",
    "STRIPE_API_BASE",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_CLIENT_SECRET",
    "PAYPAL_WEBHOOK_ID",
    "PAYPAL_WEBHOOK_CA",
    "PAYPAL_MODE",
    "PAYPAL_API_BASE",
    "CRYPTOMUS_MERCHANT_ID",
    "CRYPTOMUS_API_KEY",
    "CRYPTOMUS_API_BASE",
    BOT,
    TEST_BOT,
    CHANNEL,
    TELEGRAM,
    PUBLIC_URL,
    LISTEN,
    CONTROL,
)
"""All settings that the file may contain; live.env.example explains them."""
_TEST_KEYS: Final = ("sk_test_", "rk_test_")
_PAYPALS_SANDBOX: Final = frozenset({"api-m.sandbox.paypal.com", "api.sandbox.paypal.com"})
_ADDRESSES: Final = ("STRIPE_API_BASE", "PAYPAL_API_BASE", "CRYPTOMUS_API_BASE", TELEGRAM, CONTROL)


class KeysRefused(Exception):
    """Raised if the file cannot be used. The message states each wrong setting and a correct value."""


def read(path: Path) -> dict[str, str]:
    """Return the settings in the file that have a value. Raise KeysRefused if the file cannot be used."""
    try:
        found = env_file.parse(path)
    except (OSError, env_file.EnvFileError) as error:
        raise KeysRefused(f"{path}: {error}; copy live.env.example and fill in what you have") from error
    filled = {name: value.strip() for name, value in found.items() if value.strip()}
    if wrong := problems(filled):
        raise KeysRefused("\n".join(wrong))
    return filled


def problems(environ: Mapping[str, str]) -> list[str]:
    """Return the errors in the settings, one line each, without contacting a service."""
    wrong = [f"{name} is no setting of this file: see live.env.example" for name in environ if name not in NAMES]
    key = environ.get("STRIPE_SECRET_KEY")
    if key is not None and not key.startswith(_TEST_KEYS):
        wrong.append("STRIPE_SECRET_KEY is no key of the test mode: put one that begins with sk_test_ or rk_test_")
    if environ.get("PAYPAL_MODE", "sandbox").lower() != "sandbox":
        wrong.append("PAYPAL_MODE is not sandbox: put sandbox, and the credentials of a sandbox app")
    paypal = environ.get("PAYPAL_API_BASE")
    if paypal is not None and not is_loopback(paypal) and urlsplit(paypal).hostname not in _PAYPALS_SANDBOX:
        wrong.append("PAYPAL_API_BASE is not PayPal's sandbox: leave it out, or put https://api-m.sandbox.paypal.com")
    if CONTROL in environ:
        # If simulators are used, all addresses must be simulators, because their control interface decides about
        # payments.
        wrong += [
            f"{name} is no address of this machine, as {CONTROL} asks: leave out {CONTROL}, or start the stand-ins here"
            for name in _ADDRESSES
            if name in environ and not is_loopback(environ[name])
        ]
    return wrong

"""PayPal's settings: read from the environment, checked one by one before anything is sent or believed."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from cryptography import x509
from pydantic import BaseModel, ConfigDict, SecretStr

from subscriptions.domain.ports.payment_gateway import Misconfigured
from subscriptions.infrastructure.payments.paypal.address import SERVICES, api_base, is_loopback

CLIENT_ID: Final = "PAYPAL_CLIENT_ID"
CLIENT_KEY: Final = "PAYPAL_CLIENT_SECRET"
WEBHOOK_ID: Final = "PAYPAL_WEBHOOK_ID"
MODE: Final = "PAYPAL_MODE"
VERIFY: Final = "PAYPAL_VERIFY"
API_BASE: Final = "PAYPAL_API_BASE"
AUTHORITY: Final = "PAYPAL_WEBHOOK_CA"
NAMES: Final = (CLIENT_ID, CLIENT_KEY, WEBHOOK_ID, MODE, VERIFY, API_BASE, AUTHORITY)

_CREDENTIAL = re.compile(r"[A-Za-z0-9_.~+/=-]{1,300}\Z")
_WEBHOOK = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_PEM = re.compile(r"(?:\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*\Z")
_EVENT = re.compile(r"WH-", re.IGNORECASE)
_DEMO = re.compile(r"demo", re.IGNORECASE)

_WANT = {
    CLIENT_ID: "put the app's client ID here (developer dashboard, Apps & Credentials)",
    CLIENT_KEY: "put the app's secret here (developer dashboard, Apps & Credentials)",
    WEBHOOK_ID: "put the ID of the app's webhook here, like 4JH86294D6297924G; several, comma separated, while one "
    "is replaced",
    MODE: "put live or sandbox here, whichever the credentials are for",
    VERIFY: "put offline (the default) or postback here",
    AUTHORITY: "put a certificate in PEM here, its line ends written \\n, or leave it out",
}
_NO_DEMO = f"is a demo value, which anybody knows; {API_BASE} names no loopback address, so put a real one here"

Problems = list[tuple[str, str]]


class Proof(StrEnum):
    """How a delivery is proven. offline: by PayPal's certificate, here; postback: by asking PayPal."""

    OFFLINE = "offline"
    POSTBACK = "postback"


class PayPalSettings(BaseModel):
    """One app of one account. api_base: without a slash at its end, of the mode's own service unless another is given.

    mode: `live` or `sandbox`. loopback: the address is this machine's, so plain http and its own certificates may do.
    authorities: in PEM, trusted to sign PayPal's certificates beside the public ones.
    """

    model_config = ConfigDict(frozen=True)

    client_id: SecretStr
    client_secret: SecretStr
    webhook_ids: tuple[str, ...]
    mode: str
    proof: Proof
    api_base: str
    loopback: bool
    authorities: str

    @property
    def livemode(self) -> bool:
        """False: PayPal's own sandbox, in which no money moves."""
        return self.mode == "live"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when every PAYPAL_ setting is absent or blank. Raises Misconfigured with every setting that is wrong."""
        given = {name: environ.get(name, "").strip() for name in NAMES}
        if not any(given.values()):
            return None
        webhooks = tuple(part.strip() for part in given[WEBHOOK_ID].split(",") if part.strip())
        base, base_problem = api_base(given[API_BASE])
        loopback = base is not None and is_loopback(base)
        # A stand-in on this machine has but one mode.
        mode = given[MODE].lower() or ("sandbox" if loopback else "")
        proof = given[VERIFY].lower() or Proof.OFFLINE.value
        authorities = given[AUTHORITY].replace("\\n", "\n")
        problems = [
            *_credential_problems(CLIENT_ID, given[CLIENT_ID]),
            *_credential_problems(CLIENT_KEY, given[CLIENT_KEY]),
            *_webhook_problems(webhooks),
            *_choice_problems(MODE, mode, frozenset(SERVICES)),
            *_choice_problems(VERIFY, proof, frozenset(Proof)),
            *([(API_BASE, base_problem)] if base_problem else []),
            *_authority_problems(authorities),
        ]
        if base_problem is None and not loopback:
            problems += [(name, _NO_DEMO) for name in NAMES[:3] if _DEMO.match(given[name])]
        if problems:
            raise Misconfigured(*problems[0], *problems[1:])
        return cls(
            client_id=SecretStr(given[CLIENT_ID]),
            client_secret=SecretStr(given[CLIENT_KEY]),
            webhook_ids=webhooks,
            mode=mode,
            proof=Proof(proof),
            api_base=base or SERVICES[mode],
            loopback=loopback,
            authorities=authorities,
        )


def _credential_problems(name: str, value: str) -> Problems:
    if not value:
        return [(name, f"is missing or blank; {_WANT[name]}")]
    return [] if _CREDENTIAL.match(value) else [(name, f"has characters no such value has; {_WANT[name]}")]


def _webhook_problems(webhooks: tuple[str, ...]) -> Problems:
    if not webhooks:
        return [(WEBHOOK_ID, f"is missing or blank; {_WANT[WEBHOOK_ID]}")]
    if any(_EVENT.match(each) for each in webhooks):
        return [(WEBHOOK_ID, f"is the ID of an event, not of the webhook; {_WANT[WEBHOOK_ID]}")]
    return [] if all(_WEBHOOK.match(each) for each in webhooks) else [(WEBHOOK_ID, f"is no ID; {_WANT[WEBHOOK_ID]}")]


def _choice_problems(name: str, value: str, known: frozenset[str]) -> Problems:
    if not value:
        return [(name, f"is missing or blank; {_WANT[name]}")]
    return [] if value in known else [(name, f"is neither of its values; {_WANT[name]}")]


def _authority_problems(pem: str) -> Problems:
    if not pem:
        return []
    try:
        read = _PEM.match(pem) and x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        read = None
    return [] if read else [(AUTHORITY, f"is none; {_WANT[AUTHORITY]}")]

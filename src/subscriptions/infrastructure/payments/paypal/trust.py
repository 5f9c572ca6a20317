"""Whether a certificate is PayPal's, and good now: its name, its dates, and the chain up to an authority we trust."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from subscriptions.domain.ports.payment_gateway import InvalidSignature
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings

Chain = tuple[x509.Certificate, ...]

_MOST: Final = 10
_OWNER: Final = ".paypal.com"


def read_chain(pem: bytes) -> Chain:
    """The certificates of a file, PayPal's own first. Raises InvalidSignature, for an HTML page too."""
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise _refusal("is none") from None
    if not 1 <= len(chain) <= _MOST:
        raise _refusal("comes with too many others")
    return chain


def authorities(settings: PayPalSettings) -> Sequence[x509.Certificate]:
    """Who may sign PayPal's certificates: the public authorities and those of the settings; of a stand-in on this
    machine the latter alone, none where there are none.
    """
    own = x509.load_pem_x509_certificates(settings.authorities.encode()) if settings.authorities else []
    return own if settings.loopback else [*public_roots(), *own]


def public_roots() -> Sequence[x509.Certificate]:
    """The authorities that connections are checked against as well."""
    roots = []
    with warnings.catch_warnings():
        # Some old authority's own certificate is written oddly; it is no reason to trust the others less.
        warnings.simplefilter("ignore")
        for each in httpx.create_ssl_context().get_ca_certs(binary_form=True):
            with suppress(ValueError):
                roots.append(x509.load_der_x509_certificate(each))
    return roots


def trusted_key(chain: Chain, roots: Sequence[x509.Certificate], now: datetime) -> RSAPublicKey:
    """The key of PayPal's certificate. Raises InvalidSignature for one that is not PayPal's, or not good at `now`.

    roots: the authorities; none: a stand-in on this machine, which is its own authority, so only its last certificate
    must have signed the ones before.
    """
    leaf = chain[0]
    names = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    if len(names) != 1 or not str(names[0].value).lower().endswith(_OWNER):
        raise _refusal("is not PayPal's")
    if not all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
        raise _refusal("is out of date")
    _check_chain(chain, roots or chain[-1:], now)
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey):
        raise _refusal("has no RSA key")
    return key


def _check_chain(chain: Chain, roots: Sequence[x509.Certificate], now: datetime) -> None:
    """By the rules of the web's public key infrastructure; the certificate signs messages, so its own extensions (a
    host's names, a server's use) say nothing here.
    """
    if chain[0] in roots:
        return
    builder = PolicyBuilder().store(Store(list(roots))).time(now.astimezone(UTC).replace(tzinfo=None))
    policies = {"ca_policy": ExtensionPolicy.webpki_defaults_ca(), "ee_policy": ExtensionPolicy.permit_all()}
    verifier = builder.extension_policies(**policies).build_client_verifier()
    try:
        verifier.verify(chain[0], list(chain[1:]))
    except VerificationError:
        raise _refusal("is not signed by an authority we trust") from None


def _refusal(reason: str) -> InvalidSignature:
    return InvalidSignature(PROVIDER, f"the certificate {reason}")

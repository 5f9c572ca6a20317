"""Validation of PayPal's certificates: their name, their dates, and the chain up to a trusted authority."""

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
    """Parse the certificates of a file, the leaf certificate first. Raises InvalidSignature for any other file, such as
    an HTML page.
    """
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise _refusal("is none") from None
    if not 1 <= len(chain) <= _MOST:
        raise _refusal("comes with too many others")
    return chain


def authorities(settings: PayPalSettings) -> Sequence[x509.Certificate]:
    """Return the authorities that may sign PayPal's certificates: the public authorities and those in the settings.

    For a stand-in on this machine, only the authorities in the settings apply; there may be none.
    """
    own = x509.load_pem_x509_certificates(settings.authorities.encode()) if settings.authorities else []
    return own if settings.loopback else [*public_roots(), *own]


def public_roots() -> Sequence[x509.Certificate]:
    """Return the public authorities that TLS connections use."""
    roots = []
    with warnings.catch_warnings():
        # Warnings about the unusual encoding of an old authority's certificate are irrelevant.
        warnings.simplefilter("ignore")
        for each in httpx.create_ssl_context().get_ca_certs(binary_form=True):
            with suppress(ValueError):
                roots.append(x509.load_der_x509_certificate(each))
    return roots


def trusted_key(chain: Chain, roots: Sequence[x509.Certificate], now: datetime) -> RSAPublicKey:
    """Return the key of PayPal's certificate. Raises InvalidSignature if the certificate is not PayPal's or not valid
    at `now`.

    `roots`: the trusted authorities. If empty, the service is a stand-in on this machine that acts as its own
    authority, so it is enough that the last certificate signed the previous ones.
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
    """Check the chain by the rules of the public web's certificates.

    The certificate signs messages, so the extensions for servers (host names, usage) are not checked.
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

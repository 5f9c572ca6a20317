"""PayPal's certificates. They are fetched from permitted URLs only, cached by URL, and validated at every use.

A webhook names the URL of its certificate, so its sender chooses the URL. Every URL other than PayPal's is refused
before a request is made.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, InvalidSignature
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, passes, unreachable, unreadable
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings
from subscriptions.infrastructure.payments.paypal.trust import Chain, authorities, read_chain, trusted_key

_HOSTS: Final = {
    "live": ("api.paypal.com", "api-m.paypal.com"),
    "sandbox": ("api.sandbox.paypal.com", "api-m.sandbox.paypal.com"),
}
_PATH: Final = "/v1/notifications/certs/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}\Z", re.ASCII)

TIMEOUT_SECONDS: Final = 5.0
LARGEST: Final = 64 * 1024
MOST_KEPT: Final = 32
"""Maximum number of cached certificates. PayPal uses only a few at a time."""

MOST_WAITING: Final = 20
"""Maximum number of webhooks that wait for a certificate. This limits forged webhooks that keep naming new URLs; PayPal
repeats genuine ones.
"""

Entry = TypeVar("Entry")

_FORGET_SECONDS: Final = 60.0
"""Seconds after which a URL without a valid certificate is fetched again, so that forged webhooks cause
few requests.
"""

PAUSE_SECONDS: Final = 2.0
"""Seconds after which a URL is fetched again if PayPal did not answer. The time is short, because a customer's payment
is waiting.
"""


def certificate_homes(settings: PayPalSettings) -> tuple[str, ...]:
    """Return the permitted prefixes of certificate URLs: those of the mode's hosts, or of a local stand-in
    for PayPal.
    """
    if settings.loopback:
        return (settings.api_base + _PATH,)
    hosts = _HOSTS[settings.mode]
    return tuple(f"https://{host}{port}{_PATH}" for host in hosts for port in ("", ":443"))


def permit_address(address: str, homes: tuple[str, ...]) -> str:
    """Return the URL if it consists of a permitted prefix and a plain name; otherwise raise InvalidSignature.

    The URL is compared as text and never parsed, so that it cannot be interpreted in two ways.
    """
    for home in homes:
        if address.startswith(home) and _NAME.match(address[len(home) :]):
            return address
    raise InvalidSignature(PROVIDER, "the certificate is not at an address of PayPal's")


@dataclass(frozen=True)
class _Failure:
    """Failed fetch of a certificate, remembered until a time on the event loop's clock."""

    kind: type[InvalidSignature | GatewayUnavailable]
    expires_at: float


class Certificates:
    """Cache of PayPal's certificates for one mode (live or sandbox). `http`: client that the caller closes."""

    def __init__(self, settings: PayPalSettings, clock: Clock, http: httpx.AsyncClient) -> None:
        self._homes = certificate_homes(settings)
        self._clock = clock
        self._http = http
        self._settings = settings
        self._roots: Sequence[x509.Certificate] | None = None
        self._chains: OrderedDict[str, Chain] = OrderedDict()
        self._failures: OrderedDict[str, _Failure] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._requests = 0

    async def key(self, address: str) -> RSAPublicKey:
        """Return the public key of the certificate at a URL. Raises InvalidSignature if the URL is not permitted or has
        no valid certificate of PayPal's, and GatewayUnavailable if PayPal does not answer.
        """
        permit_address(address, self._homes)
        key = self._kept_key(address)
        if key is not None:
            return key
        if self._requests >= MOST_WAITING:
            raise GatewayUnavailable(PROVIDER, "too many certificates are asked for at once")
        self._requests += 1
        try:
            async with self._one_at_a_time:
                return self._kept_key(address) or await self._fetched_key(address)
        finally:
            self._requests -= 1

    def _kept_key(self, address: str) -> RSAPublicKey | None:
        """Return the key from the cache, or None if it is missing or its certificate is no longer valid, because PayPal
        may have replaced the certificate.
        """
        chain = self._chains.get(address)
        if chain is not None:
            with suppress(InvalidSignature):
                return self._verify(chain)
        return None

    async def _fetched_key(self, address: str) -> RSAPublicKey:
        failure = self._failures.get(address)
        if failure is not None and _read_clock() < failure.expires_at:
            raise failure.kind(PROVIDER, "the certificate gave nothing a moment ago")
        try:
            chain = read_chain(await self._fetch(address))
            key = self._verify(chain)
        except GatewayUnavailable:
            _remember(self._failures, address, _Failure(GatewayUnavailable, _read_clock() + PAUSE_SECONDS))
            raise
        except InvalidSignature:
            _remember(self._failures, address, _Failure(InvalidSignature, _read_clock() + _FORGET_SECONDS))
            raise
        _remember(self._chains, address, chain)
        return key

    def _verify(self, chain: Chain) -> RSAPublicKey:
        if self._roots is None:
            self._roots = authorities(self._settings)
        try:
            return trusted_key(chain, self._roots, self._clock.now())
        except (ValueError, UnsupportedAlgorithm):
            raise InvalidSignature(PROVIDER, "the certificate cannot be read") from None

    async def _fetch(self, address: str) -> bytes:
        """Fetch a certificate file, up to the maximum size."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._http.stream("GET", address) as response:
                if response.status_code == 200:
                    return await _read_limited(response)
                kind = GatewayUnavailable if passes(response.status_code) else InvalidSignature
                raise kind(PROVIDER, f"the certificate is answered with HTTP {response.status_code}")
        except (httpx.HTTPError, TimeoutError) as error:
            raise unreachable(error) from None


async def _read_limited(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LARGEST:
            break
    if b"-----BEGIN" not in body:
        # The answer may be a proxy's page: PayPal itself returns a certificate or an error.
        raise unreadable("certificate")
    if len(body) > LARGEST:
        raise InvalidSignature(PROVIDER, "the certificate is far too long")
    return body


def _read_clock() -> float:
    return asyncio.get_running_loop().time()


def _remember(chains: "OrderedDict[str, Entry]", address: str, value: Entry) -> None:
    chains[address] = value
    while len(chains) > MOST_KEPT:
        chains.popitem(last=False)

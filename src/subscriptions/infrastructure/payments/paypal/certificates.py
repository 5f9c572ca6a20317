"""PayPal's certificates: fetched where they may come from, kept by address, judged at every use.

A delivery names its certificate's address itself, so whoever sends it chooses: everything but PayPal's own few is
refused before anything leaves this machine.
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
"""PayPal uses a handful at a time."""

MOST_WAITING: Final = 20
"""Whoever forges deliveries with ever new addresses lets no more than these wait; PayPal repeats its own."""

Entry = TypeVar("Entry")

_FORGET_SECONDS: Final = 60.0
"""How long an address that gave nothing good is not asked again: who forges deliveries makes us ask no more often."""

PAUSE_SECONDS: Final = 2.0
"""The same where PayPal could not answer: somebody who has paid waits for the delivery that is proven by it."""


def certificate_homes(settings: PayPalSettings) -> tuple[str, ...]:
    """What an address must begin with: the mode's own hosts; of a stand-in on this machine, its own address alone."""
    if settings.loopback:
        return (settings.api_base + _PATH,)
    hosts = _HOSTS[settings.mode]
    return tuple(f"https://{host}{port}{_PATH}" for host in hosts for port in ("", ":443"))


def permit_address(address: str, homes: tuple[str, ...]) -> str:
    """The address, if it is a home and a plain name. Raises InvalidSignature.

    Compared as text, letter by letter: what is never taken apart cannot be read in two ways.
    """
    for home in homes:
        if address.startswith(home) and _NAME.match(address[len(home) :]):
            return address
    raise InvalidSignature(PROVIDER, "the certificate is not at an address of PayPal's")


@dataclass(frozen=True)
class _Failure:
    """What came of asking, and until when (on the loop's clock) it stands."""

    kind: type[InvalidSignature | GatewayUnavailable]
    expires_at: float


class Certificates:
    """The certificates of one mode. http: closed by its owner."""

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
        """The key of the certificate at an address. Raises InvalidSignature; GatewayUnavailable without an answer."""
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
        """None where there is none, or it ran out: PayPal may have put a newer one in its place."""
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
        """The file, read only so far as it may be long."""
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
        # A page from something in between: PayPal itself has a certificate here, or says that it has none.
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

"""PayPal's certificates: fetched where they may come from, kept by address, judged at every use."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TypeVar

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import InvalidSignature
from subscriptions.infrastructure.payments.paypal.certificate_address import certificate_homes, permitted
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings
from subscriptions.infrastructure.payments.paypal.trust import Chain, public_roots, read_chain, trusted_key

TIMEOUT_SECONDS: Final = 5.0
LARGEST: Final = 64 * 1024
MOST_KEPT: Final = 32
"""PayPal uses a handful at a time."""

Kept = TypeVar("Kept")

_FORGET_SECONDS: Final = 60.0
"""How long an address that gave nothing is not asked again: whoever forges deliveries makes us ask no more often."""


class Certificates:
    """The certificates of one mode. roots: the authorities, the public ones where none are given."""

    def __init__(self, settings: PayPalSettings, clock: Clock, roots: Sequence[x509.Certificate] | None = None) -> None:
        self._homes = certificate_homes(settings)
        self._clock = clock
        self._roots = roots
        self._own_authority = settings.loopback and roots is None
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=not settings.loopback)
        self._kept: OrderedDict[str, Chain] = OrderedDict()
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def key(self, address: str) -> RSAPublicKey:
        """The key of the certificate at an address. Raises InvalidSignature."""
        chain = await self._chain(permitted(address, self._homes))
        try:
            return trusted_key(chain, self._authorities(), self._clock.now())
        except InvalidSignature:
            # PayPal may put a newer one in its place.
            self._kept.pop(address, None)
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _authorities(self) -> Sequence[x509.Certificate]:
        if self._own_authority:
            return ()
        if self._roots is None:
            self._roots = public_roots()
        return self._roots

    async def _chain(self, address: str) -> Chain:
        known = self._kept.get(address)
        if known is not None:
            return known
        async with self._one_at_a_time:
            known = self._kept.get(address)
            if known is not None:
                return known
            return await self._fetch_anew(address)

    async def _fetch_anew(self, address: str) -> Chain:
        now = asyncio.get_running_loop().time()
        if now < self._failed.get(address, 0.0):
            raise InvalidSignature(PROVIDER, "the certificate could not be fetched a moment ago")
        try:
            chain = read_chain(await self._fetch(address))
        except InvalidSignature:
            _remember(self._failed, address, now + _FORGET_SECONDS)
            raise
        _remember(self._kept, address, chain)
        return chain

    async def _fetch(self, address: str) -> bytes:
        """The file, read only so far as it may be long."""
        body = b""
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS), self._http.stream("GET", address) as response:
                if response.status_code != 200:
                    raise InvalidSignature(PROVIDER, f"the certificate is answered with HTTP {response.status_code}")
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise InvalidSignature(PROVIDER, "the certificate is far too long")
                return body
        raise InvalidSignature(PROVIDER, "the certificate could not be fetched")


def _remember(kept: "OrderedDict[str, Kept]", address: str, value: Kept) -> None:
    kept[address] = value
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)

"""Validation of endpoint URLs. Private addresses are refused, except in networks that the operator lists."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from subscriptions.domain.errors import InvalidInput

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

LONGEST: Final = 2000
_NAT64: Final = IPv6Network("64:ff9b::/96")
_RELAYS: Final = IPv4Network("192.88.99.0/24")
"""Anycast addresses of 6to4 relays, which are deprecated: any nearby host may respond there."""
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa")
"""Endings of names without public addresses: RFC 6761, 6762 and 8375, and `.internal`, which ICANN reserved for private
use.
"""
_HINT: Final = "put https://host[:port]/path here; plain http and private addresses only within WEBHOOK_NETWORKS"


class AddressRefused(Exception):
    """Raised if a host name resolves to an address to which no requests may be sent."""


class PinnedAddress(NamedTuple):
    """URL whose host is resolved to an IP address.

    host: value of the Host header
    name: name to verify in the certificate
    """

    url: str
    host: str
    name: str


class Addresses:
    """Validation and resolution of URLs. The request goes to exactly the address that was checked."""

    def __init__(self, own: Sequence[Network], *, plain: bool = False) -> None:
        """own: the operator's networks, which may be private
        plain: also allow HTTP requests to public addresses
        """
        self._own, self._plain = tuple(own), plain

    def check(self, url: str) -> str:
        """Return the URL unchanged. Raises InvalidInput("URL") if its form is not permitted."""
        try:
            parts = urlsplit(url)
            # A trailing dot does not change a name.
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError as error:
            raise InvalidInput("URL", f"is not an address; {_HINT}") from error
        plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
        odd = parts.username is not None or parts.fragment or port == 0 or not host
        if not plain or odd or parts.scheme not in {"https", "http"}:
            raise InvalidInput("URL", f"is not an address to send to; {_HINT}")
        if not self._own and (not {".", ":"} & set(host) or host.endswith(_PRIVATE_NAMES)):
            raise InvalidInput("URL", f"is a name within a private network; {_HINT}")
        if parts.scheme == "http" and not self._own:
            raise InvalidInput("URL", f"is plain http; {_HINT}")
        literal = _literal(host)
        if literal is not None and not self._may(literal, parts.scheme):
            raise InvalidInput("URL", f"is a private address, or plain http; {_HINT}")
        return url

    async def pin(self, url: str) -> PinnedAddress:
        """Resolve a URL to the IP address to request, with the original name for the Host header and the certificate.
        Raises AddressRefused if any address of the name is not permitted, and OSError if the name cannot be resolved.
        """
        address, parts = await self.resolve(url), urlsplit(url)
        at = f"[{address}]" if ":" in address else address
        netloc = at if parts.port is None else f"{at}:{parts.port}"
        return PinnedAddress(urlunsplit(parts._replace(netloc=netloc)), parts.netloc, parts.hostname or "")

    async def resolve(self, url: str) -> str:
        """Return the IP address to connect to. Raises AddressRefused if any address of the name is not permitted, and
        OSError if the name cannot be resolved.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        address_info = await asyncio.get_running_loop().getaddrinfo(
            host, parts.port or (80 if parts.scheme == "http" else 443), type=socket.SOCK_STREAM
        )
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in address_info]
        # A name with both private and public addresses is probably an attempt to reach the private one.
        if not addresses or not all(self._may(address, parts.scheme) for address in addresses):
            raise AddressRefused("its name leads to a private address, or it is plain http")
        return str(addresses[0])

    def _may(self, address: Address, scheme: str) -> bool:
        inner = _unwrap(address)
        if any(inner in network for network in self._own if network.version == inner.version):
            return True
        odd = inner.is_multicast or inner.is_reserved or inner in _RELAYS
        if isinstance(inner, IPv6Address):
            odd = odd or inner.is_site_local
        return (scheme == "https" or self._plain) and inner.is_global and not odd


def _literal(host: str) -> Address | None:
    """Return the IP address that a resolver reads from a host (`0x7f.1` is 127.0.0.1), or None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address embedded in an IPv6 address; any other address is returned unchanged."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address

"""Detection of a visitor's IP address, which rate limits are applied to."""

from collections.abc import Sequence
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network
_OWN: Final = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
_OWN_V6: Final = ("::1/128", "fc00::/7", "fe80::/10")
OWN_NETWORKS: Final[Sequence[Network]] = tuple(ip_network(name) for name in (*_OWN, *_OWN_V6))
"""Networks of trusted proxies: this machine, containers, clusters, private overlays (100.64.0.0/10, RFC 6598) and
link-local addresses. These networks cannot be reached from the internet.
"""
SITE_BITS: Final = 64
"""Prefix length of an IPv6 network that counts as one visitor. An internet provider assigns a network of at least this
size to a customer, so further addresses in it cost nothing.
"""

CACHE_SIZE: Final = 4096
"""Maximum number of cached addresses."""
LONGEST: Final = 64
"""Maximum length of an address, in characters. The standard library does not limit the part after the `%` of an IPv6
address.
"""


class Proxies:
    """Trusted proxies, whose `X-Forwarded-For` header is used.

    hops: number of proxies in front of this process; None if each proxy is recognised by its address.
    """

    def __init__(self, networks: Sequence[Network] = (), hops: int | None = None) -> None:
        self._is_in_networks = lru_cache(CACHE_SIZE)(partial(_is_in, tuple(networks)))
        self._hops = hops

    def __contains__(self, host: str) -> bool:
        return self._is_in_networks(host)

    def client_of(self, scope: Scope) -> str | None:
        """Return the visitor's address, or None if a proxy does not provide it.

        Of several addresses in `X-Forwarded-For`, the last one that is not a trusted proxy counts; if the number of
        proxies is known, the address seen by the first proxy counts. Earlier entries can be forged.
        """
        peer = scope["client"][0] if scope.get("client") else ""
        if peer not in self:
            return peer or None
        hosts = [host.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for host in line.split(",")]
        if self._hops is not None:
            # If there are fewer entries than proxies, the visitor bypassed the first proxy and connected to a later
            # one.
            return next(filter(_is_address, hosts[-self._hops :]), None)
        return next((host for host in reversed(hosts) if _is_address(host) and host not in self), None)


def _is_in(networks: Sequence[Network], host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # A server listening on IPv6 sees an IPv4 proxy in this form.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


@lru_cache(CACHE_SIZE)
def limit_key(host: str) -> str:
    """Return the key under which limits count requests of one visitor: an IPv4 address, or the network of an IPv6
    address.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    ipv4 = address.ipv4_mapped
    return str(ipv4 or ip_network((address, SITE_BITS), strict=False))


def _is_address(host: str) -> bool:
    if len(host) > LONGEST:
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

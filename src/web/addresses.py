"""For whom somebody asks: the address that limits are counted by."""

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
"""Where proxies stand: this machine, containers, clusters and private overlays (100.64.0.0/10, RFC 6598) and what
is on the same link; nobody reaches them from outside."""
SITE_BITS: Final = 64
"""Of an IPv6 address: what one customer of a provider has; below it they make as many addresses as they like."""

CACHE_SIZE: Final = 4096
"""Addresses that need not be read again."""
LONGEST: Final = 64
"""Signs of an address; what may stand behind the `%` of an IPv6 one has no end."""


class Proxies:
    """Who may say for whom they ask. hops: how many stand one behind the other before this process; None: each of them
    is known by its address."""

    def __init__(self, networks: Sequence[Network] = (), hops: int | None = None) -> None:
        self._is_in_networks = lru_cache(CACHE_SIZE)(partial(_is_in, tuple(networks)))
        self._hops = hops

    def __contains__(self, host: str) -> bool:
        return self._is_in_networks(host)

    def client_of(self, scope: Scope) -> str | None:
        """The address of whoever asks; None where only a proxy knows, and does not say.

        Of several in `X-Forwarded-For` the last that is no proxy of ours, or, where their number is known, the one that
        the first of them saw: what stands before it anybody could write.
        """
        peer = scope["client"][0] if scope.get("client") else ""
        if peer not in self:
            return peer or None
        hosts = [host.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for host in line.split(",")]
        if self._hops is not None:
            # Fewer than there should be: who asks came past the first of them, and the next one saw who it was.
            return next(filter(_is_address, hosts[-self._hops :]), None)
        return next((host for host in reversed(hosts) if _is_address(host) and host not in self), None)


def _is_in(networks: Sequence[Network], host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # A server that listens on IPv6 sees an IPv4 proxy so.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


@lru_cache(CACHE_SIZE)
def limit_key(host: str) -> str:
    """Return what limits count as one visitor: an IPv4 address, or the network of an IPv6 one."""
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

"""For whom somebody asks: the address that limits are counted by."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network
OWN_NETWORKS: Final[Sequence[Network]] = tuple(
    ip_network(name) for name in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Where proxies stand: this machine, containers, networks nobody reaches from outside."""
SITE_BITS: Final = 64
"""Of an IPv6 address: what one customer of a provider has; below it they make as many addresses as they like."""


class Proxies:
    """Who may say for whom they ask."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted

    def __contains__(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)

    def asking(self, scope: Scope) -> str | None:
        """The address of whoever asks; None where only a proxy knows, and does not say.

        Of several in `X-Forwarded-For` the last that is no proxy of ours: what stands before it anybody could write.
        """
        peer = scope["client"][0] if scope.get("client") else ""
        if peer not in self:
            return peer or None
        said = [host.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for host in line.split(",")]
        return next((host for host in reversed(said) if _is_address(host) and host not in self), None)


def counted(host: str) -> str:
    """What is counted as one: an IPv4 address, or the network of an IPv6 one."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, SITE_BITS), strict=False))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

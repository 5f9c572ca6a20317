"""Which addresses a certificate may come from. A delivery names one itself, so whoever sends it chooses: everything
but PayPal's own few is refused before anything leaves this machine.
"""

import re
from typing import Final

from subscriptions.domain.ports.payment_gateway import InvalidSignature
from subscriptions.infrastructure.payments.paypal.names import PROVIDER
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings

_HOSTS: Final = {
    "live": ("api.paypal.com", "api-m.paypal.com"),
    "sandbox": ("api.sandbox.paypal.com", "api-m.sandbox.paypal.com"),
}
_PATH: Final = "/v1/notifications/certs/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}\Z", re.ASCII)


def certificate_homes(settings: PayPalSettings) -> tuple[str, ...]:
    """What an address must begin with: the mode's own hosts; of a stand-in on this machine, its own address alone."""
    if settings.loopback:
        return (settings.api_base + _PATH,)
    hosts = _HOSTS[settings.mode]
    return tuple(f"https://{host}{port}{_PATH}" for host in hosts for port in ("", ":443"))


def permitted(address: str, homes: tuple[str, ...]) -> str:
    """The address, if it is a home and a plain name. Raises InvalidSignature.

    Compared as text, letter by letter: what is never taken apart cannot be read in two ways.
    """
    for home in homes:
        if address.startswith(home) and _NAME.match(address[len(home) :]):
            return address
    raise InvalidSignature(PROVIDER, "the certificate is not at an address of PayPal's")

"""Validation of a provider's address: the real service, or an address set by the operator."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from subscriptions.domain.entities.spoken import join_phrases, phrase

WANT_ADDRESS: Final = phrase(
    "put https://host[:port][/path] here, or http:// for a loopback address, or leave it out for the real service",
    "pon https://servidor[:puerto][/ruta], o http:// si es esta misma máquina, o quítalo para usar el servicio real",
    "põe https://servidor[:porta][/caminho], ou http:// se for esta mesma máquina, ou tira-o para usar o serviço real",
)
_NO_ADDRESS: Final = phrase("is not a plain address", "no es una dirección sencilla", "não é um endereço simples")
_PLAIN_HTTP: Final = phrase(
    "is plain http to another machine", "es http sin cifrar hacia otra máquina", "é http sem cifra para outra máquina"
)


def service_address(text: str) -> str:
    """Return the address without a trailing slash. Raises ValueError with a description of the problem if the address
    is invalid.
    """
    parts = plain_address(text)
    if parts is None:
        raise ValueError(join_phrases(_NO_ADDRESS, WANT_ADDRESS))
    if parts.scheme == "http" and not is_loopback(text):
        raise ValueError(join_phrases(_PLAIN_HTTP, WANT_ADDRESS))
    return text.rstrip("/")


def is_loopback(address: str | None) -> bool:
    """Return True if an address is on this machine. The only accepted name is `localhost`, because other names may
    resolve to any address.
    """
    host = urlsplit(address or "").hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def plain_address(text: str) -> SplitResult | None:
    """Return the parts of an address that has only a host, a port and a path; None for all other addresses."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    odd = parts.username is not None or parts.query or parts.fragment or port == 0
    if odd or not host or parts.scheme not in {"http", "https"} or not (text.isascii() and text.isprintable()):
        return None
    return None if " " in text else parts

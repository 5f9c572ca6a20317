"""Validation of web addresses that customers, staff, providers or Telegram open."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

from subscriptions.domain.entities.spoken import phrase

_PORTS: Final = {"http": 80, "https": 443}
_SCHEME: Final = phrase("must begin with https://", "tiene que empezar por https://", "tem de começar por https://")
_NO_HOST: Final = phrase(
    "is not an address; write https://shop.example.com",
    "no es una dirección; escribe https://tienda.example.com",
    "não é um endereço; escreve https://loja.example.com",
)
_LETTERS: Final = phrase(
    "has spaces or letters beyond ASCII; write such a name as browsers send it, xn--…",
    "tiene espacios o letras fuera de ASCII; escribe el nombre como lo mandan los navegadores, xn--…",
    "tem espaços ou letras fora de ASCII; escreve o nome como os navegadores o enviam, xn--…",
)
_LOGIN: Final = phrase(
    "holds a login, which everybody would read in the links; leave out what is before the @",
    "lleva un usuario o una contraseña, que todo el mundo leería en los enlaces; quita lo que va antes de la @",
    "leva um utilizador ou uma palavra-passe, que toda a gente leria nas ligações; tira o que está antes da @",
)
_QUERY: Final = phrase(
    "has a ? or a # and more behind it, which no link can keep; leave that out",
    "lleva un ? o un # y algo detrás, que ningún enlace conserva; quítalo",
    "leva um ? ou um # e algo depois, que nenhuma ligação conserva; tira-o",
)
_PATH: Final = phrase(
    "has a path, and Umbral answers at the root of a name; give it a name of its own, like https://shop.example.com",
    "lleva una ruta, y Umbral responde en la raíz de un nombre; dale uno propio, como https://tienda.example.com",
    "leva um caminho, e o Umbral responde na raiz de um nome; dá-lhe um próprio, como https://loja.example.com",
)


def site_address(text: str) -> str:
    """Return the address of a site in the form of a browser's `Origin` header: without a path and without the default
    port.

    Raises ValueError that names the invalid part without repeating its content.
    """
    parts = _parts(text)
    if parts.path.strip("/"):
        raise ValueError(_PATH)
    host = (parts.hostname or "").rstrip(".") if parts.netloc.endswith(".") else parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{netloc}{port}"


def page_address(text: str) -> str:
    """Return an address that may have a path, without a trailing slash. Raises ValueError that names the invalid part
    without repeating its content.
    """
    _parts(text)
    return text.rstrip("/")


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_NO_HOST) from None
    if parts.scheme not in _PORTS:
        raise ValueError(_SCHEME)
    if not host or port == 0:
        raise ValueError(_NO_HOST)
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(_LETTERS)
    if parts.username is not None or parts.password is not None:
        raise ValueError(_LOGIN)
    if "?" in text or "#" in text:
        raise ValueError(_QUERY)
    return parts

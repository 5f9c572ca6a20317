"""Download of a file that a bot passes by URL instead of uploading it.

The sandbox has no network: only URLs that this machine serves are fetched, as the real service would fetch them. Names
under `.invalid` never resolve (RFC 6761); any other URL is assumed to be a picture.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import httpx

from umbral_sandbox.bot_api.errors import bad_request

_UNREACHED: Final = "failed to get HTTP URL content"
_SECONDS: Final = 5.0


async def found_at(url: str) -> bytes | None:
    """Return the content at a URL; None if the host is not on this machine. Raises BotApiError if the URL cannot be
    fetched.
    """
    host = urlsplit(url).hostname or ""
    if host.endswith(".invalid"):
        raise bad_request(_UNREACHED)
    if not _here(host):
        return None
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise bad_request(_UNREACHED) from error
    if not answer.is_success:
        raise bad_request(_UNREACHED)
    return answer.content


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

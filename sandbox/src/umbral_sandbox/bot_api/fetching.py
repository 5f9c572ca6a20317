"""What lies at an address that a bot gives in place of a file.

There is no network here: only what this machine itself serves is fetched, as the real service would. Names under
`.invalid` lead nowhere by definition (RFC 6761); behind any other a picture is taken to lie.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import httpx

from umbral_sandbox.bot_api.errors import bad_request

_UNREACHED: Final = "failed to get HTTP URL content"
_SECONDS: Final = 5.0


async def found_at(url: str) -> bytes | None:
    """The content; None where it is not looked at. Raises BotApiError for what cannot be reached."""
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

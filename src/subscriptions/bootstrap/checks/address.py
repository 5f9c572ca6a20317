"""Check that the website is reachable at its configured URL over HTTPS."""

import ssl
from typing import Final

import httpx

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.settings.telegram import is_loopback
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.site_address import site_address

SETTING: Final = "WEB_BASE_URL"
_PATIENCE_S: Final = 10.0
_ALIVE: Final = {"status": "ok"}


def read_site(url: str) -> str:
    """Return the normalized URL of the website. Raises InvalidInput("URL") with the reason why the URL is invalid."""
    try:
        return site_address(url)
    except ValueError as wrong:
        raise InvalidInput("URL", wrong.args[0]) from None


async def ask_address(url: str, *, is_serving: bool = True) -> Problem | None:
    """Request the website at its URL from this machine. Return the problem found, or None if the website responds.

    `is_serving`: True if the web process is running. Otherwise any HTTP response is accepted, such as a proxy's error
        page.
    """
    try:
        url = site_address(url)
    except ValueError as wrong:
        return _address_problem("address_none", url, wrong.args[0])
    if url.startswith("http://") and not is_loopback(url):
        return _address_problem("address_plain", url, "")
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
            answer = await client.get(f"{url}/healthz")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if not is_serving and is_loopback(url):
            return None
        return _address_problem(
            "address_certificate" if _is_tls(error) else "address_silent", url, type(error).__name__
        )
    if not is_serving or _is_ours(answer):
        return None
    return _address_problem("address_elsewhere", url, str(answer.status_code))


def _is_ours(answer: httpx.Response) -> bool:
    try:
        return answer.status_code == httpx.codes.OK and answer.json() == _ALIVE
    except ValueError:
        return False


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _address_problem(problem: str, url: str, detail: str) -> Problem:
    return Problem(subject="address", code=problem, setting=SETTING, facts={"address": url, "detail": detail})

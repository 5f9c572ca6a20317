"""The command `umbral mcp`, which runs the MCP server."""

import asyncio
import os
from importlib.metadata import version
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from subscriptions.application.features import CliPart, CommandRefused
from subscriptions.bootstrap.checks.address import read_site
from subscriptions.bootstrap.features import DISTRIBUTION
from subscriptions.domain.errors import InvalidInput

KEY: Final = "UMBRAL_API_KEY"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def run(
    url: Annotated[str, typer.Argument(metavar="URL", help="The shop's address, as in WEB_BASE_URL.")],
    write: Annotated[bool, typer.Option("--write", help="Also offer tools that change something.")] = False,
) -> int:
    """Give a language model access to the shop by the Model Context Protocol over standard input and output.

    Reads the API key, made by `umbral keys add`, from UMBRAL_API_KEY; the key's abilities apply. Without --write only
    reading operations are offered. Requires umbral-access[mcp].
    """
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise CommandRefused(f"{KEY} is missing: create a key with `umbral keys add NAME --abilities …`")
    address = urlsplit(url)
    if address.scheme != "https" and (address.scheme != "http" or address.hostname not in _LOOPBACK):
        raise CommandRefused(f"{url}: must begin with https://, because the key is sent there")
    try:
        url = read_site(url)
    except InvalidInput as wrong:
        raise CommandRefused(f"the address {wrong.problem}") from wrong
    try:
        from features.mcp.server import Unreachable, serve
    except ModuleNotFoundError as error:
        raise CommandRefused(f"{error.name} is not installed: pip install 'umbral-access[mcp]'") from error
    try:
        asyncio.run(serve(url, key, writes=write, version=version(DISTRIBUTION)))
    except Unreachable as error:
        raise CommandRefused(str(error)) from error
    return 0


CLI: Final = CliPart(commands={"mcp": run})

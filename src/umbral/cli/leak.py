"""`umbral leak`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.domain.errors import UmbralError
from subscriptions.domain.services.leak_odds import Verdict
from umbral.cli.commands import loaded
from umbral.cli.listing import show_json
from umbral.cli.operating import failed, moment, refused
from umbral.cli.options import EPILOG, Json, application

if TYPE_CHECKING:
    from subscriptions.application.picks.trace_leak import Suspect, Traced

app = application()

UNKNOWN: Final[Mapping[Verdict, str]] = {
    Verdict.MIXED: "It was put together from several copies, so it is nobody's alone. Parts of it are from:",
    Verdict.SHARED: "It is from the channel that many read: it cannot be known whose hand it came from.",
    Verdict.UNKNOWN_PICK: "It cannot be known: no pick on record says this.",
    Verdict.NO_MARK: "It cannot be known: nothing in it tells the copies of this pick apart.",
    Verdict.TOO_SHORT: "It cannot be known: a text this short says the same in every copy.",
}


@app.command(epilog=EPILOG)
def run(
    leak: Annotated[
        str, typer.Argument(metavar="FILE|TEXT", help="A file with the leaked text, the text itself, or - to read it.")
    ],
    as_json: Json = False,
) -> int:
    """Whose copy of a pick was leaked, with the chance of being wrong; or that it cannot be known."""
    loaded("subscriptions.bootstrap.operator")
    try:
        traced = asyncio.run(_traced(_given(leak)))
    except OSError as error:
        return failed("leak", f"{leak} cannot be read: {error.strerror}")
    except UmbralError as error:
        return refused("leak", error)
    if as_json:
        show_json(_said(traced))
    else:
        _tell(traced)
    return 0


def _given(leak: str) -> bytes:
    if leak == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(leak).read_bytes() if Path(leak).is_file() else leak.encode(errors="replace")
    except ValueError:
        return leak.encode(errors="replace")


async def _traced(leak: bytes) -> Traced:
    from subscriptions.bootstrap.operator import leak_tracer

    async with leak_tracer(os.environ) as trace:
        return await trace.text(leak.decode(errors="replace"))


def _said(traced: Traced) -> dict[str, object]:
    return {
        "verdict": traced.verdict,
        "copies": traced.copies,
        "suspects": [
            {
                "telegram_id": who.customer.telegram_id if who.customer is not None else None,
                "name": who.customer.mention if who.customer is not None else None,
                "plan": who.plan,
                "pick": who.pick,
                "sent": who.sent_at,
                "wrong": who.wrong,
            }
            for who in traced.suspects
        ],
    }


def _tell(traced: Traced) -> None:
    if traced.verdict in UNKNOWN:
        print(UNKNOWN[traced.verdict])
    for who in traced.suspects if traced.verdict is not Verdict.SHARED else ():
        print(_line(who))
    if traced.copies:
        print(f"Held against {traced.copies} copies.")


def _line(who: Suspect) -> str:
    name = f"{who.customer.mention} ({who.customer.telegram_id})" if who.customer is not None else "the shared channel"
    return f"{name}: pick {who.pick} of {who.plan}, {moment(who.sent_at)} UTC; wrong by a chance of {who.wrong:.2g}"

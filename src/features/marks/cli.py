"""The command `umbral leak`, which names the customer whose copy of a post was leaked."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from features.marks.domain.leak_odds import Verdict
from features.marks.wiring import MarksContainer
from subscriptions.application.features import CliPart
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import decode_file
from umbral.terminal.listing import show_json
from umbral.terminal.operating import fail, moment, operate
from umbral.terminal.options import Json

if TYPE_CHECKING:
    from features.marks.use_cases.trace_leak import LeakTrace, Suspect
    from subscriptions.bootstrap.operator import OperatorContainer

_SIZE_LIMIT: Final = 20_000_001
_NO_FILE: Final = frozenset({errno.ENOENT, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EINVAL})
"""Error numbers of the operating system that show that an argument is not the name of a file."""

UNKNOWN: Final[Mapping[Verdict, str]] = {
    Verdict.MIXED: "It combines several copies, so there's no single source. It contains parts from:",
    Verdict.SHARED: "Can't tell: it's from a shared channel, where everyone sees the same copy.",
    Verdict.UNKNOWN_PICK: "Can't tell: it doesn't match any recorded pick.",
    Verdict.NO_MARK: "Can't tell: it has no watermark.",
    Verdict.TOO_SMALL: "Can't tell: the picture is too small to show a watermark.",
    Verdict.TOO_LARGE: "Can't tell: the picture is too large; the limit is 20 MB and 25 million pixels.",
    Verdict.NO_PICTURE: "Can't tell: this is neither text nor a readable picture.",
    Verdict.TOO_SHORT: "Can't tell: a text this short is the same in every copy.",
}


def run(
    leak: Annotated[
        str,
        typer.Argument(
            metavar="FILE|TEXT", help="A leaked picture or text: its file, the text itself, or - to read it."
        ),
    ],
    as_json: Json = False,
) -> int:
    """Print the customer whose copy of a post was leaked and the probability of an error, or the reason why the
    customer cannot be identified.
    """
    try:
        content = _read_leak(leak)
    except OSError as error:
        return fail("leak", f"{leak} can't be read: {error.strerror}")

    async def work(container: OperatorContainer) -> int:
        trace = await _trace(container, content)
        if as_json:
            show_json(_report_of(trace))
        else:
            _tell(trace)
        return 0

    return operate("leak", work)


def _read_leak(leak: str) -> bytes:
    """Return the leaked text or picture, cut at the maximum size that can be compared."""
    if leak == "-":
        return sys.stdin.buffer.read(_SIZE_LIMIT)
    try:
        with Path(leak).open("rb") as file:
            return file.read(_SIZE_LIMIT)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_FILE:
            raise
        return leak.encode(errors="replace")


async def _trace(container: OperatorContainer, leak: bytes) -> LeakTrace:
    trace_leak = MarksContainer(core=container.core).trace_leak()
    try:
        text = decode_file(leak)
    except InvalidInput:
        return await trace_leak.picture(leak)
    return await trace_leak.text(text)


def _report_of(trace: LeakTrace) -> dict[str, object]:
    return {
        "verdict": trace.verdict,
        "copies": trace.copies,
        "suspects": [
            {
                "telegram_id": who.customer.telegram_id if who.customer is not None else None,
                "name": who.customer.mention if who.customer is not None else None,
                "plan": who.plan,
                "pick": who.pick,
                "sent": who.sent_at,
                "wrong": who.wrong,
            }
            for who in trace.suspects
        ],
    }


def _tell(trace: LeakTrace) -> None:
    if trace.verdict in UNKNOWN:
        print(UNKNOWN[trace.verdict])
    for who in trace.suspects if trace.verdict is not Verdict.SHARED else ():
        print(_line(who))
    if trace.copies:
        print(f"Compared with {trace.copies} copies.")


def _line(who: Suspect) -> str:
    name = f"{who.customer.mention} ({who.customer.telegram_id})" if who.customer is not None else "the shared channel"
    return f"{name}: pick {who.pick} of {who.plan}, {moment(who.sent_at)} UTC; chance of error: {who.wrong:.2g}"


CLI: Final = CliPart(commands={"leak": run}, while_draining=frozenset({"leak"}))

"""The command `umbral sweep`, which runs or previews a bulk expiry."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from umbral.cli.staff import carry_out
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import moment, operate
from umbral.terminal.options import EPILOG, Json, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.application.expiry.preview_bulk_expiry import Preview, PreviewLine
    from subscriptions.bootstrap.operator import OperatorContainer

_FATES = {
    "would_go": "would be removed",
    "held": "on hold until you decide in the bot",
    "leaving": "is being removed",
    "goes_on": "stays: the provider says it continues",
    "no_answer": "stays for now: the provider isn't responding",
    "unclear": "stays: the provider reports an unknown status",
}
_REASONS = {
    "canceled": "cancelled, and the time is over",
    "unpaid": "the charge failed, and the grace period is over",
    "time_over": "the time is over",
    "access_ended": "the access has ended",
}

app = application()


@app.command(epilog=EPILOG)
def run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List who would be removed and why; change nothing.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Check now for expired subscriptions, without waiting for the schedule."""
    if as_json and not dry_run:
        raise typer.BadParameter("it only works with --dry-run", param_hint="--json")
    if dry_run:
        return operate("sweep", _preview_as_json if as_json else _preview)
    return operate("sweep", _sure) or carry_out("sweep", "", {})


async def _preview_as_json(container: OperatorContainer) -> int:
    show_json(_report_of(await _ask(container)))
    return 0


async def _preview(container: OperatorContainer) -> int:
    preview = await _ask(container)
    if not preview.lines:
        print("No one would be removed.")
        return 0
    show(("CUSTOMER", "NAME", "PLAN", "OVER SINCE", "WHY", "WHAT HAPPENS"), map(_row, preview.lines))
    print(_verdict(preview))
    return 0


async def _ask(container: OperatorContainer) -> Preview:
    with progress("asking the providers") as step:
        return await container.preview_bulk_expiry()(step)


def _row(line: PreviewLine) -> tuple[object, ...]:
    who, reason = line.telegram_id or "-", _REASONS.get(line.reason, line.reason)
    return who, line.name, line.plan, moment(line.over_since), reason, _FATES[line.fate]


def _verdict(preview: Preview) -> str:
    room = (
        f"{preview.people} would be removed, of {preview.live} with access;"
        f" {preview.limit} are removed without confirmation"
    )
    return f"{room}: you'd be asked in the bot first." if _asks(preview) else f"{room}."


def _asks(preview: Preview) -> bool:
    return preview.people > preview.limit or any(line.fate == "held" for line in preview.lines)


def _report_of(preview: Preview) -> dict[str, object]:
    return {
        "people": preview.people,
        "live": preview.live,
        "limit": preview.limit,
        "would_be_asked": _asks(preview),
        "lines": [asdict(line) for line in preview.lines],
    }


async def _sure(container: OperatorContainer) -> int:
    watch = container.core.watch_clock()
    await watch()
    if not watch.sure():
        warning = "the clocks differ, or the time isn't confirmed: set the clocks first (see the alarm in the bot)"
        print(f"umbral sweep: {warning}", file=sys.stderr)
        return 1
    return 0

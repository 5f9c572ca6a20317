"""`umbral sweep`."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.application.expiry.preview_sweep import Fate, Preview, PreviewLine
from subscriptions.bootstrap.operator import OperatorContainer
from umbral.cli.operating import moment, operate, table
from umbral.cli.options import parser

_FATES = {
    Fate.WOULD_GO: "would be removed",
    Fate.HELD: "waits for your word in the bot",
    Fate.LEAVING: "is being removed",
    Fate.GOES_ON: "stays: the provider says it goes on",
    Fate.NO_ANSWER: "stays for now: the provider does not answer",
    Fate.UNCLEAR: "stays: the provider tells a state we do not know",
}
_REASONS = {
    "canceled": "canceled, and the time is over",
    "unpaid": "the charge failed, and the grace is over",
    "time_over": "the time is over",
    "access_ended": "the access has ended",
}


def run(argv: Sequence[str]) -> int:
    """Look now for people whose time is over."""
    options = parser("sweep", "Look now for people whose time is over, instead of waiting for the clock.")
    options.add_argument("--dry-run", action="store_true", help="list who would be removed and why; change nothing")
    chosen = options.parse_args(argv)
    return operate("sweep", _preview if chosen.dry_run else _sweep)


async def _preview(container: OperatorContainer) -> int:
    preview = await container.preview_sweep()()
    if not preview.lines:
        print("Nobody would be removed.")
        return 0
    print(table(("CUSTOMER", "NAME", "PLAN", "OVER SINCE", "WHY", "WHAT HAPPENS"), map(_row, preview.lines)))
    print(_verdict(preview))
    return 0


def _row(line: PreviewLine) -> tuple[object, ...]:
    who, why = line.telegram_id or "-", _REASONS.get(line.reason, line.reason)
    return who, line.name, line.plan, moment(line.over_since), why, _FATES[line.fate]


def _verdict(preview: Preview) -> str:
    room = f"{preview.people} would go, of {preview.live} with access; {preview.limit} may go without asking"
    waits = any(line.fate is Fate.HELD for line in preview.lines)
    asks = preview.people > preview.limit or waits
    return f"{room}: you would be asked in the bot first." if asks else f"{room}."


async def _sweep(container: OperatorContainer) -> int:
    swept = await container.sweep_now()("operator")
    if not swept.checking and not swept.leaving:
        print("Nobody's time is over.")
        return 0
    print(f"The worker now asks the providers about {swept.checking}, and tries to remove {swept.leaving} again.")
    print("Should too many have to go at once, nobody is removed before you say so in the bot.")
    return 0

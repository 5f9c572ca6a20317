"""Generator of docs/live.md with the instructions and the results of the last run."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from scripts.live import known
from scripts.live.running import Outcome, Result, Run

HEAD: Final = """\
# Trying the real services

Written by `make live`; do not edit. It plays the main flows at the test modes of Stripe, PayPal and Cryptomus, at
Telegram's test servers and in one private channel, by the product's own gateways, and at the same time before the
stand-ins of `sandbox/`. What differs stands below.

## Ten minutes

1. Copy `live.env.example` to `live.env` and fill in what you have: a secret key of Stripe's test mode is enough to
   begin with. Every part that is left empty is left out.
2. Run `make live`. It refuses live keys before it sends anything. With a terminal it asks you to pay at PayPal's
   sandbox; without one those checks are left out.
3. Read «What differs» here. What is known to differ is no fault. Anything else belongs into an issue.

No money moves: cards and buyers are test ones, and Cryptomus' invoices are never paid. At the end test clocks are
deleted with the customers on them, links revoked and posts deleted; what stays is named.
`.github/workflows/live.yml` runs it each week where the repository has the secret `LIVE_ENV`, the text of such a file.
`make live ARGS=--stand-ins` plays it against a second set of stand-ins, without any key, to show that it works.
"""
PACKAGES: Final = ("umbral-access", "umbral-access-sandbox", "stripe", "aiogram", "httpx")


def written(run: Run, against: str, commit: str) -> str:
    """Return the text of docs/live.md.

    against: description of the services that were used.
    """
    parts = [
        HEAD,
        f"## The last run\n\n{datetime.now(UTC):%-d %B %Y, %H:%M} UTC, {against}; commit {commit or 'unknown'}; "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        + ".\n",
        "| service | check | what it does | result |\n|---|---|---|---|\n" + "\n".join(map(_row, run.results)) + "\n",
        "## What differs\n\n" + _differences(run.results),
        "## What stayed behind\n\n" + _listed(run.left, "Nothing that is known."),
        "## What only the real services can show\n\n" + _listed([f"{each}." for each in known.ONLY_REAL], ""),
        "## Known differences that no run looks at\n\n"
        + _listed([f"{begins} …: {why}." for begins, why in known.NOT_SEEN.items()], ""),
    ]
    return "\n".join(parts)


def _row(result: Result) -> str:
    told = f"{result.outcome}: {result.why}" if result.why else str(result.outcome)
    return f"| {result.check.service} | {result.check.name} | {result.check.does} | {_cell(told)} |"


def _differences(results: list[Result]) -> str:
    rows = [
        f"| {each.check.service}, {each.check.name} | {found.fact} | {_cell(found.stand_in)} | {_cell(found.service)} "
        f"| {'known' if found.is_known else '**new**'} |"
        for each in results
        if each.outcome in {Outcome.DIFFERS, Outcome.KNOWN}
        for found in each.differences
    ]
    if not rows:
        return "Nothing.\n"
    return "| check | fact | the stand-in | the service | |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _listed(items: list[str], otherwise: str) -> str:
    return ("\n".join(f"- {each}" for each in items) or otherwise) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

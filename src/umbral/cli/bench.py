"""The command `umbral bench`, which measures performance."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from umbral.bench.sweep import LIMIT, Measurement, measure
from umbral.terminal.listing import show, show_json
from umbral.terminal.options import Json, application
from umbral.terminal.progress import progress

app = application("Measure performance on this machine, on a temporary database.")


@app.callback()
def bench() -> None:
    """Make Typer treat the subcommands of `umbral bench` as a group."""


@app.command()
def sweep(
    sizes: Annotated[str, typer.Option(metavar="N,N", help="Number of subscriptions.")] = "100000,1000000",
    due: Annotated[int, typer.Option(min=1, metavar="N", help="Number of expired subscriptions.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Number of measurements; the best one counts.")] = 3,
    as_json: Json = False,
) -> int:
    """Measure a bulk expiry of the VIP channel among few and among many customers.

    The exit status is 1 if it takes too much longer among many.
    """
    crowds = _counts(sizes)
    if min(crowds) < due * rounds:
        raise typer.BadParameter("the smallest number must be at least --due times --rounds", param_hint="--sizes")
    with progress("rounds") as step:
        measurements = asyncio.run(measure(crowds, due, rounds, step))
    # A single size cannot be compared with another one.
    ratio = measurements[-1].fastest / measurements[0].fastest if len(measurements) > 1 else None
    if as_json:
        show_json({"ratio": ratio, "limit": LIMIT, "sizes": [_report_of(each) for each in measurements]})
    else:
        _tell(measurements)
    if ratio is not None and not as_json:
        print(f"time ratio {ratio:.2f} (at most {LIMIT})")
    return 0 if ratio is None or ratio <= LIMIT else 1


def _tell(measurements: Sequence[Measurement]) -> None:
    rows = [
        (item.people, item.due, f"{item.fastest:.2f}", ", ".join(f"{each:.2f}" for each in item.seconds))
        for item in measurements
    ]
    show(("SUBSCRIPTIONS", "DUE", "BEST S", "ROUNDS S"), rows)


def _report_of(item: Measurement) -> dict[str, object]:
    return {"subscriptions": item.people, "due": item.due, "best_s": item.fastest, "rounds_s": item.seconds}


def _counts(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise typer.BadParameter(f"{text!r} is not numbers of 1 or more, separated by commas", param_hint="--sizes")
    return [int(part) for part in parts]

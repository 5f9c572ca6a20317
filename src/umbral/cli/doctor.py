"""`umbral doctor`."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from umbral.cli.commands import loaded
from umbral.cli.listing import show_json
from umbral.cli.options import EPILOG, Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.doctor_live import LiveReport

app = application()


@app.command(epilog=EPILOG)
def run(
    live: Annotated[bool, typer.Option("--live", help="Also ask providers and Telegram how they reach us.")] = False,
    as_json: Json = False,
) -> int:
    """Say what is missing or wrong in the settings, starting nothing; 1 where something is."""
    loaded("subscriptions.bootstrap.doctor")
    from subscriptions.bootstrap import doctor

    problems = doctor.report(os.environ)
    remarks = [] if problems else asyncio.run(doctor.report_of_database(os.environ))
    asked = _ask() if live and not problems else None
    if as_json:
        findings = {"live": [asdict(each) for each in asked.findings]} if asked else {}
        show_json({"problems": problems, "remarks": remarks} | findings)
    else:
        lines = [*problems, *([] if problems else ["All settings are there."]), *remarks]
        for line in (*lines, *(asked.lines if asked else [])):
            print(line)
    return 1 if problems or (asked is not None and asked.wrong) else 0


def _ask() -> LiveReport:
    from subscriptions.bootstrap.doctor_live import report_live

    return asyncio.run(report_live(os.environ))

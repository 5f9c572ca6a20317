"""`umbral doctor`."""

from __future__ import annotations

import asyncio
import os

from umbral.cli.commands import loaded
from umbral.cli.listing import show_json
from umbral.cli.options import EPILOG, Json, application

app = application()


@app.command(epilog=EPILOG)
def run(as_json: Json = False) -> int:
    """Say what is missing or wrong in the settings, starting nothing; 1 where something is."""
    loaded("subscriptions.bootstrap.doctor")
    from subscriptions.bootstrap import doctor

    problems = doctor.report(os.environ)
    remarks = [] if problems else asyncio.run(doctor.report_of_database(os.environ))
    if as_json:
        show_json({"problems": problems, "remarks": remarks})
    else:
        for line in (*problems, *([] if problems else ["All settings are there."]), *remarks):
            print(line)
    return 1 if problems else 0

"""What the demo does before the product starts: tables, sample plans and their prices, accounts in the pool.

A process of its own, so that the supervisor carries none of it: `python -m umbral.demo.prepare ENV_FILE CAST_FILE`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from subscriptions.bootstrap import demo_data, migrate
from umbral import env_file
from umbral.demo.cast import remembered_cast


def main(env: Path, cast_file: Path) -> None:
    """Bring everything to where the product can start; harmless to repeat."""
    env_file.load(env)
    cast = remembered_cast(cast_file)
    migrate.upgrade(os.environ["DATABASE_URL"], logins=migrate.logins_of(os.environ))
    accounts = [
        (account.phone, account.session, f"Canales {number}") for number, account in enumerate(cast.accounts, start=1)
    ]
    asyncio.run(demo_data.seed(os.environ, accounts, cast.operator_id))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

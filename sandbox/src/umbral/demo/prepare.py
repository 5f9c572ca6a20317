"""Preparation before the product starts: tables, sample plans and their prices, accounts in the pool.

The preparation runs as a separate process, so that the supervisor loads none of its modules: `python -m
umbral.demo.prepare ENV_FILE CAST_FILE`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from subscriptions.application.catalog.manage_plans import NewPlan
from subscriptions.bootstrap import demo_data, migrate
from umbral import env_file
from umbral.demo.participants import stored_participants


def main(env: Path, participants_file: Path) -> None:
    """Prepare everything that the product needs to start; safe to repeat."""
    env_file.load(env)
    participants = stored_participants(participants_file)
    logins, clock_moves = migrate.logins_of(os.environ), migrate.clock_moves(os.environ)
    migrate.upgrade(os.environ["DATABASE_URL"], logins=logins, clock_moves=clock_moves)
    accounts = [
        (account.phone, account.session, f"Canales {number}")
        for number, account in enumerate(participants.accounts, start=1)
    ]
    plans: Sequence[NewPlan] = demo_data.PLANS
    if participants.chats:
        # Imported on demand, because it uses Telegram's packages, which the image that seeds the sandbox's containers
        # lacks.
        asyncio.run(import_module("subscriptions.bootstrap.demo_chats").add_chats(os.environ, participants.chats))
        plans = demo_data.PLANS_ALONE
    asyncio.run(demo_data.seed(os.environ, accounts, participants.operator_id, plans))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

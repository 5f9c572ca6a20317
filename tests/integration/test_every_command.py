"""Every command of the command line, run on an installation with all features enabled and used."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from subscriptions.bootstrap.token_settings import settings_from_token
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.database.engine import create_engine
from tests.support.drawn import SHARES, Share, share_of
from tests.support.every_command import PLAN, call, leaves, write_files
from tests.support.fork_clients import ForkClient
from tests.support.installation import Installation
from tests.support.lived import NUMBER, Life, lived
from tests.support.of_features import of_features
from tests.support.operator_cli import Ran, Terminal
from umbral_sandbox.server import running_sandbox

AT_ONCE: Final = 4
SUBJECTS: Final[Mapping[str, str]] = {
    "CODE": "SELECT id::text FROM activation_tokens LIMIT 1",
    "CUSTOMER": f"SELECT telegram_id::text FROM customers WHERE telegram_id <> {NUMBER} LIMIT 1",
    "SUBSCRIPTION": "SELECT id::text FROM subscriptions LIMIT 1",
    "ACCESS": "SELECT id::text FROM accesses LIMIT 1",
    "PAYMENT": "SELECT id::text FROM payments LIMIT 1",
    "PLAN": "SELECT soft_id FROM service_plans LIMIT 1",
    "ALARM": "SELECT id::text FROM alarms LIMIT 1",
    "WEBHOOK": "SELECT id::text FROM webhook_inbox LIMIT 1",
    "JOB": "SELECT id::text FROM pgqueuer LIMIT 1",
}
NAMED: Final[Mapping[str, str]] = {
    "TEXT": "es:plans.welcome",
    "SETTING": "GRACE_DAYS",
    "METHOD": "stripe",
    **of_features("walks", "CLI_NAMES"),
    "ROLE": "ayuda",
    "RESOURCE": "vip",
}


@pytest.fixture
async def life(database_url: str) -> AsyncIterator[Life]:
    engine = create_engine(database_url)
    yield await lived(engine)
    await engine.dispose()


@pytest.fixture
async def settings(life: Life, database_url: str, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """Return settings that enable everything."""
    async with running_sandbox() as sandbox:
        installation = Installation(sandbox, database_url)
        await installation.open()
        whole = installation.settings
        yield {
            **whole,
            "BACKUP_KEY": Keys.fresh(),
            "BACKUP_TO": str(tmp_path / "backups"),
            "CONSOLE": "public",
            "INVOICES": "handover",
            **settings_from_token(whole["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"]),
            "OLD_SESSION_KEY": whole["SESSION_KEY"],
            "PICKS_API_KEY": "k" * 20,
            "PICK_MARKS": "on",
            "PICK_MARK_KEY": "m" * 43 + "=",
            "REFERRAL_DAYS": "3",
            "SELL_COUNTRIES": "ES, PT",
            "STARS": "on",
            "STAY_DAYS": "3",
            "TERMS_VERSION": "2026-11-22",
            "UMBRAL_API_KEY": "nobody's",
            "WEBHOOK_KEY": "w" * 43 + "=",
            "WITHDRAWAL": "all",
            "WITHDRAWAL_DECLARATIONS": "content",
        }


async def _subjects(life: Life) -> dict[str, str]:
    assert life.shop.engine is not None
    async with life.shop.engine.connect() as connection:
        rows = {kind: await connection.scalar(text(question)) for kind, question in SUBJECTS.items()}
    return {**NAMED, **{kind: str(value) for kind, value in rows.items() if value is not None}}


USED: Final = (
    "backup",
    "backup --verify",
    f"plans price {PLAN} stars '500 XTR'",
    "staff make-role --role_name ayuda --permissions panel.open,customer.see",
    *of_features("walks", "CLI_LINES"),
)
"""Commands that run first, so that every kind of object exists."""


def _about(life: Life, line: list[str]) -> list[str]:
    """Return the command line with the existing plan filled in."""
    return [life.plan.soft_id if word == PLAN else word for word in line]


@pytest.mark.parametrize("share", SHARES)
async def test_every_command_answers_without_a_traceback(
    settings: dict[str, str], life: Life, tmp_path: Path, fork_client: ForkClient, share: Share
) -> None:
    write_files(tmp_path)
    terminal, turn = Terminal(settings, fork_client), asyncio.Semaphore(AT_ONCE)
    unused = {}
    for line in USED:
        ran = await terminal.run(*_about(life, shlex.split(line)))
        if ran.status != 0:
            unused[line] = ran.err
    assert not unused

    async def run(line: list[str]) -> tuple[str, Ran]:
        async with turn:
            return " ".join(line), await terminal.run(*_about(life, line))

    subjects = await _subjects(life)
    every = [call(words, command, subjects, tmp_path) for words, command in leaves()]
    doctor = [line for line in every if line[0] == "doctor"]
    lines = [*share_of([line for line in every if line not in doctor], share), *doctor]
    answers = await asyncio.gather(*map(run, lines))

    (diagnosis,) = [ran.out for line, ran in answers if line.startswith("doctor")]
    assert "backups: the newest is of" in diagnosis, "it looked at everything"
    wrong = {line: ran.err[-600:] for line, ran in answers if "Traceback" in ran.err or ran.status not in {0, 1}}
    assert not wrong, "\n".join(f"{line}: {said}" for line, said in wrong.items())


def test_call_of_every_command_has_all_required_parameters(tmp_path: Path) -> None:
    for words, command in leaves():
        assert call(words, command, {}, tmp_path)[: len(words.split())] == words.split()

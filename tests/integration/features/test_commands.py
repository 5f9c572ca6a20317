"""`umbral features`, and commands of features that are off."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from subscriptions.bootstrap.doctor import report_of_database
from tests.integration.features.conftest import SEEN, Shop
from tests.support.features import write_feature
from tests.support.operator_cli import Terminal
from tests.support.removed import REMOVED

pytestmark = pytest.mark.skipif("mcp" in REMOVED, reason="MCP is the example of these tests")
SETTINGS = {"FEATURES": "none", "PICKS_API_KEY": "k" * 20, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35}


def terminal_of(shop: Shop) -> Terminal:
    """Return a terminal in which the test's features are installed."""
    return Terminal({"DATABASE_URL": shop.url, "PYTHONPATH": os.pathsep.join(sys.path[:1])})


async def test_features_are_listed_with_their_remaining_rows(raffle_shop: Shop) -> None:
    await raffle_shop.execute("INSERT INTO raffles VALUES (1, false)")
    terminal = terminal_of(raffle_shop)

    ran = await terminal.run("features", "list", "--json", FEATURES="mcp")
    shown = await terminal.run("features", FEATURES="mcp")

    assert ran.status == 0, ran.err
    assert [each for each in json.loads(ran.out) if each["name"] in SEEN] == [
        {"name": "mcp", "state": "on", "left": {}},
        {"name": "raffle", "state": "draining", "left": {"raffles": 1}},
        {"name": "tickets", "state": "off", "left": {}},
    ]
    assert ["raffle", "draining", "1", "raffles"] in [line.split()[:4] for line in shown.out.splitlines()]


async def test_switch_command_reports_dependencies_and_remaining_rows_of_the_feature(raffle_shop: Shop) -> None:
    terminal = terminal_of(raffle_shop)
    await raffle_shop.execute("INSERT INTO raffles VALUES (1, false)")

    said = [
        (await terminal.run("features", *words.split(), FEATURES="none")).out
        for words in ("on tickets", "on tickets", "off tickets", "off raffle")
    ]

    assert said == [
        "tickets is on, and with it raffle.\n",
        "tickets is on already.\n",
        "tickets is off.\n",
        "raffle is off and draining: 1 raffles left.\n",
    ]


async def test_switching_an_unknown_or_required_feature_is_refused(raffle_shop: Shop) -> None:
    terminal = terminal_of(raffle_shop)

    needed, unknown = await terminal.run("features", "off", "raffle"), await terminal.run("features", "on", "raffles")

    assert (needed.status, unknown.status) == (1, 1)
    assert "tickets needs raffle; run `umbral features off tickets`" in needed.err
    assert "there is no 'raffles'; the names are: " in unknown.err


async def test_feature_with_an_unmet_dependency_names_the_feature_to_switch_on_first(site: Path, shop: Shop) -> None:
    write_feature(site, "bills", "own_setting='INVOICES'")
    write_feature(site, "ledger", "needs=('bills',)")
    shop.migrate()
    terminal = terminal_of(shop)

    own = await terminal.run("features", "on", "bills", INVOICES="off")
    needed = await terminal.run("features", "on", "ledger", INVOICES="off")

    assert (own.status, needed.status) == (1, 1)
    assert "bills stays off because INVOICES=off switches it off; change that setting" in own.err
    assert "ledger needs bills: switch bills on first; change INVOICES=off" in needed.err


async def test_command_of_a_feature_that_is_off_is_refused(shop: Shop) -> None:
    terminal = Terminal({"DATABASE_URL": shop.url})
    refusal = "umbral mcp: mcp is off; run `umbral features on mcp`\n"

    by_setting = await terminal.run("mcp", "http://127.0.0.1:9", FEATURES="none")
    alone = await Terminal({"FEATURES": "none"}).run("mcp", "http://127.0.0.1:9")
    help_text = await terminal.run("mcp", "--help", FEATURES="none")
    overviews = [(await terminal.run("--help", FEATURES=each)).out for each in ("none", "mcp", "wrong")]
    await terminal.run("features", "off", "mcp")
    by_choice = await terminal.run("mcp", "http://127.0.0.1:9")

    assert (by_setting.status, by_setting.err) == (1, refusal)
    assert (alone.status, alone.err) == (1, refusal)
    assert (by_choice.status, by_choice.err) == (1, refusal)
    assert ["  mcp " in each for each in overviews] == [False, True, True]
    assert (help_text.status, "language model" in help_text.out) == (0, True)


async def test_unknown_feature_in_the_setting_is_refused_with_the_valid_names(shop: Shop) -> None:
    ran = await Terminal({"DATABASE_URL": shop.url}).run("features", FEATURES="nothing")

    assert ran.status == 2
    assert "FEATURES: there's no feature 'nothing'; the names are: " in ran.err


async def test_doctor_reports_remaining_rows_and_jobs_without_a_handler(raffle_shop: Shop) -> None:
    await raffle_shop.execute(
        "INSERT INTO raffles VALUES (1, false)",
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
        " VALUES (0, 'queued', 'raffle.draw', '{}'), (0, 'queued', 'lottery.draw', '{}')",
        "INSERT INTO due_jobs (id, name, payload, priority, due_at)"
        " VALUES (1, 'lottery.draw', '{}', 0, now()), (2, 'userbot.acc.1', '{}', 0, now())",
    )
    lines = await report_of_database({**SETTINGS, "DATABASE_URL": raffle_shop.url})

    said = [line for line in lines if line.startswith(("feature", "jobs"))]
    assert said == [
        "feature raffle: off, and draining until nothing is left of it: 1 jobs, 1 raffles",
        "jobs: 2 of lottery.draw wait, and nothing that is installed carries them out; install their feature again, "
        "or drop them with `umbral jobs drop`",
    ]

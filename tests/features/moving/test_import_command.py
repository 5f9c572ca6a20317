"""`umbral import`, which imports each customer once, however often the command runs."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.resources import vip
from tests.fakes.units import route_by_name, sql_unit
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.stripe_sandbox import KEY, SECRET, running_shop

ROWS = "SELECT telegram_id, source, ceil(extract(epoch FROM access_until - now()) / 86400)::int AS days, l.kind FROM \
customers c JOIN subscriptions s ON s.customer_id = c.id JOIN ledger_entries l ON l.subscription_id = s.id ORDER BY 1"
COUNTS = "SELECT (SELECT count(*) FROM customers) AS people, (SELECT count(*) FROM activation_tokens) AS codes, \
(SELECT count(*) FROM ledger_entries) AS times, (SELECT count(*) FROM pgqueuer) AS jobs"


@pytest.fixture
async def connection(database_url: str) -> Any:
    """Create a shop with one plan, a bot with a username, and a guest in the shop's VIP channel."""
    engine: AsyncEngine = create_engine(database_url)
    async with sql_unit(engine, route_by_name) as uow:
        await uow.plans.save(samples.plan(soft_id="retabet"))
        await uow.variables.set(BOT_USERNAME, "RetadorBot")
        channel = Channel.for_resource(vip(), ChatId(-1008), "VIP", SystemClock().now())
        assert await uow.channels.add_if_new(channel)
        await uow.resources.note_guest(channel.id, TelegramId(7000000009), SystemClock().now())
        await uow.commit()
    await engine.dispose()
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def killed(terminal: Terminal, words: tuple[str, ...], when: Callable[[], Awaitable[bool]]) -> None:
    """Run a command and send it SIGKILL as soon as `when` returns True."""
    async with terminal.typing(*words) as command, asyncio.timeout(90):
        while not await when():
            assert command.process.returncode is None, "it ended before"
            await asyncio.sleep(0.005)
        command.process.send_signal(signal.SIGKILL)
        await command.process.wait()


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    return dict(await connection.fetchrow(COUNTS))


async def test_paid_time_is_imported_once(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, "PICK_MARK_KEY": "a key of sixteen"}, fork_client)
    file, now = tmp_path / "people.csv", SystemClock().now()
    then, before = f"{now + timedelta(days=20):%Y-%m-%d}", f"{now - timedelta(days=2):%Y-%m-%d}"
    file.write_text(
        "key,telegram_id,name,plan,until\n"
        f"m1,7000000001,Ana,retabet,{then}\n"
        f"m2,,Eva eva@example.com,retabet,{then}\n"
        f"m3,7000000003,Leo,retabet,{before}\n"
    )

    async def run(*words: str) -> list[dict[str, str]]:
        ran = await terminal.run("import", "csv", str(file), "--json", *words)
        assert (ran.status, ran.err) == (0, "")
        output: list[dict[str, str]] = json.loads(ran.out)
        return output

    empty = await counts(connection)
    dry = await run("--dry-run")
    assert [(row["line"], row["becomes"], row["link"]) for row in dry] == [
        ("2", "given", "-"),
        ("3", "code", "-"),
        ("4", "over", "-"),
    ]
    assert await counts(connection) == empty

    first = await run()
    assert [row["becomes"] for row in first] == ["given", "code", "over"]
    assert first[1]["link"].startswith("https://t.me/RetadorBot?start=")
    [given] = await connection.fetch(ROWS)
    assert (given["telegram_id"], given["source"], given["kind"]) == (7000000001, "import", "admin_grant")
    assert given["days"] == int(first[0]["days"])
    kept = [row["token"] for row in await connection.fetch("SELECT token FROM activation_tokens")]
    assert first[1]["link"].rpartition("=")[2] not in kept

    after = await counts(connection)
    again = await run()
    assert [row["becomes"] for row in again] == ["done", "done", "over"]
    # A repeated run prints lost links again.
    assert again[1]["link"] == first[1]["link"]
    assert await counts(connection) == after


async def test_invalid_rows_stop_the_import_unless_skipped(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    terminal, file = Terminal({"DATABASE_URL": database_url}, fork_client), tmp_path / "people.csv"
    then = f"{SystemClock().now() + timedelta(days=20):%Y-%m-%dT00:00:00Z}"
    file.write_text(
        f"telegram_id,plan,until\n7000000001,retabet,{then}\nx,retabet,{then}\n7000000002,sportium,{then}\n"
    )
    empty = await counts(connection)
    ran = await terminal.run("import", "csv", str(file))
    assert ran.status == 1
    assert "line 3, telegram_id: 'x'" in ran.err
    assert "line 4, plan: 'sportium' is no plan" in ran.err
    assert await counts(connection) == empty
    skipped = await terminal.run("import", "csv", str(file), "--skip-wrong", "--json")
    assert [row["who"] for row in json.loads(skipped.out)] == ["7000000001"]
    missing = await terminal.run("import", "csv", str(tmp_path / "no.csv"))
    assert (missing.status, "can't be read" in missing.err) == (1, True)


async def test_guests_of_the_channel_are_listed_and_granted_a_plan(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    listed = json.loads((await terminal.run("import", "members", "--json")).out)
    assert listed == [{"telegram_id": 7000000009, "invite_to": "https://t.me/RetadorBot?start=import"}]
    then = f"{SystemClock().now() + timedelta(days=20):%Y-%m-%dT00:00:00Z}"
    words = ("import", "members", "--plan", "retabet", "--until", then, "--json")
    assert [json.loads((await terminal.run(*words)).out)[0]["becomes"] for _ in range(2)] == ["given", "done"]
    wrong = await terminal.run("import", "members", "--plan", "retabet", "--until", "soon")
    assert (wrong.status, "--until" in wrong.err) == (1, True)


async def test_barred_customer_is_reported_in_both_languages(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    terminal, file = Terminal({"DATABASE_URL": database_url}, fork_client), tmp_path / "people.csv"
    engine: AsyncEngine = create_engine(database_url)
    async with sql_unit(engine, route_by_name) as uow:
        await uow.customers.save(samples.customer(telegram_id=7000000001, barred_at=SystemClock().now()))
        await uow.commit()
    await engine.dispose()
    file.write_text(f"telegram_id,plan,until\n7000000001,retabet,{SystemClock().now() + timedelta(days=20):%Y-%m-%d}\n")
    ran = await terminal.run("import", "csv", str(file))
    assert (ran.status, ran.err) == (0, "")
    assert "barred: bloqueado por tu equipo" in ran.out
    assert "barred: your team blocked them" in ran.out
    assert await connection.fetch(ROWS) == []


async def test_stripe_subscriptions_with_a_telegram_id_are_adopted_and_other_subscribers_get_an_invite(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    async with running_shop() as shop:
        stripe = {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": f"{shop.url}/stripe"}
        terminal = Terminal({"DATABASE_URL": database_url, "PICK_MARK_KEY": "a key of sixteen", **stripe}, fork_client)
        price = await shop.price()
        known = await shop.subscribed(price=price, subscription_data={"metadata": {"tg_id": "7000000001"}})
        unknown = await shop.subscribed(price=price, subscription_data={"metadata": {}})

        async def run(*words: str) -> dict[str, dict[str, str]]:
            ran = await terminal.run("import", "stripe", "--plan", f"{price.id}=retabet", "--json", *words)
            assert (ran.status, ran.err) == (0, "")
            return {row["subscription"]: row for row in json.loads(ran.out)}

        empty = await counts(connection)
        assert {each["becomes"] for each in (await run("--dry-run")).values()} == {"adopted", "invited"}
        assert await counts(connection) == empty
        for mappings, problem in (
            ((f"{price.id}=retabet", "price_x=retabet"), "'price_x' does not exist; choose one of: "),
            ((f"{price.id}=retabet", f"{price.id}=sportium"), f"names {price.id} for retabet and for sportium"),
        ):
            ran = await terminal.run("import", "stripe", *(word for each in mappings for word in ("--plan", each)))
            assert (ran.status, "--plan" in ran.err, problem in ran.err) == (1, True, True), ran.err
            assert await counts(connection) == empty
        first = await run()
        assert (first[known.id]["becomes"], first[known.id]["who"]) == ("adopted", "7000000001")
        assert first[unknown.id]["link"].startswith("https://t.me/RetadorBot?start=")
        [held] = await connection.fetch("SELECT provider, provider_ref, status FROM subscriptions")
        assert tuple(held) == ("stripe", known.id, "active")
        again = await run()
        assert {each["becomes"] for each in again.values()} == {"ours", "invited"}
        unmapped = await terminal.run("import", "stripe", "--dry-run")
        assert (unmapped.status, "unmapped" in unmapped.out) == (1, True)
        for mapping, existing in (("price_x=retabet", price.id), (f"{price.id}=vip", "retabet")):
            ran = await terminal.run("import", "stripe", "--plan", mapping, "--dry-run")
            assert (ran.status, "does not exist; choose one of: " in ran.err, existing in ran.err) == (1, True, True)
        ran = await terminal.run("import", "members", "--plan", "vip", "--until", "2030-01-01", "--dry-run")
        assert (ran.status, "'vip' does not exist; choose one of: retabet" in ran.err) == (1, True)


async def test_killed_import_resumes(
    connection: asyncpg.Connection, database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url, "PICK_MARK_KEY": "a key of sixteen"}
    then = f"{SystemClock().now() + timedelta(days=20):%Y-%m-%dT00:00:00Z}"
    persons = [f"p{number},{7000000100 + number},retabet,{then}\n" for number in range(100)]
    codes = [f"c{number},,retabet,{then}\n" for number in range(100)]
    file, words = tmp_path / "people.csv", ("import", "csv", str(tmp_path / "people.csv"), "--json")
    lines = [line for pair in zip(persons, codes, strict=True) for line in pair]
    file.write_text("key,telegram_id,plan,until\n" + "".join(lines))

    done = 0
    for _ in range(2):

        async def is_further(least: int = done + 20) -> bool:
            nonlocal done
            done = (now := await counts(connection))["people"] + now["codes"]
            return done >= least

        await killed(Terminal(settings), words, is_further)
    middle = await counts(connection)
    assert 40 <= middle["people"] + middle["codes"] < len(lines)
    assert middle["times"] == middle["people"], "who is known has their time"

    again = await Terminal(settings, fork_client).run(*words)
    assert (again.status, again.err) == (0, "")
    rows = json.loads(again.out)
    assert sum(row["becomes"] == "done" for row in rows) == middle["people"] + middle["codes"]
    assert {row["becomes"] for row in rows} == {"given", "code", "done"}
    assert len({row["link"] for row in rows if row["link"] != "-"}) == len(codes)
    whole = await counts(connection)
    assert (whole["people"], whole["codes"], whole["times"]) == (100, 100, 100)
    assert {row["days"] for row in await connection.fetch(ROWS)} == {
        int(rows[0]["days"] if rows[0]["days"] != "-" else 20)
    }


@pytest.mark.parametrize("fault", ["hold_before", "hold_after"])
async def test_import_killed_during_provider_update_repeats_the_update(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient, fault: str
) -> None:
    async with running_shop() as shop:
        stripe = {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": f"{shop.url}/stripe"}
        settings = {"DATABASE_URL": database_url, "PICK_MARK_KEY": "a key of sixteen", **stripe}
        price = await shop.price()
        known = await shop.subscribed(price=price, subscription_data={"metadata": {"tg_id": "7000000001"}})
        words = ("import", "stripe", "--plan", f"{price.id}=retabet", "--json")
        method = "POST /v1/subscriptions/{id}"
        await shop.control("PUT", "faults", [{"on": "stripe", "do": fault, "method": method, "times": 1}])

        async def is_held() -> bool:
            calls = (await shop.control("GET", "calls"))["calls"]
            return any(call["method"] == method and call["state"] == "held" for call in calls)

        await killed(Terminal(settings), words, is_held)
        await shop.control("POST", "faults/release", {})
        middle = await counts(connection)
        again = await Terminal(settings, fork_client).run(*words)
        assert (again.status, again.err) == (0, "")
        assert [row["becomes"] for row in json.loads(again.out)] == ["ours"]
        assert await counts(connection) == middle
        [order] = await connection.fetch("SELECT id FROM orders")
        reported = await shop.client.v1.subscriptions.retrieve_async(known.id)
        assert reported.metadata is not None
        assert str(order["id"]) in reported.metadata.to_dict().values()

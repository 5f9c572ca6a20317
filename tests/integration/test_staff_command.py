"""`umbral staff` on a real database: the panel's commands under the same rules, audited as run from the shell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal


async def test_repeated_shell_command_grants_a_plan_once(database_url: str, fork_client: ForkClient) -> None:
    engine = create_engine(database_url)
    shop = database_shop(engine)
    plan, ana = await shop.plan(), await shop.customer()
    terminal, wish = Terminal({"DATABASE_URL": database_url}, fork_client), str(uuid4())
    words = ("staff", "grant", str(ana.telegram_id), "--plan", plan.soft_id, "--reason", "de bienvenida")
    for _ in range(2):
        given = await terminal.run(*words, "--days", "10", "--operation", wish)
        assert (given.status, "Their access lasts until" in given.out) == (0, True), given.err
    other = await terminal.run(*words, "--days", "11", "--operation", wish)
    wrong = await terminal.run(*words, "--days", "many")
    nobody = await terminal.run("staff", "note", "1", "--note", "llamó")

    assert (other.status, "already used for another request" in other.err) == (1, True)
    assert (wrong.status, "--days: Duration: “many”" in wrong.err) == (1, True), wrong.err
    assert (nobody.status, nobody.err) == (1, "umbral staff: there is no customer 1\n")
    async with shop.units() as uow:
        (line,) = [each for each in await uow.audit.of_subject(str(ana.id), 9) if each.action == "customer.grant"]
        (held,) = await uow.subscriptions.of_customer(ana.id)
    await engine.dispose()
    assert (line.actor, line.reason, line.facts["days"]) == ("cli", "de bienvenida", "10")
    assert held.live


async def test_invalid_tip_from_the_shell_is_refused_and_its_option_named(
    database_url: str, fork_client: ForkClient
) -> None:
    engine = create_engine(database_url)
    plan = await database_shop(engine).plan()
    await engine.dispose()
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    words = ("staff", "publish-tip", "--event", "Betis – Sevilla", "--market", "Goles", "--selection", "Más de 2,5")
    more = ("--stake", "3", "--starts_at", "21:00")
    wrong = await terminal.run(*words, *more, "--plan", plan.soft_id, "--odds", "0.5")
    lacking = await terminal.run(*words, *more, "--odds", "1.85")

    assert (wrong.status, "--odds" in wrong.err) == (1, True), wrong.err
    assert (lacking.status, "Missing option '--plan'" in lacking.err) == (2, True), lacking.err


async def test_tips_from_a_file_are_published_all_or_none(
    database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    engine = create_engine(database_url)
    plan = await database_shop(engine).plan()
    await engine.dispose()
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    at, head = (
        f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M}Z",
        "key,plan,event,market,selection,odds,stake,starts_at",
    )
    good = [f"{key},{plan.soft_id},Betis – Sevilla,Goles,Más de 2.5,1.85,3,{at}" for key in ("a", "b")]
    file, results = tmp_path / "tips.csv", tmp_path / "results.csv"
    file.write_text("\n".join([head, good[0], good[1].replace("1.85", "0.5")]), encoding="utf-8")
    wrong = await terminal.run("record", "publish", str(file))
    file.write_text("\n".join([head, *good]), encoding="utf-8")
    taken, again = (
        await terminal.run("record", "publish", str(file)),
        await terminal.run("record", "publish", str(file)),
    )
    results.write_text("key,result\na,won\n", encoding="utf-8")
    early = await terminal.run("record", "settle", str(results))
    proved = await terminal.run("record", "verify")

    assert (wrong.status, "line 3, odds: " in wrong.err, "nothing was done" in wrong.err) == (1, True, True), wrong.err
    assert (taken.status, taken.out) == (0, "new: 2, already there: 0\n"), taken.err
    assert (again.status, again.out) == (0, "new: 0, already there: 2\n"), again.err
    assert (early.status, "line 2, " in early.err) == (1, True), early.err
    assert (proved.status, f"{plan.soft_id}: 2 entries" in proved.out, "intact: " in proved.out) == (0, True, True)

"""`umbral staff` over a real database: what the panel does, by the same rules, on record as done from the shell."""

from __future__ import annotations

from uuid import uuid4

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.nurse import Nurse
from tests.support.operator_cli import Terminal


async def test_a_plan_is_given_from_the_shell_once(database_url: str, nurse: Nurse) -> None:
    engine = create_engine(database_url)
    shop = database_shop(engine)
    plan, ana = await shop.plan(), await shop.customer()
    terminal, wish = Terminal({"DATABASE_URL": database_url}, nurse), str(uuid4())
    words = ("staff", "grant", str(ana.telegram_id), "--plan", plan.soft_id, "--reason", "de bienvenida")
    for _ in range(2):
        given = await terminal.run(*words, "--days", "10", "--operation", wish)
        assert (given.status, "Their access runs until" in given.out) == (0, True), given.err
    other = await terminal.run(*words, "--days", "11", "--operation", wish)
    wrong = await terminal.run(*words, "--days", "many")
    nobody = await terminal.run("staff", "note", "1", "--note", "llamó")

    assert (other.status, "came with something else" in other.err) == (1, True)
    assert (wrong.status, "--days: Duration: “many”" in wrong.err) == (1, True), wrong.err
    assert (nobody.status, nobody.err) == (1, "umbral staff: there is no customer 1\n")
    async with shop.units() as uow:
        (line,) = [each for each in await uow.audit.of_subject(str(ana.id), 9) if each.action == "customer.grant"]
        (held,) = await uow.subscriptions.of_customer(ana.id)
    await engine.dispose()
    assert (line.actor, line.why, line.facts["days"]) == ("cli", "de bienvenida", "10")
    assert held.live


async def test_a_tip_from_the_shell_is_refused_by_its_option(database_url: str, nurse: Nurse) -> None:
    engine = create_engine(database_url)
    plan = await database_shop(engine).plan()
    await engine.dispose()
    terminal = Terminal({"DATABASE_URL": database_url}, nurse)
    words = ("staff", "publish-tip", "--event", "Betis – Sevilla", "--market", "Goles", "--selection", "Más de 2,5")
    more = ("--stake", "3", "--starts_at", "21:00")
    wrong = await terminal.run(*words, *more, "--plan", plan.soft_id, "--odds", "0.5")
    lacking = await terminal.run(*words, *more, "--odds", "1.85")

    assert (wrong.status, "--odds" in wrong.err) == (1, True), wrong.err
    assert (lacking.status, "Missing option '--plan'" in lacking.err) == (2, True), lacking.err

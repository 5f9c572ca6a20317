"""`umbral sweep` on a real database, with a shop's worker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from subscriptions.application.expiry.complete_bulk_expiries import CompleteBulkExpiries
from subscriptions.application.expiry.preview_bulk_expiry import Fate, PreviewBulkExpiry
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, database_shop
from tests.fakes.staff import Staff
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

OWNER = TelegramId(42)


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    """Build the use cases on PostgreSQL. The shop's clock is behind the real time, so that every plan sold has expired
    for the commands.
    """
    engine = create_engine(database_url, pool_size=10)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
def terminal(database_url: str, fork_client: ForkClient) -> Terminal:
    """Return the operator's terminal."""
    return Terminal({"DATABASE_URL": database_url, "CLOCK_WITNESS": "off"}, fork_client)


async def sell(shop: Shop, count: int) -> list[TelegramId]:
    """Create `count` customers who buy one plan and cancel."""
    plan, people = await shop.plan(name="Retabet"), []
    for _ in range(count):
        ana = await shop.customer()
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(*shop.provider.pay(session, card=f"cus-{ana.telegram_id}"))
        await shop.cancel(ana.telegram_id)
        people.append(ana.telegram_id)
    return people


async def check_all(shop: Shop) -> None:
    """Run the queued checks of subscriptions and complete the bulk expiries, as the worker does."""
    for job in await shop.jobs("core.check_subscription"):
        await shop.check(SubscriptionId(UUID(job["subscription_id"])))
    await CompleteBulkExpiries(shop.units, shop.clock)()


async def live(shop: Shop) -> int:
    """Return the number of customers with access."""
    async with shop.units() as uow:
        return await uow.bulk_expiries.people_with_access()


async def test_empty_bulk_expiry_is_reported(shop: Shop, terminal: Terminal) -> None:
    assert (await terminal.run("sweep", "--dry-run")).out == "No one would be removed.\n"
    assert (await terminal.run("sweep")).out == "No customer's time is over.\n"


async def test_reconciliation_without_a_provider_finds_no_differences(shop: Shop, terminal: Terminal) -> None:
    assert (await terminal.run("reconcile", "--dry-run")).out == "No differences.\n"
    output = json.loads((await terminal.run("reconcile", "--since", "2026-01-31", "--json")).out)
    # A day without an hour begins in the shop's time zone, Madrid.
    assert (output["since"], output["dry_run"], output["differences"]) == ("2026-01-30T23:00:00+00:00", False, [])
    assert (await terminal.run("reconcile", "--since", "soon")).status != 0


async def test_dry_run_lists_removals_and_changes_nothing(shop: Shop, terminal: Terminal) -> None:
    people = await sell(shop, 2)
    before = await shop.jobs("core.check_subscription")

    ran = await terminal.run("sweep", "--dry-run")

    assert (ran.status, ran.err) == (0, "")
    for person in people:
        line = next(line for line in ran.out.splitlines() if line.startswith(str(person)))
        assert "Retabet" in line
        assert "cancelled, and the time is over" in line
    assert "2 with access; 5 are removed without confirmation." in ran.out
    output = json.loads((await terminal.run("sweep", "--dry-run", "--json")).out)
    assert (output["people"], output["live"], output["limit"], output["would_be_asked"]) == (0, 2, 5, False)
    assert {(line["telegram_id"], line["plan"], line["fate"]) for line in output["lines"]} == {
        (person, "Retabet", "no_answer") for person in people
    }
    why = json.loads((await terminal.run("why", str(people[0]), "--json")).out)
    assert [(each["plan"], each["status"], [reason["kind"] for reason in each["reasons"]]) for each in why] == [
        ("Retabet", "canceled", ["payment"])
    ]
    assert await shop.jobs("core.check_subscription") == before
    assert await live(shop) == 2


async def test_jobs_are_listed_as_text_and_as_json(shop: Shop, terminal: Terminal) -> None:
    await sell(shop, 1)
    jobs = json.loads((await terminal.run("jobs", "list", "--state", "queued", "--json")).out)
    listed = (await terminal.run("jobs", "list", "--state", "queued", "--limit", "1")).out.splitlines()

    first = jobs[0]
    assert set(first) == {"id", "name", "state", "attempts", "since", "runs_at", "error"}
    assert listed[0].split() == ["ID", "JOB", "TRIED", "SINCE", "(UTC)", "LAST", "ERROR"]
    assert listed[1].split()[:3] == [str(first["id"]), first["name"], "0"]
    shown = await terminal.run("jobs", "show", str(first["id"]), "999999", "--json")
    assert [job["id"] for job in json.loads(shown.out)] == [first["id"]]
    assert (shown.status, shown.err) == (1, "umbral jobs: 999999 is done or never existed\n")
    assert (await terminal.run("jobs", "requeue", str(first["id"]))).status == 1
    assert (await terminal.run("jobs", "drop", str(first["id"]))).out == f"{first['id']} was deleted\n"
    assert (await terminal.run("jobs", "list", "--json")).out == "[]\n"


async def test_database_problem_is_reported_in_one_sentence(database_url: str) -> None:
    server, _, _ = database_url.rpartition("/")
    nowhere = await Terminal({"DATABASE_URL": f"{server}/nowhere"}).run("jobs")
    assert (nowhere.status, nowhere.err) == (1, "umbral jobs: DATABASE_URL: the server has no database of that name\n")
    empty = await Terminal({"DATABASE_URL": f"{server}/postgres"}).run("plans")
    assert (empty.status, empty.err) == (
        1,
        "umbral plans: database: its tables are not of this version: run `umbral migrate`\n",
    )


async def test_preview_of_a_bulk_expiry_uses_the_answer_of_the_provider(shop: Shop) -> None:
    await sell(shop, 2)
    shop.clock.advance(PERIOD)
    preview = PreviewBulkExpiry(shop.units, shop.follow, shop.clock, shop.policy)
    shop.provider.change("sub-2", cancel_at=None, cancel_at_period_end=False)
    assert {line.fate for line in (await preview()).lines} == {Fate.WOULD_GO, Fate.GOES_ON}
    shop.provider.errors = [GatewayUnavailable("acme", "away"), GatewayUnavailable("acme", "away")]
    assert {line.fate for line in (await preview()).lines} == {Fate.NO_ANSWER}


async def test_manual_bulk_expiry_of_many_customers_waits_for_confirmation(shop: Shop, terminal: Terminal) -> None:
    await sell(shop, 7)

    ran = await terminal.run("sweep")

    assert "Asking the providers about 7" in ran.out
    # The command used the wall clock, which is later than all ends; the worker's clock follows.
    shop.clock.advance(PERIOD)
    await check_all(shop)
    assert await live(shop) == 7
    assert await shop.alarms() == ["sweep_held"]


async def test_manual_bulk_expiry_makes_a_confirmation_of_the_earlier_bulk_expiry_invalid(shop: Shop) -> None:
    await sell(shop, 6)
    shop.clock.advance(PERIOD)
    await shop.run_due()
    await check_all(shop)
    first = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "sweep_held"][-1]["facts"]["sweep"]
    staff = Staff(shop)
    preview = PreviewBulkExpiry(shop.units, shop.follow, shop.clock, shop.policy)
    assert {line.fate for line in (await preview()).lines} == {Fate.HELD}

    swept = await staff(SHELL, "sweep", "")
    await check_all(shop)

    assert swept.facts == {"checking": 6, "leaving": 0}
    assert (await staff(SHELL, "confirm_sweep", UUID(first))).name == "asked_anew"
    second = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "sweep_held"][-1]["facts"]["sweep"]
    assert second != first
    assert (await staff(SHELL, "confirm_sweep", UUID(second))).facts["people"] == 6
    await check_all(shop)
    assert await live(shop) == 0
    assert {line.fate for line in (await preview()).lines} == {Fate.LEAVING}

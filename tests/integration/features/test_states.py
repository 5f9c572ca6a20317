"""States of features, determined by the setting, the stored choices, and the rows in the database."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from subscriptions.application.dto.rooms import feature_folders
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import CliPart
from subscriptions.bootstrap.features import find_features, installed
from subscriptions.bootstrap.job_handlers import HandlersPart
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.feature_books import NotPrepared
from subscriptions.infrastructure.database.features import counting_function
from subscriptions.infrastructure.database.grants import PROCESSES
from tests.integration.features.conftest import Shop
from tests.support.features import write_feature
from tests.support.postgres import as_process
from tests.support.removed import REMOVED

pytestmark = pytest.mark.skipif("mcp" in REMOVED, reason="MCP is the example of these tests")
ON, OFF, DRAINING = "on", "off", "draining"
OWNER = "the operator"


async def switch(shop: Shop, name: str, *, on: bool, **settings: str) -> list[str]:
    async with shop.open(**settings) as core:
        return list((await core.switch_feature()(name, on=on, actor=OWNER)).names)


async def test_features_listed_in_the_setting_and_their_dependencies_are_on(raffle_shop: Shop) -> None:
    assert await raffle_shop.states() == {"mcp": ON, "raffle": ON, "tickets": ON}
    assert await raffle_shop.states(FEATURES="none") == {"mcp": OFF, "raffle": OFF, "tickets": OFF}
    assert await raffle_shop.states(FEATURES="tickets") == {"mcp": OFF, "raffle": ON, "tickets": ON}
    assert await raffle_shop.states(FEATURES="-mcp") == {"mcp": OFF, "raffle": ON, "tickets": ON}


async def test_stored_choice_overrides_the_setting_and_switches_dependencies_on(raffle_shop: Shop) -> None:
    assert await switch(raffle_shop, "tickets", on=True, FEATURES="none") == ["raffle", "tickets"]
    assert await raffle_shop.states(FEATURES="none") == {"mcp": OFF, "raffle": ON, "tickets": ON}
    assert await switch(raffle_shop, "tickets", on=True, FEATURES="none") == []

    assert await switch(raffle_shop, "mcp", on=False) == ["mcp"]
    assert (await raffle_shop.states(FEATURES="all"))["mcp"] == OFF


async def test_feature_required_by_another_feature_cannot_be_switched_off(raffle_shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="tickets needs raffle; run `umbral features off tickets`"):
        await switch(raffle_shop, "raffle", on=False)

    await switch(raffle_shop, "tickets", on=False)
    assert await switch(raffle_shop, "raffle", on=False) == ["raffle"]


async def test_feature_switch_is_recorded_in_the_audit_log(raffle_shop: Shop) -> None:
    await switch(raffle_shop, "mcp", on=False)
    lines = await raffle_shop.fetch("SELECT actor, action, subject, facts->>'feature' AS feature FROM audit_log")

    assert lines == [{"actor": OWNER, "action": "feature.off", "subject": "mcp", "feature": "mcp"}]


async def test_feature_is_off_if_its_own_setting_disables_it(site: Path, shop: Shop) -> None:
    write_feature(site, "bills", "own_setting='INVOICES'")
    shop.migrate()

    assert (await shop.states(FEATURES="all"))["bills"] == OFF
    assert (await shop.states(INVOICES="handover"))["bills"] == ON
    async with shop.open() as core:
        switched = await core.switch_feature()("bills", on=True, actor=OWNER)
    assert switched.blocked_by == {"INVOICES": "off"}


async def test_feature_with_live_rows_drains_until_none_remain(raffle_shop: Shop) -> None:
    await raffle_shop.execute("INSERT INTO raffles VALUES (1, false), (2, false), (3, true)")

    assert (await raffle_shop.states(FEATURES="none"))["raffle"] == DRAINING
    assert await raffle_shop.left(FEATURES="none") == {"raffle": {"raffles": 2}}
    assert (await raffle_shop.states(FEATURES="all"))["raffle"] == ON

    await raffle_shop.execute("UPDATE raffles SET drawn = true")
    assert (await raffle_shop.states(FEATURES="none"))["raffle"] == OFF


async def test_feature_with_queued_or_deferred_jobs_drains(raffle_shop: Shop) -> None:
    await raffle_shop.execute(
        "INSERT INTO due_jobs (id, name, payload, priority, due_at) VALUES (1, 'raffle.draw', '{}', 0, now())",
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'raffle.draw', '{}')",
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'raffle.other', '{}')",
    )

    assert await raffle_shop.left(FEATURES="none") == {"raffle": {"jobs": 2}}


@pytest.mark.parametrize("process", PROCESSES)
async def test_login_of_each_process_can_read_the_feature_states(raffle_shop: Shop, process: str) -> None:
    await raffle_shop.execute("INSERT INTO raffles VALUES (1, false)")

    states = await raffle_shop.states(as_process(raffle_shop.url, process), FEATURES="none")

    assert states == {"mcp": OFF, "raffle": DRAINING, "tickets": OFF}


async def test_reading_feature_states_fails_until_a_new_feature_is_migrated(site: Path, shop: Shop) -> None:
    write_feature(site, "raffle")

    with pytest.raises(NotPrepared, match="does not know raffle yet: run `umbral migrate`"):
        await shop.states(FEATURES="none")
    await shop.execute("DROP FUNCTION umbral_left(text[])")
    with pytest.raises(NotPrepared, match="run `umbral migrate`"):
        await shop.states(FEATURES="none")


async def test_reading_feature_states_fails_before_the_first_migration(empty_database_url: str) -> None:
    with pytest.raises(NotPrepared, match="run `umbral migrate`"):
        await Shop(empty_database_url).states()


async def test_handlers_of_a_feature_that_is_off_are_not_imported(site: Path, shop: Shop) -> None:
    package = write_feature(site, "raffle", modules={"handlers": "raise AssertionError('loaded')\n"})
    shop.migrate()

    async with shop.open(FEATURES="none") as core:
        assert core.features().parts(HandlersPart) == []
        assert f"{package}.handlers" not in sys.modules
    async with shop.open(FEATURES="raffle") as core:
        core.features().parts(HandlersPart)
        assert f"{package}/handlers.py:1" in FAILURES.take()["raffle", "handlers"]


def test_built_in_features_are_found_with_their_parts() -> None:
    found = installed()

    part = found.part("mcp", CliPart)
    assert part is not None
    assert set(part.commands) == set(found.features["mcp"].commands)
    assert "?" not in found.versions().values()


def test_feature_part_of_a_wrong_type_is_refused(site: Path) -> None:
    package = write_feature(site, "raffle", modules={"cli": "CLI = 7\n"})

    assert find_features([package]).part("raffle", CliPart) is None
    assert FAILURES.take()["raffle", "cli"] == f"{package}.cli.CLI has to be a CliPart, and is 7"


def test_entry_point_provides_a_feature_with_its_version(site: Path) -> None:
    write_feature(site, "raffle")

    assert installed().features["raffle"].name == "raffle"
    assert installed().versions()["raffle"] == "1.2.3"


def test_second_feature_with_the_same_name_is_left_out_and_reported(site: Path) -> None:
    name = feature_folders()[0].rpartition(".")[2]
    write_feature(site, name)

    assert installed().packages[name] == f"features.{name}"
    assert f"both declare a feature {name!r}" in FAILURES.take()[name, "feature"]


def test_feature_with_a_missing_dependency_is_left_out_and_named(site: Path) -> None:
    write_feature(site, "raffle", "needs=('bingo',)")
    write_feature(site, "tickets", "needs=('raffle',)")

    assert {"raffle", "tickets"} <= installed().broken
    assert FAILURES.take()["raffle", "feature"] == "the feature raffle needs bingo, which is not installed"


async def test_broken_feature_is_named_and_can_be_switched_off(site: Path, shop: Shop) -> None:
    package = write_feature(site, "raffle")
    (site / package / "feature.py").write_text("raise ZeroDivisionError\n")
    shop.migrate()

    async with shop.open(FEATURES="mcp raffle") as core:
        assert core.features().now.names_loaded == {"api", "mcp", "raffle"}
        await core.switch_feature()("raffle", on=False, actor="shell")
    async with shop.open(FEATURES="mcp raffle") as core:
        assert core.features().now.names_loaded == {"api", "mcp"}


async def test_counting_remaining_rows_works_without_any_feature(shop: Shop) -> None:
    await shop.execute(counting_function([]))
    await shop.execute("SELECT * FROM umbral_left('{}')")

"""Figures in console, panel and schedule, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.feature import ChatPart, menu_entries
from bot.panel.index import PAGES
from bot.texts import texts_for
from features.figures.chat import PAGE
from features.figures.feature import FEATURE
from features.figures.web.page import FORMER
from subscriptions.application.features import ALL_VERTICALS, FeatureState, FeatureStates
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import selling
from tests.integration.web.conftest import tables
from tests.integration.web.stored import Tables, lately
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.website import running_website

__all__ = ["tables"]

ADDRESSES = ("figures", *FORMER)


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[Visitor]:
    """Open the console as an owner of an installation with these settings and a sale."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with website.container.core.units()() as uow:
            await selling(uow)
            await uow.commit()
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor


async def test_figures_are_hidden_in_the_console_while_the_feature_is_off(database_url: str, tables: Tables) -> None:
    async with console(database_url, **all_but(FEATURE.name)) as owner:
        await lately(tables)
        await tables.rows("UPDATE subscriptions SET status = 'active', ended_at = NULL")
        today = await owner.page("")
        assert "Este mes" in today
        assert "29,99\xa0€" in today, "the month's revenue is the core's"
        assert "MRR" not in today
        for each in ADDRESSES:
            assert f"/admin/{each}" not in today
            await owner.page(f"/{each}", 404)


async def test_today_page_shows_the_recurring_revenue_while_the_feature_is_on(
    database_url: str, tables: Tables
) -> None:
    async with console(database_url) as owner:
        await lately(tables)
        await tables.rows("UPDATE subscriptions SET status = 'active', ended_at = NULL")
        today = await owner.page("")
        assert "ingresos recurrentes al mes (MRR)" in today


@pytest.mark.parametrize(("state", "is_there"), [(FeatureState.ON, True), (FeatureState.OFF, False)])
def test_panel_entry_and_scheduled_job_exist_only_while_the_feature_is_on(state: FeatureState, is_there: bool) -> None:
    running = states(state)
    entries = menu_entries(texts_for("es"), running.named_parts(ChatPart))[MenuSection.FIGURES]
    scheduled = {work.name for part in running.parts(SchedulePart) for work in part.works}
    assert (PAGE in {page for page, _ in entries}) is is_there
    assert ("keep_figures" in scheduled) is is_there


def test_panel_page_is_provided_by_the_feature() -> None:
    assert PAGES[PAGE].feature == FEATURE.name


def test_feature_is_on_by_default_in_every_vertical_and_has_nothing_to_drain() -> None:
    assert FEATURE.default_for == ALL_VERTICALS
    assert (FEATURE.jobs, FEATURE.live_rows) == (frozenset(), ())

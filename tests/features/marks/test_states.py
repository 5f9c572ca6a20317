"""Watermarks in each state of the feature (on, draining, off): the copies sent, and whether leaks can be searched."""

from __future__ import annotations

import json

import pytest

from features.marks.domain.pictures import PickPicture
from features.marks.feature import FEATURE
from features.marks.permissions import TRACE_LEAK
from features.marks.ports import PICTURES_KEY
from features.marks.use_cases.mark_copies import MarkCopies
from subscriptions.application.features import FeatureState
from subscriptions.application.posts.same_copies import ContainedCopies, SameCopies
from subscriptions.bootstrap.post_copies import post_copies
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.selling import selling
from tests.fakes.units import Units
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

ON = {"PICK_MARKS": "on", "PICK_MARK_KEY": "a key of sixteen or more"}
OFF = ({}, {"PICK_MARKS": "off"}, {**ON, "FEATURES": "none"}, {**ON, "FEATURES": "-marks"})
LEAK = "Betis – Sevilla: más de 2,5 goles"


async def copies(url: str, **settings: str) -> tuple[FeatureState, type, bool]:
    """Return the state of the feature in the bot, the class that makes the copies, and True if staff may search for a
    leak.
    """
    environ = {
        "DATABASE_URL": url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        features = core.features()
        made = post_copies(core)
        kind = type(made.copies if isinstance(made, ContainedCopies) else made)
        return features.state(FEATURE.name), kind, features.allows(TRACE_LEAK)


async def keep_picture(units: Units) -> None:
    """Store the original of watermarked copies."""
    async with units() as uow:
        pick = samples.pick((await selling(uow)).plan)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        picture = PickPicture(pick_id=pick.id, original=b"x", created_at=pick.created_at)
        assert await uow.of(PICTURES_KEY).add_if_new(picture)
        await uow.commit()


@pytest.mark.parametrize("settings", OFF)
async def test_all_channels_get_equal_copies_and_leaks_cannot_be_searched_while_the_feature_is_off(
    settings: dict[str, str], database_url: str
) -> None:
    assert await copies(database_url, **settings) == (FeatureState.OFF, SameCopies, False)


async def test_feature_that_is_on_sends_each_channel_its_own_copy(database_url: str) -> None:
    assert await copies(database_url, **ON) == (FeatureState.ON, MarkCopies, True)


async def test_bot_does_not_start_without_the_key_required_for_watermarks(database_url: str) -> None:
    with pytest.raises(InvalidInput, match="PICK_MARK_KEY"):
        await copies(database_url, PICK_MARKS="on")


async def test_draining_feature_adds_no_watermarks_but_searches_leaks(units: Units, database_url: str) -> None:
    await keep_picture(units)

    assert await copies(database_url) == (FeatureState.DRAINING, SameCopies, True)


async def test_command_that_traces_a_leak_is_refused_if_the_feature_is_off_and_no_picture_is_stored(
    units: Units, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, "PICK_MARK_KEY": ON["PICK_MARK_KEY"]}, fork_client)

    refused = await terminal.run("leak", LEAK)
    assert (refused.status, refused.err) == (1, "umbral leak: marks is off; run `umbral features on marks`\n")
    switched = await terminal.run("features", "on", "marks")
    stays = "marks stays off because PICK_MARKS=off switches it off; change that setting"
    assert (switched.status, switched.err) == (1, f"umbral features: {stays}\n")

    await keep_picture(units)
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    assert found == {"name": "marks", "state": "draining", "left": {"marked pictures": 1}}
    looked = await terminal.run("leak", LEAK)
    assert (looked.status, looked.out) == (0, "Can't tell: it doesn't match any recorded pick.\n")

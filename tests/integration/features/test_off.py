"""Each feature of the product, switched off while all others are on: no interface shows the feature, and no process
imports it.

Features that need the switched-off feature are off as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from bot.commands import menu
from bot.feature import ChatPart, chat_parts, hidden_commands, late_commands, menu_entries, start_links
from bot.texts import load_texts
from subscriptions.application.dto.rooms import declared_by, feature_of
from subscriptions.application.features import dependants
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.feature_states import everything_on
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.customer import StaffRole
from tests.integration.features.conftest import Shop
from tests.integration.features.test_imports import OF_PROCESSES, imported
from tests.support.console_visitor import hire, visiting
from tests.support.features import all_but
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.website import running_website
from umbral.demo.fork_client import ForkClient
from web.console.index import pages

OURS = sorted(name for name, package in installed().packages.items() if package.startswith("features."))


def off_with(name: str) -> frozenset[str]:
    """Return a feature and the features that need it."""
    known = installed().features
    return frozenset({name, *dependants(name, [*known], known)})


def setting_without(name: str) -> dict[str, str]:
    return all_but(*off_with(name))


def own_commands(name: str) -> frozenset[str]:
    """Return the staff commands of a feature and of the features that need it."""
    return frozenset(each.name for each in COMMANDS.values() if feature_of(each) in off_with(name))


def own_settings(name: str) -> Iterator[str]:
    """Yield the settings that have an effect only with the feature."""
    for each in off_with(name):
        yield from installed().features[each].settings
        for _, kind in declared_by("settings", "SETTINGS").get(each, ()):
            yield from kind.names()


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OURS)
async def test_console_and_api_show_nothing_of_a_feature_that_is_off(name: str, database_url: str) -> None:
    off, commands, settings = off_with(name), own_commands(name), {*own_settings(name)}
    paths = {each.path for each in pages() if {each.feature, everything_on().owner(each.action)} & off}
    async with running_website(database_url, **setting_without(name)) as website, visiting(website) as owner:
        await hire(website, StaffRole.OWNER)
        await owner.enter()
        listed = await owner.menu()
        linked = set[str]()
        for path in listed:
            linked |= {*re.findall(r'(?:href|action)="/admin(/[^"?#]*)', await owner.page(path))}
        for path in paths:
            if "{" not in path:
                await owner.page(path, 404)
        async with plain_http(base_url=website.url) as client:
            described = await client.get("/api/v1/openapi.json")

    assert len(listed) > 5
    assert linked & paths == set()
    words = {part for link in linked for part in link.split("/")}
    assert words & (commands | settings) == set()
    assert (described.status_code == 404) is ("api" in off)
    steps = {part for path in described.json().get("paths", ()) for part in path.split("/")}
    assert steps & {each.replace("_", "-") for each in commands} == set()


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OURS)
async def test_chat_and_panel_show_nothing_of_a_feature_that_is_off(name: str, database_url: str) -> None:
    off, t = off_with(name), load_texts()["es"]
    own = [part for each, part in chat_parts().items() if each in off]
    environ = {
        "DATABASE_URL": database_url,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **setting_without(name),
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        container, states = BotContainer(core=core), core.features()
        shown = menu_entries(t, states.named_parts(ChatPart))
        late, hidden = late_commands(container), hidden_commands(states)
        links = start_links(container)

    in_menu = {each.command for each in menu(t, late=[*late], hidden=hidden)}
    assert in_menu & {command for part in own for command in (*part.commands, *part.late_commands)} == set()
    permissions = {permission for entries in shown.values() for _, permission in entries}
    assert {everything_on().owner(each) for each in permissions} & off == set()
    own_pages = {page for part in own for entries in part.panel.entries.values() for page, _ in entries}
    assert {page for entries in shown.values() for page, _ in entries} & own_pages == set()
    lasting = {prefix for each in off for prefix in installed().features[each].lasting_links}
    prefixes = {link.prefix for part in own for link in part.start_links}
    assert links.arrivals.keys() & prefixes <= lasting
    assert [prefix for prefix in prefixes if links.arrivals.get(prefix) is not None] == []
    assert (links.sources.keys() | links.referrers.keys()) & prefixes == set()


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OURS)
async def test_command_line_lists_no_command_of_a_feature_that_is_off(
    name: str, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, **setting_without(name)}, fork_client)
    overview, staff = await terminal.run("--help"), await terminal.run("staff", "--help")
    own = {command for each in off_with(name) for command in installed().features[each].commands}

    assert (overview.status, staff.status) == (0, 0)
    listed = {*re.findall(r"^  ([a-z-]+)  ", overview.out + staff.out, re.MULTILINE)}
    assert {"doctor", "note"} <= listed
    assert listed & (own | {each.replace("_", "-") for each in own_commands(name)}) == set()
    features = json.loads((await terminal.run("features", "list", "--json")).out)
    assert {each["state"] for each in features if each["name"] in off_with(name)} == {"off"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("process", ["bot", "userbot", "web", "worker"])
@pytest.mark.parametrize("name", OURS)
async def test_process_imports_no_interface_modules_of_the_one_feature_that_is_off(
    name: str, process: str, shop: Shop, shared_modules: ForkClient
) -> None:
    found = await imported(process, shop, setting_without(name)["FEATURES"], shared_modules)

    own = [each for each in found if each.split(".")[0] in off_with(name)]
    assert [each for each in own if OF_PROCESSES.intersection(each.split(".")[1:])] == []

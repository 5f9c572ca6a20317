"""The entry steps in the chat, in the panel, in the console and at the command line, in each state of the feature (on,
draining, off).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from dependency_injector import providers

from features.vip.feature import FEATURE
from features.vip.wiring import VipEntryContainer
from subscriptions.application.dto.policy import Policy
from subscriptions.application.features import FeatureState, choice_name
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Subject, SubjectKind
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.loaded import get_loaded_services
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import EntryPolicy
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import POLICY
from tests.integration.application.conftest import database_shop
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words
from tests.integration.bot.vip import a_vip_channel, redeem, the_link
from tests.support.console_visitor import hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.vip import VipShop
from tests.support.website import running_website
from tests.unit.application.resources.test_change_resources import NEWS, Chats, chats

__all__ = ["chats"]

OFF = all_but("vip")
REFUSED = "vip is off; run `umbral features on vip`"
GENERATE = "Generar Token con Plan"
JOIN = "🔗 Unirte al canal VIP Mensual"


@contextmanager
def off(policy: Policy) -> Iterator[None]:
    """Set the shared policy, during a test, as in a process in which the feature is off."""
    policy.use_features(lambda: False)
    yield
    policy.use_features(lambda: True)


async def shop_off() -> VipShop:
    """Return a shop whose policy belongs to a process in which the feature is off."""
    policy = replace(POLICY)
    policy.use_features(lambda: False)
    return await VipShop.open(policy=policy)


async def test_new_customer_without_entry_steps_gets_a_link_valid_for_a_day() -> None:
    vip = await shop_off()
    person = await vip.vip()

    await vip.pass_time(timedelta(minutes=2))

    assert await vip.entry.get_current_stage(person.telegram_id) is None
    (link,) = await vip.live_links(person)
    assert link.expires_at - link.created_at == timedelta(hours=24)
    assert await vip.ask(person, link.url)


async def test_entry_steps_started_before_the_feature_was_switched_off_end_with_a_renewal() -> None:
    vip = await shop_off()
    vip.shop.policy.use_features(lambda: True)
    plan = await vip.plan()
    ana, eva = await vip.vip(plan), await vip.vip(plan)
    vip.shop.policy.use_features(lambda: False)

    assert await vip.ask(ana, await vip.through(ana))
    await vip.come(eva, plan)
    await vip.pass_time(timedelta(minutes=2))

    assert await vip.entry.get_current_stage(eva.telegram_id) is None
    (link,) = await vip.live_links(eva)
    assert await vip.ask(eva, link.url)


async def test_disabled_entry_steps_cannot_be_chosen_for_a_chat_but_can_be_removed(chats: Chats) -> None:
    await chats.does("change_entry", NEWS, entry="ritual")
    with off(chats.shop.policy):
        shop = Subject(id=SubjectKind.SHOP, name="")
        offered = await chats.staff.run.choices(SHELL, "add_resource", "entry", shop)
        assert [each.value for each in offered] == [EntryPolicy.REQUEST]

        await chats.does("change_entry", NEWS, entry="request")

        with pytest.raises(InputsRefused):
            await chats.does("change_entry", NEWS, entry="ritual")


async def choose(stage: Stage, *, on: bool) -> FeatureState:
    """Store the choice that the feature is on or off, update the feature's state in the process, and
    return the state.
    """
    async with stage.core.units()() as uow:
        now = stage.core.clock().now()
        name, value = choice_name(FEATURE.name), "on" if on else "off"
        await uow.settings.save(CustomSetting(name=name, value=value, changed_at=now))
        await uow.commit()
    states = await stage.core.read_states()()
    stage.core.features.override(RunningStates(installed(), states))
    return states.states[FEATURE.name]


async def test_code_gives_the_invite_link_directly_while_the_feature_is_off(stage: Stage) -> None:
    assert await choose(stage, on=False) is FeatureState.OFF
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        await redeem(ana, (await vip.code()).token)
        card = await ana.said("¡Suscripción VIP Activada!")
        assert "Paso 1" not in card["text"]
        assert "El link expira en 24 horas." in card["text"]
        await ana.press(card, data="vip_stage_1")
        shown = await ana.said("Aquí tienes tu enlace al canal VIP", after=card["seq"])
        await vip.enter(ana, the_link(shown, JOIN))
        olga = await owner(stage)
        assert GENERATE not in words(await olga.open())


async def test_started_entry_steps_can_be_completed_while_the_feature_drains(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        first = await vip.activated(ana)
    assert await choose(stage, on=False) is FeatureState.DRAINING
    async with stage.running():
        await ana.press(first, button="Continuar")
        second = await ana.said("Paso 2 de 3", after=first["seq"])
        await ana.press(second, button="Estoy listo")
        third = await ana.said("Paso 3 de 3", after=second["seq"])
        await vip.enter(ana, the_link(third, "Cruzar el umbral"))
        eve = await stage.person("Eve")
        await redeem(eve, (await vip.code()).token)
        assert "Paso 1" not in (await eve.said("¡Suscripción VIP Activada!"))["text"]
    assert (await stage.core.read_states()()).states[FEATURE.name] is FeatureState.OFF


async def test_command_that_changes_entry_steps_is_refused_while_the_feature_is_off(
    database_url: str, fork_client: ForkClient
) -> None:
    without = Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)
    refused = await without.run("staff", "change-entry", "vip", "--entry", "ritual")
    assert (refused.status, refused.err) == (1, f"umbral staff: {REFUSED}\n")
    listed = json.loads((await without.run("features", "list", "--json")).out)
    (found,) = [each for each in listed if each["name"] == FEATURE.name]
    assert (found["state"], found["left"]) == ("off", {})


async def test_settings_and_commands_of_the_entry_steps_are_hidden_in_the_console_while_off(database_url: str) -> None:
    engine = create_engine(database_url)
    await VipShop.open(database_shop(engine))
    await engine.dispose()
    for settings, is_shown in (({}, True), (OFF, False)):
        async with running_website(database_url, **settings) as website:
            await hire(website, StaffRole.OWNER)
            async with visiting(website) as visitor:
                await visitor.enter()
                assert ("VIP_ENTRY" in await visitor.page("/settings")) is is_shown
                listed = await visitor.page("/resources")
                assert ("change_entry" in listed, "Ritual" in listed) == (is_shown, is_shown)


def test_vip_service_is_created_on_first_use(stage: Stage) -> None:
    container = VipEntryContainer(core=stage.core, invites=providers.Object(None))
    assert get_loaded_services(container) == []
    container.vip_entry()
    assert get_loaded_services(container) == ["grant_shared", "vip_entry"]

"""Shop with one existing group: what a customer reads from the card to the entry, and while the bot cannot admit
anybody.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from subscriptions.application.catalog.plan_catalog import sellable
from subscriptions.domain.entities.service_plan import ServicePlan
from tests.integration.bot.conftest import NEWS_S, Phone, Stage, buttons, until
from tests.integration.bot.test_bundles import RIGHTS, a_chat, bought, sold
from tests.integration.bot.vip import last
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.channel_records import Channel as Chat
from umbral_sandbox.world.telegram.records import bot_api_id

NOT_SOLD = "no está a la venta"


async def a_group(stage: Stage, terminal: Terminal) -> Chat:
    """Add an existing group by the command line."""
    chat = a_chat(stage, "Charla", "group")
    added = await terminal.run("resources", "add", str(bot_api_id(chat.id)), "--name", "charla")
    assert added.status == 0, added.err
    return chat


async def is_sold(stage: Stage, plan: ServicePlan) -> bool:
    """Return True if the plan is on sale."""
    async with stage.core.units()() as uow:
        return [each.id for each in await sellable(uow, [plan])] == [plan.id]


async def is_told(phone: Phone, words: str) -> bool:
    """Open the plan's link, and return True if the bot answers with these words. It keeps the list of plans for half a
    second.
    """
    seq = await last(phone)
    await phone.start("plan_sala")
    return any(words in each["text"] for each in await phone.messages(seq + 1, wait_s=NEWS_S))


async def alarms(stage: Stage) -> dict[str, dict[str, str]]:
    """Return the facts of the open alarms by kind."""
    async with stage.core.units()() as uow:
        return {alarm.kind: dict(alarm.facts) for alarm in await uow.alarms.open(20)}


def throw_out(stage: Stage, chat: Chat) -> None:
    """Let the group's owner remove the bot and ban it."""
    stage.sandbox.world.telegram.members.ban(chat.owner, chat, stage.bot.id)


def demote(stage: Stage, chat: Chat) -> None:
    """Let the group's owner make the bot an ordinary member."""
    stage.sandbox.world.telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, set())


def take_right(stage: Stage, chat: Chat) -> None:
    """Let the group's owner take the bot's right to invite."""
    stage.sandbox.world.telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, {"can_restrict_members"})


def delete(stage: Stage, chat: Chat) -> None:
    """Let the group's owner delete the group."""
    stage.sandbox.world.telegram.channels.delete(chat.owner, chat)


def restore(stage: Stage, chat: Chat) -> None:
    """Let the group's owner make the bot an administrator again."""
    telegram = stage.sandbox.world.telegram
    if telegram.members.is_banned(chat, stage.bot.id):
        telegram.members.unban(chat.owner, chat, stage.bot.id)
    telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, RIGHTS["group"])
    stage.sandbox.world.commit()


async def test_status_shows_the_working_link_of_a_group_and_its_expiry(stage: Stage, terminal: Terminal) -> None:
    await a_group(stage, terminal)
    plan = await sold(stage, "sala", "charla")
    async with stage.running():
        ana = await stage.person()
        (url,) = (await bought(stage, ana, plan)).values()
        await ana.send("/estado")
        card = await ana.said("falta que entres")
        assert "ya no funciona" not in card["text"]
        assert "el enlace vale hasta el" in card["text"]
        assert url in [each.get("url") for each in buttons(card).values()]
        assert "🔄 Actualizar" not in buttons(card)


@pytest.mark.parametrize("harm", [throw_out, demote, take_right, delete])
async def test_plan_is_sold_only_while_the_bot_can_admit_people(
    stage: Stage, terminal: Terminal, harm: Callable[[Stage, Chat], None]
) -> None:
    chat = await a_group(stage, terminal)
    plan = await sold(stage, "sala", "charla")
    async with stage.running():
        ana, eva = await stage.person(), await stage.person("Eva")
        await ana.start("plan_sala")
        card = await ana.said("Plan Sala")
        harm(stage, chat)
        stage.sandbox.world.commit()
        await until(lambda: is_told(eva, NOT_SOLD), "the plan is not sold any more")

        await ana.press(card, button="Suscribirse")
        await ana.said(NOT_SOLD, after=card["seq"])
        assert not await is_sold(stage, plan)
        await eva.send("/planes")
        listed = await eva.said("plan")
        assert not any("Sala" in text for text in buttons(listed))
        (kind,) = {"vip_bot_put_out", "bot_rights_missing"} & (await alarms(stage)).keys()
        facts = (await alarms(stage))[kind]
        assert facts["channel"] == "Charla"
        if harm is delete:
            return
        restore(stage, chat)
        await until(lambda: is_told(eva, "Plan Sala"), "the plan is sold again")
        assert kind not in await alarms(stage)

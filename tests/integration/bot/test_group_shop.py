"""Shop with one existing group: what a customer reads from the card to the entry, and while the bot cannot admit
anybody.
"""

from __future__ import annotations

from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.test_bundles import a_chat, bought, sold
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.channel_records import Channel as Chat
from umbral_sandbox.world.telegram.records import bot_api_id


async def a_group(stage: Stage, terminal: Terminal) -> Chat:
    """Add an existing group by the command line."""
    chat = a_chat(stage, "Charla", "group")
    added = await terminal.run("resources", "add", str(bot_api_id(chat.id)), "--name", "charla")
    assert added.status == 0, added.err
    return chat


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

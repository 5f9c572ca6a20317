"""The button for members of a group who paid in another system: posted by the bot, answered in the chat."""

from __future__ import annotations

from typing import Any

import pytest

from features.moving.jobs import InviteMembers
from tests.integration.bot.conftest import Stage, choices, terminal, until
from tests.integration.bot.staff import owner
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.records import bot_api_id

__all__ = ["choices", "terminal"]

RIGHTS = {"can_invite_users", "can_restrict_members"}


@pytest.mark.long
async def test_member_who_presses_the_button_is_recorded_and_non_member_is_refused(
    stage: Stage, terminal: Terminal
) -> None:
    telegram = stage.sandbox.world.telegram
    boss = telegram.people.add_person("Dueña")
    group = telegram.channels.create(boss.id, "Tertulia", kind="group")
    ana, eva = await stage.person("Ana"), await stage.person("Eva")
    # She joined before the bot was added, so the bot does not know her.
    telegram.joins.open(ana.id, telegram.invites.export(boss.id, group).url.rpartition("+")[2])
    telegram.channels.edit_admin(boss.id, group, stage.bot.id, RIGHTS)
    stage.sandbox.world.commit()
    ran = await terminal.run("resources", "add", str(bot_api_id(group.id)))
    assert ran.status == 0, ran.err
    async with stage.running():
        units = stage.core.units()
        async with units() as uow:
            resource = await uow.resources.by_soft_id("tertulia")
            assert resource is not None
            channel = await uow.resources.channel(resource.id)
            assert channel is not None
            await uow.enqueue(InviteMembers(channel_id=channel.id).keyed_job(channel.id))
            await uow.commit()

        async def posted() -> Any:
            return next((each for each in telegram.posts.messages(group) if each.markup), None)

        post = await until(posted, "the button")
        (button,) = post.markup["inline_keyboard"][0]
        assert button["text"] == "✅ Soy miembro"
        await ana.do("open", url=button["url"])
        await ana.said("Apuntado: estás en Tertulia")
        await eva.do("open", url=button["url"])
        await eva.said("No te vemos dentro")
        async with units() as uow:
            assert await uow.resources.guests(channel.id) == [ana.id]


async def test_people_are_imported_from_a_file_sent_to_the_bot(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)

        async def send(file: str, encoding: str) -> str:
            message = {"to": stage.bot.username, "text": "", "kind": "document", "file": file, "encoding": encoding}
            return str((await olga.answer_to(await olga.phone.do("send", **message)))["text"])

        await olga.open()
        await olga.press("Miembros sin plan")
        await olga.press("Importar de un archivo")
        head = "sep=;\rtelegram_id;plan;until"
        assert "Línea 3: plan" in await send(f"{head}\r7680000001;otro;2030-06-30", "utf-16")
        assert "Archivo: la línea 3 no está en UTF-8" in await send(f"{head}\r7680000001;ñ;2030-06-30", "cp1252")
        assert "Recibirán el plan: 1" in await send(f"{head}\r7680000001;retabet;2030-06-30", "utf-16")
        imported = await olga.press("Confirmar")
        assert "Reciben el plan: 1" in imported["text"]
        assert "Miembros sin plan" in imported["text"]

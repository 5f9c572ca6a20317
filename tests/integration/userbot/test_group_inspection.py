"""Group of the operator as seen by the bot through the Bot API."""

from __future__ import annotations

import pytest

from subscriptions.domain.ids import ChatId
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker
from tests.integration.userbot.conftest import Office
from tests.support.userbot import SUBSCRIPTION_BOT


@pytest.mark.parametrize("members_invite", [False, True])
async def test_group_inspection_reports_if_members_may_add_other_members(
    office: Office, *, members_invite: bool
) -> None:
    await office.open()
    bot = office.telegram.people.find_bot(SUBSCRIPTION_BOT)
    assert bot is not None
    owner = office.telegram.people.add_person("Marta").id
    group = office.telegram.channels.create(owner, "Tertulia", kind="group")
    office.telegram.channels.edit_admin(owner, group, bot.id, set(group.known_rights))
    if members_invite:
        office.telegram.groups.set_permissions(owner, group, {*group.permissions, "can_invite_users"})
    office.world.commit()
    bots = Bots(bot.token, [], office.sandbox.url)
    look = await BotInviteMaker(bots).look(ChatId(group.chat_id))
    await bots.aclose()
    assert look is not None
    assert (look.chat_type, look.missing_rights, look.members_invite) == ("supergroup", (), members_invite)

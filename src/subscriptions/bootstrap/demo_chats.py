"""Chats of the demo's plans without a userbot, added like `umbral resources add` does."""

from collections.abc import Mapping

from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.resource_desk import resource_desk
from subscriptions.domain.ids import ChatId


async def add_chats(environ: Mapping[str, str], chats: Mapping[str, int]) -> None:
    """Add the missing chats. `chats`: Bot API ids by slug."""
    async with operator(environ) as container, container.core.units()() as uow:
        resource_names = {each.soft_id for each in await uow.resources.all()}
    async with resource_desk(environ) as desk:
        for soft_id, chat in chats.items():
            if soft_id not in resource_names:
                await desk.add(ChatId(chat), soft_id)

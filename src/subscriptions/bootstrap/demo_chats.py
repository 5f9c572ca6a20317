"""The chats that the demo's plans open where the bot works alone: added as `umbral resources add` does."""

from collections.abc import Mapping

from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.resource_desk import resource_desk
from subscriptions.domain.ids import ChatId


async def add_chats(environ: Mapping[str, str], chats: Mapping[str, int]) -> None:
    """Add those that are missing. chats: the Bot API's ids by the soft id."""
    async with operator(environ) as container, container.core.units()() as uow:
        resource_names = {each.soft_id for each in await uow.resources.all()}
    async with resource_desk(environ) as desk:
        for soft_id, chat in chats.items():
            if soft_id not in resource_names:
                await desk.add(ChatId(chat), soft_id)

"""Creation of the resources for the chats of the demo's plans, for a demo without a userbot. The chats are added in the
same way as by `umbral resources add`.
"""

from collections.abc import Mapping

from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.resource_desk import resource_desk
from subscriptions.domain.ids import ChatId


async def add_chats(environ: Mapping[str, str], chats: Mapping[str, int]) -> None:
    """Add the missing chats as resources. `chats`: Bot API chat id keyed by slug."""
    async with operator(environ) as container, container.core.units()() as uow:
        resource_names = {each.soft_id for each in await uow.resources.all()}
    async with resource_desk(environ) as desk:
        for soft_id, chat in chats.items():
            if soft_id not in resource_names:
                await desk.add(ChatId(chat), soft_id)

"""The chat that a new installation sells, kept as what its plan opens."""

from collections.abc import Mapping

from subscriptions.application.access.chat_place import ChatUnfit
from subscriptions.bootstrap.checks.chats import unfit
from subscriptions.bootstrap.checks.finding import Finding
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.resource_desk import resource_desk


async def sell_chat(environ: Mapping[str, str], chat: str) -> str | Finding:
    """The soft id of the resource that the chat is, added where it is none yet. A finding where it cannot be one."""
    async with operator(environ) as container:
        resource_by_chat = {str(view.chat): view.soft_id for view in await container.list_resources()()}
    if chat in resource_by_chat:
        return resource_by_chat[chat]
    try:
        async with resource_desk(environ) as desk:
            return await desk.add(chat, None)
    except ChatUnfit as error:
        return unfit(error.reason, **error.facts)

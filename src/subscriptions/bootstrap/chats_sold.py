"""Creation of the resource for the chat that a new installation sells."""

from collections.abc import Mapping
from typing import Final

from subscriptions.application.access.chat_check import ChatUnfit
from subscriptions.application.resources.add_resource import CHAT
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.checks.chats import unfit
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.resource_desk import resource_desk
from subscriptions.domain.ports.unit_of_work import UnitOfWork

_KNOWN: Final = "chat_known"
"""Reason of the refusal of a chat that is in use."""


async def sell_chat(environ: Mapping[str, str], chat: str) -> str | Problem:
    """Return the slug of the chat's resource, creating the resource if missing. Return a Problem if the chat is
    unsuitable.
    """
    async with operator(environ) as container, container.core.units()() as uow:
        soft_id = await _name_of(uow, chat)
    if soft_id is not None:
        return soft_id
    try:
        async with resource_desk(environ) as desk:
            return await desk.add(chat, None)
    except ChatUnfit as error:
        return unfit(error.reason, **error.facts)
    except InputsRefused as refusal:
        wrong = refusal.errors.get(CHAT.name)
        if wrong is None or wrong.key != _KNOWN:
            raise
        return unfit("known", **{name: str(fact) for name, fact in wrong.facts.items()})


async def _name_of(uow: UnitOfWork, chat: str) -> str | None:
    """Return the slug of the resource that uses the chat; None if no resource uses it."""
    for resource in await uow.resources.all():
        channel = await uow.resources.channel(resource.id)
        if channel is not None and str(channel.channel_id) == chat:
            return resource.soft_id
    return None

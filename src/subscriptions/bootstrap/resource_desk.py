"""Wiring of `umbral resources add` and `replace`, which check chats through the subscription bot."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from subscriptions.application.access.chat_check import check_chat
from subscriptions.application.resources.add_resource import CHAT, ENTRY, SOFT_ID, AddResource
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.resources.replace_resource import ReplaceResource
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.resource import EntryPolicy
from subscriptions.domain.ids import ChatId
from subscriptions.infrastructure.telegram.bot_desk import BotDesk


@dataclass(frozen=True)
class ResourceDesk:
    """Service of the command line that adds a chat as a resource or replaces the chat of a resource."""

    note_chat: NoteChat
    run_command: RunCommand

    async def add(self, chat: ChatId | str, soft_id: str | None, entry: EntryPolicy = EntryPolicy.REQUEST) -> str:
        """Check a chat through the bot and add the chat as a resource. Return the resource's slug.

        Raises ChatUnfit, InputsRefused and RetryLater.
        """
        await self._look(chat)
        answers = {CHAT.name: str(chat), SOFT_ID.name: soft_id or "", ENTRY.name: str(entry)}
        outcome = await self.run_command(SHELL, AddResource.name, "", answers, uuid4())
        return str(outcome.facts["resource"])

    async def replace(self, soft_id: str, chat: str) -> int:
        """Check a chat through the bot and use the chat in place of a resource's previous chat. Return the number of
        customers who are invited to the new chat.

        Raises the errors of `add`, SubjectGone and NothingToDo.
        """
        await self._look(chat)
        outcome = await self.run_command(SHELL, ReplaceResource.name, soft_id, {CHAT.name: chat}, uuid4())
        return int(str(outcome.facts["count"]))

    async def _look(self, chat: ChatId | str) -> None:
        if isinstance(chat, str) and chat.lstrip("-").isdecimal():
            chat = ChatId(int(chat))
        check_chat(chat, await self.note_chat(chat))


@asynccontextmanager
async def resource_desk(environ: Mapping[str, str]) -> AsyncIterator[ResourceDesk]:
    """Provide a `ResourceDesk` that checks chats by the subscription bot. Raises the same errors as `operator()`."""
    settings = load(BotSettings, environ)
    async with BotDesk(settings.token.get_secret_value(), settings.api_base) as bot, operator(environ) as container:
        note_chat = NoteChat(container.core.units(), bot, container.core.clock())
        yield ResourceDesk(note_chat, container.run_command())

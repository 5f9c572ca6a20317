"""A person who owns chats at the sandbox's Telegram and sells access to one of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.support.installation import Installation


@dataclass
class Owner:
    """A person who writes to the bot and has a channel and a group."""

    installation: Installation
    id: int = 0
    channel: int = 0
    group: int = 0

    def __post_init__(self) -> None:
        telegram = self.installation.sandbox.world.telegram
        person, bot = telegram.people.add_person("Marta"), telegram.people.find_bot("tienda_bot")
        assert bot is not None
        telegram.chats.start(person.id, bot.id)
        channel, group = (telegram.channels.create(person.id, "Avisos"), self._group(person.id))
        self.id, self.channel, self.group, self._bot = person.id, channel.chat_id, group.chat_id, bot.id
        self.installation.sandbox.world.commit()

    def _group(self, person: int) -> Any:
        return self.installation.sandbox.world.telegram.channels.create(person, "Tertulia", kind="group")

    def admits(self, chat: int, *rights: str) -> None:
        """Make the bot an administrator of the chat by hand."""
        telegram = self.installation.sandbox.world.telegram
        channel = next(each for each in telegram.channels.all() if each.chat_id == chat)
        telegram.channels.edit_admin(channel.owner, channel, self._bot, set(rights))
        self.installation.sandbox.world.commit()

    async def writes(self, text: str) -> None:
        """Send a text to the bot."""
        await self.installation.control("POST", f"users/{self.id}/send", {"to": "tienda_bot", "text": text})

    async def messages(self) -> list[dict[str, Any]]:
        """Return the messages of the chat with the bot, oldest first."""
        chat = await self.installation.control("GET", f"users/{self.id}/chat/tienda_bot")
        return list(chat["messages"])

    async def reads(self, words: str) -> dict[str, Any]:
        """Wait for the bot's newest message that contains the words, and return it."""
        while True:
            for message in reversed(await self.messages()):
                if message["from"]["is_bot"] and words in message["text"]:
                    return dict(message)
            await asyncio.sleep(0.1)

    async def shares(self, chat: int, button: str) -> str | None:
        """Share a chat with the bot by pressing this button, and return the reason if Telegram refuses it, or None."""
        offer = await self.reads("Which channel or group do you want to sell")
        choice = {"to": "tienda_bot", "message_id": offer["id"], "chat_id": chat, "button": button}
        answer = await self.installation.control("POST", f"users/{self.id}/share_chat", choice)
        return answer.get("refused")

"""Client of one bot over the plain Bot API, for the setup and maintenance of an installation: the bot's identity,
webhook and updates.

It does not use aiogram, which is installed only for the bot process. Methods: core.telegram.org/bots/api.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import RIGHTS, ChannelLook, outsiders_of

_TOKEN: Final = re.compile(r"[0-9A-Za-z_:-]{1,200}")
"""Characters of a token. Any other one would not be part of a URL's path."""
_PAGE: Final = 100
"""Maximum number of updates in one response of Telegram."""
_PATIENCE_S: Final = 15.0
_FEW: Final = 400
_RIGHTS: Final[Mapping[bool, Sequence[str]]] = {
    True: ("can_manage_chat", "can_invite_users", "can_restrict_members", "can_post_messages"),
    False: ("can_manage_chat", "can_invite_users", "can_restrict_members"),
}
"""Rights that the bot needs in a channel (True) and in a group (False):
core.telegram.org/bots/api#chatadministratorrights.
"""
_NO_RIGHTS: Final = (
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
"""Administrator rights that a request must list as false, because the bot does not need them."""
_BOSSES: Final = frozenset({"creator", "administrator"})
_NO_ANSWER: Final = "what answers there is not Telegram"


class PolledElsewhere(Permanent):
    """Raised if another program receives the bot's updates, by polling or by webhook."""


@dataclass(frozen=True, kw_only=True)
class BotIdentity:
    """Identity of a bot, as reported by getMe. `joins`: the bot may be added to groups and channels."""

    id: int
    username: str
    name: str
    joins: bool


@dataclass(frozen=True, kw_only=True)
class BotWebhook:
    """Webhook of a bot.

    url: empty if updates are polled
    error: error of the last failed delivery
    """

    url: str
    pending_count: int
    error: str


@dataclass(frozen=True, kw_only=True)
class ChatWord:
    """Private message to the bot. `username`: empty if the sender has none."""

    update_id: int
    telegram_id: int
    username: str
    first_name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ChatChoice:
    """Chat that a person selected for the bot. The person either shared the chat with a button, or changed the bot's
    role in the chat.
    """

    update_id: int
    chat: int
    person: int


class BotDesk:
    """Client of one bot, used with `async with`. Methods raise Permanent with Telegram's error text if Telegram refuses
    the call, and RetryLater if there is no response.

    The token is part of each URL, so httpx's client, which logs URLs, is not used.
    """

    def __init__(self, token: str, api_base: str) -> None:
        self._token, self._base = token, f"{api_base.rstrip('/')}/bot{token}"
        self._transport = httpx.AsyncHTTPTransport()

    async def __aenter__(self) -> Self:
        if not _TOKEN.fullmatch(self._token):
            raise Permanent("this is no bot token")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    async def identity(self) -> BotIdentity:
        """Return the bot's identity."""
        answer = await self._call("getMe")
        return BotIdentity(
            id=int(answer["id"]),
            username=str(answer["username"]),
            name=str(answer["first_name"]),
            joins=bool(answer.get("can_join_groups", True)),
        )

    async def webhook(self) -> BotWebhook:
        """Return the bot's webhook, as registered at Telegram."""
        answer = await self._call("getWebhookInfo")
        pending_count, error = int(answer["pending_update_count"]), str(answer.get("last_error_message", ""))
        return BotWebhook(url=str(answer["url"]), pending_count=pending_count, error=error)

    async def words(self, wait_s: int) -> Sequence[ChatWord]:
        """Return the private text messages that are not acknowledged yet, waiting up to `wait_s` seconds for the first.
        A full page of updates is acknowledged at once, so that the next call returns newer messages. Raises
        PolledElsewhere if another program receives the updates.
        """
        updates = await self._call("getUpdates", timeout=wait_s, allowed_updates=["message"])
        if len(updates) == _PAGE:
            # Telegram returns later updates only after these are acknowledged. These updates were meant for the program
            # that used the bot before.
            await self._call("getUpdates", offset=int(updates[-1]["update_id"]) + 1, timeout=0, limit=1)
        return [word for update in updates if (word := _word(update)) is not None]

    async def acknowledge_word(self, word: ChatWord) -> None:
        """Acknowledge a message and all earlier updates."""
        await self._call("getUpdates", offset=word.update_id + 1, timeout=0, limit=1)

    async def say(self, telegram_id: int, text: str) -> None:
        """Send a message to a person who wrote to the bot before."""
        await self._call("sendMessage", chat_id=telegram_id, text=text)

    async def ask_for_chat(self, telegram_id: int, text: str, channel: str, group: str) -> None:
        """Show a person two buttons for selecting a chat. `channel`, `group`: labels of the buttons.

        Each button offers the chats in which the person may make the bot an administrator. Selecting a chat makes the
        bot an administrator of that chat.
        """
        rows = [[_share_button(1, channel, is_channel=True)], [_share_button(2, group, is_channel=False)]]
        keyboard = {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}
        await self._call("sendMessage", chat_id=telegram_id, text=text, reply_markup=keyboard)

    async def end_asking(self, telegram_id: int, text: str) -> None:
        """Send a message and remove the buttons of `ask_for_chat`."""
        keyboard = {"remove_keyboard": True}
        await self._call("sendMessage", chat_id=telegram_id, text=text, reply_markup=keyboard)

    async def choices(self, wait_s: int) -> Sequence[ChatChoice]:
        """Return the selected chats that are not acknowledged yet, waiting up to `wait_s` seconds for the first. Raises
        PolledElsewhere if another program receives the updates.
        """
        updates = await self._call("getUpdates", timeout=wait_s, allowed_updates=["message", "my_chat_member"])
        return [choice for update in updates if (choice := _choice(update)) is not None]

    async def acknowledge(self, update_id: int) -> None:
        """Acknowledge an update and all earlier updates."""
        await self._call("getUpdates", offset=update_id + 1, timeout=0, limit=1)

    async def is_boss(self, chat: int, telegram_id: int) -> bool:
        """Return True if a person is the owner or an administrator of a chat."""
        try:
            member = await self._call("getChatMember", chat_id=chat, user_id=telegram_id)
        except Permanent:
            return False
        return str(member["status"]) in _BOSSES

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """Return a chat as the bot sees it; None if the bot cannot see the chat. `chat`: its id or `@name`."""
        try:
            info = await self._call("getChat", chat_id=chat)
        except Permanent:
            return None
        try:
            me = await self._call("getChatMember", chat_id=info["id"], user_id=(await self.identity()).id)
        except Permanent:
            # The chat exists, but the bot is not an administrator of the channel and may not see its members.
            me = {"status": ""}
        kind, linked_chat = str(info["type"]), info.get("linked_chat_id")
        is_admin = str(me["status"]) in _BOSSES
        rights = [word for word in RIGHTS if word != "post" or kind == "channel"]
        return ChannelLook(
            title=str(info.get("title", "")),
            is_channel=kind == "channel",
            is_admin=is_admin,
            chat_type=kind,
            chat=ChatId(int(info["id"])),
            missing_rights=tuple(word for word in rights if me.get(RIGHTS[word]) is False) if is_admin else (),
            username=info.get("username"),
            linked_chat=ChatId(int(linked_chat)) if linked_chat is not None else None,
            outsiders=outsiders_of(
                is_linked=linked_chat is not None,
                is_public="username" in info,
                only_members_write=bool(info.get("join_to_send_messages")),
                is_asked=bool(info.get("join_by_request")),
            )
            if kind == "supergroup"
            else (),
            members_invite=bool((info.get("permissions") or {}).get("can_invite_users")),
        )

    async def member_count(self, chat: int) -> int:
        """Return the number of members of a chat, including administrators and bots."""
        return int(await self._call("getChatMemberCount", chat_id=chat))

    async def administrators(self, chat: int) -> frozenset[int]:
        """Return the administrators of a chat; other bots may be missing."""
        return frozenset(int(each["user"]["id"]) for each in await self._call("getChatAdministrators", chat_id=chat))

    async def _call(self, method: str, **parameters: object) -> Any:
        wait = _PATIENCE_S + float(str(parameters.get("timeout", 0)))
        limits = httpx.Timeout(wait).as_dict()
        request = httpx.Request("POST", f"{self._base}/{method}", json=parameters, extensions={"timeout": limits})
        try:
            async with asyncio.timeout(wait + 1):
                response = await self._transport.handle_async_request(request)
                try:
                    status, body = response.status_code, await response.aread()
                finally:
                    await response.aclose()
            answer = httpx.Response(status, content=body).json()
        except (TimeoutError, httpx.HTTPError) as error:
            raise RetryLater(type(error).__name__) from None
        except ValueError:
            raise RetryLater(_NO_ANSWER) from None
        return _result(answer)


def _result(answer: object) -> Any:
    if not isinstance(answer, Mapping):
        raise RetryLater(_NO_ANSWER)
    if answer.get("ok") is True:
        return answer.get("result")
    code, description = answer.get("error_code"), str(answer.get("description", ""))[:_FEW]
    if code == httpx.codes.CONFLICT:
        raise PolledElsewhere(description)
    if code == httpx.codes.TOO_MANY_REQUESTS or (isinstance(code, int) and code >= httpx.codes.INTERNAL_SERVER_ERROR):
        raise RetryLater(description)
    raise Permanent(description)


def _share_button(request_id: int, text: str, *, is_channel: bool) -> Mapping[str, object]:
    rights = {**dict.fromkeys(_NO_RIGHTS, False), **dict.fromkeys(_RIGHTS[is_channel], True)}
    request = {
        "request_id": request_id,
        "chat_is_channel": is_channel,
        # A person who makes the bot an administrator must have the right to do so, and cannot give rights that they
        # lack.
        "user_administrator_rights": {**rights, "can_promote_members": True},
        "bot_administrator_rights": rights,
    }
    return {"text": text, "request_chat": request}


def _choice(update: Mapping[str, Any]) -> ChatChoice | None:
    message, change = update.get("message") or {}, update.get("my_chat_member") or {}
    chat_shared = message.get("chat_shared")
    if chat_shared is not None:
        return ChatChoice(
            update_id=int(update["update_id"]), chat=int(chat_shared["chat_id"]), person=int(message["from"]["id"])
        )
    if not change or change["chat"]["type"] == "private":
        return None
    return ChatChoice(
        update_id=int(update["update_id"]), chat=int(change["chat"]["id"]), person=int(change["from"]["id"])
    )


def _word(update: Mapping[str, Any]) -> ChatWord | None:
    message = update.get("message") or {}
    sender, text = message.get("from") or {}, message.get("text")
    if not isinstance(text, str) or (message.get("chat") or {}).get("type") != "private":
        return None
    return ChatWord(
        update_id=int(update["update_id"]),
        telegram_id=int(sender["id"]),
        username=str(sender.get("username", "")),
        first_name=str(sender.get("first_name", "")),
        text=text,
    )

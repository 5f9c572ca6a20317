"""Handlers of updates in chats: join requests, members who joined or left, the bot's rights, and posts of channels that
features read.
"""

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from aiogram import Bot, F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import ChatJoinRequest, ChatMemberAdministrator, ChatMemberUpdated, Message
from aiogram.types.chat_member_union import ChatMemberUnion

from bot.feature import ChannelReader
from bot.middlewares.meeting import person_of
from bot.texts import texts_for
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.channels.watch_bot_rights import RIGHTS, WatchBotRights
from subscriptions.application.resources.keep_group import KeepGroup
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.resources.record_group_upgrade import RecordGroupUpgrade
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.chat_membership import JoinRequests

log = structlog.get_logger(__name__)

_MESSAGE_TIMEOUT_S: Final = 3


def channels_router() -> Router:
    """Return the router of updates in chats. Its handlers do not reply in the channel."""
    router = Router(name="channels")
    router.chat_join_request.register(_answer_request)
    router.chat_member.register(_note_move)
    router.my_chat_member.register(_own_standing, F.chat.type != ChatType.PRIVATE)
    router.message.register(_record_upgrade, F.migrate_to_chat_id | F.migrate_from_chat_id)
    router.message.register(_keep_group, F.new_chat_members | F.left_chat_member)
    router.channel_post.register(_take_post)
    router.edited_channel_post.register(_take_edit)
    return router


async def _answer_request(
    request: ChatJoinRequest, bot: Bot, join_desk: JoinDesk, chat_membership: JoinRequests
) -> None:
    chat, person = ChatId(request.chat.id), TelegramId(request.from_user.id)
    decision = await join_desk.decide(chat, person)
    if decision.is_ours and not decision.admit:
        # The bot may only write to an unknown user while the join request is open. The message is optional.
        t = texts_for(person_of(request.from_user).language)
        text = t("chat.not_now" if decision.is_customer else "chat.stranger")
        with suppress(TelegramAPIError):
            await bot.send_message(request.user_chat_id, text, request_timeout=_MESSAGE_TIMEOUT_S)
    await join_desk.answer(chat, person, chat_membership)


async def _note_move(update: ChatMemberUpdated, join_desk: JoinDesk, watch_rights: WatchBotRights) -> None:
    if update.new_chat_member.user.is_bot:
        await _own_rights(update, watch_rights)
    chat, person = ChatId(update.chat.id), TelegramId(update.new_chat_member.user.id)
    was, is_now = _is_inside(update.old_chat_member), _is_inside(update.new_chat_member)
    if is_now and not was:
        await join_desk.record_entry(chat, person, is_trusted=_is_trusted(update), via=_link(update))
    elif update.new_chat_member.status == ChatMemberStatus.KICKED:
        await join_desk.record_exit_or_ban(chat, person, TelegramId(update.from_user.id))
    elif update.old_chat_member.status == ChatMemberStatus.KICKED and not is_now:
        await join_desk.record_pardon(chat, person)
    elif was and not is_now:
        await join_desk.record_exit(chat, person)


async def _own_rights(update: ChatMemberUpdated, watch_rights: WatchBotRights) -> None:
    member = update.new_chat_member
    rights = None
    if isinstance(member, ChatMemberAdministrator):
        rights = [name for names in RIGHTS.values() for name in names if getattr(member, name)]
    await watch_rights(ChatId(update.chat.id), TelegramId(member.user.id), rights, update.date)


async def _own_standing(
    update: ChatMemberUpdated,
    watch_rights: WatchBotRights,
    channel_readers: Sequence[ChannelReader],
    note_chat: NoteChat,
) -> None:
    await _own_rights(update, watch_rights)
    await note_chat(ChatId(update.chat.id), TelegramId(update.from_user.id))
    sees = isinstance(update.new_chat_member, ChatMemberAdministrator)
    for reader in _readers_of(update.chat.id, channel_readers):
        await reader.note_standing(ChatId(update.chat.id), update.chat.title or "", sees=sees)


async def _record_upgrade(message: Message, record_group_upgrade: RecordGroupUpgrade, note_chat: NoteChat) -> None:
    old_chat, chat = message.migrate_from_chat_id or message.chat.id, message.migrate_to_chat_id or message.chat.id
    await record_group_upgrade(ChatId(old_chat), ChatId(chat))
    await note_chat(ChatId(chat))


async def _keep_group(message: Message, bot: Bot, keep_group: KeepGroup) -> None:
    chat = ChatId(message.chat.id)
    resource = await keep_group.settings(chat)
    if resource is None:
        return
    if resource.tidy:
        await keep_group.note(chat, is_allowed=await _may_delete(bot, message))
    if not resource.welcome:
        return
    names_by_thread = defaultdict[int | None, list[str]](list)
    for user in message.new_chat_members or ():
        if not user.is_bot:
            names_by_thread[await keep_group.thread(chat, TelegramId(user.id))].append(user.mention_html())
    for thread, names in names_by_thread.items():
        await _greet(bot, chat, resource.welcome.replace("{name}", ", ".join(names)), thread)


async def _greet(bot: Bot, chat: ChatId, text: str, thread: int | None) -> None:
    """Send the greeting to its topic, or to the general topic if the greeting's topic no longer exists."""
    for topic in dict.fromkeys((thread or None, None)):
        try:
            await bot.send_message(chat, text, message_thread_id=topic)
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            log.warning("nobody could be greeted in a group", chat=chat, thread=topic, reason=error.message)
        else:
            return


async def _may_delete(bot: Bot, message: Message) -> bool:
    """Try to delete a message. Return True if the message was deleted or no longer exists."""
    try:
        await bot.delete_message(message.chat.id, message.message_id)
    except (TelegramBadRequest, TelegramForbiddenError) as error:
        return "not found" in error.message
    return True


async def _take_post(message: Message, channel_readers: Sequence[ChannelReader]) -> None:
    await _by_each(reader.take_post(message) for reader in _readers_of(message.chat.id, channel_readers))


async def _take_edit(message: Message, channel_readers: Sequence[ChannelReader]) -> None:
    await _by_each(reader.take_edit(message) for reader in _readers_of(message.chat.id, channel_readers))


async def _by_each(takings: Iterable[Awaitable[None]]) -> None:
    """Await the handler of every reader, even if one fails. Then raise the first error, so that the
    update is retried.
    """
    errors = list[Exception]()
    for taking in takings:
        try:
            await taking
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _readers_of(chat: int, channel_readers: Sequence[ChannelReader]) -> Sequence[ChannelReader]:
    return [each for each in channel_readers if chat in each.chats]


def _link(update: ChatMemberUpdated) -> str | None:
    """Return the link by which a member joined without a join request; None for any other update. Joins by request are
    recorded when the request is decided.
    """
    link = update.invite_link
    return link.invite_link if link is not None and not link.creates_join_request else None


def _is_trusted(update: ChatMemberUpdated) -> bool:
    """Return True if the update concerns an admin or a bot, which only the channel's owner can have added."""
    member = update.new_chat_member
    return member.user.is_bot or member.status in {ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR}


def _is_inside(member: ChatMemberUnion) -> bool:
    if member.status == ChatMemberStatus.RESTRICTED:
        return bool(getattr(member, "is_member", False))
    return member.status in {ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER}

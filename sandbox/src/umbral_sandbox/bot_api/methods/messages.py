"""Bot API methods that send, copy and forward messages, send chat actions, and look up files."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import ChannelTarget, Target, target
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.entities.parse import caption_text, message_text
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.files import StoredFile
from umbral_sandbox.bot_api.parameters.messages import (
    Captioned,
    CopyMessage,
    CopyMessages,
    ForwardMessage,
    GetFile,
    InputMedia,
    SendChatAction,
    SendDocument,
    Sending,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendPoll,
    SendVideo,
)
from umbral_sandbox.bot_api.sending import Draft, draft_of, refuse_business, send, send_message, text_content
from umbral_sandbox.world.telegram.records import Content, Message
from umbral_sandbox.world.telegram.refusal import Refused, bad
from umbral_sandbox.world.telegram.views import unix, user_view

_MEDIA: Final = ("photo", "document", "video", "animation", "audio", "voice")
_ALBUM: Final = 10
_QUESTION: Final = 300
_OPTION: Final = 100
_OPTIONS: Final = 12


def _send_message(on: Context, wanted: SendMessage) -> JsonValue:
    where = target(on, wanted.chat_id)
    content = text_content(on, message_text(wanted.text, wanted.parse_mode, wanted.entities))
    if wanted.link_preview_options is not None:
        content["link_preview_options"] = wanted.link_preview_options.model_dump(exclude_none=True)
    return send(on, where, draft_of(wanted, content))


async def _send_photo(on: Context, wanted: SendPhoto) -> JsonValue:
    where = target(on, wanted.chat_id)
    stored = await on.files.taken(wanted.photo, "photo")
    content = stored.as_photo() | _caption(on, wanted)
    if wanted.show_caption_above_media:
        content["show_caption_above_media"] = True
    if wanted.has_spoiler:
        content["has_media_spoiler"] = True
    return send(on, where, _media_draft(wanted, stored, content))


async def _send_document(on: Context, wanted: SendDocument) -> JsonValue:
    where = target(on, wanted.chat_id)
    stored = await on.files.taken(wanted.document, "document")
    return send(on, where, _media_draft(wanted, stored, stored.as_document() | _caption(on, wanted)))


async def _send_video(on: Context, wanted: SendVideo) -> JsonValue:
    where = target(on, wanted.chat_id)
    stored = await on.files.taken(wanted.video, "video")
    content = stored.as_video(wanted.width, wanted.height, wanted.duration) | _caption(on, wanted)
    return send(on, where, _media_draft(wanted, stored, content | _looks(wanted)))


async def _send_media_group(on: Context, wanted: SendMediaGroup) -> JsonValue:
    where = target(on, wanted.chat_id)
    refuse_business(wanted)
    if not wanted.media:
        raise bad_request("there are no messages to send")
    if len(wanted.media) > _ALBUM:
        raise bad_request("too many messages to send as an album")
    if len({each.type == "document" for each in wanted.media}) > 1:
        raise bad_request("document can't be mixed with other media types")
    files = [await on.files.taken(each.media, each.type) for each in wanted.media]
    album = str(on.world.telegram.state.ids.next("album"))
    drafts = []
    for stored, media in zip(files, wanted.media, strict=True):
        content = _piece(stored, media) | _caption(on, media) | _looks(media) | {"media_group_id": album}
        draft = Draft(content, protected=wanted.protect_content, reply=wanted.reply_parameters)
        draft.thread, draft.hidden["url"] = wanted.message_thread_id, stored.shown_at
        drafts.append(draft)
    return [send(on, where, draft) for draft in drafts]


def _piece(stored: StoredFile, media: InputMedia) -> Content:
    if media.type == "photo":
        return stored.as_photo()
    if media.type == "video":
        return stored.as_video(media.width, media.height, media.duration)
    return stored.as_document()


def _looks(wanted: SendVideo | InputMedia) -> Content:
    content: Content = {}
    if wanted.show_caption_above_media:
        content["show_caption_above_media"] = True
    if wanted.has_spoiler:
        content["has_media_spoiler"] = True
    return content


def _send_poll(on: Context, wanted: SendPoll) -> JsonValue:
    where = target(on, wanted.chat_id)
    if isinstance(where, ChannelTarget) and not where.channel.is_group and not wanted.is_anonymous:
        raise bad_request("non-anonymous polls can't be sent to channel chats")
    return send(on, where, draft_of(wanted, {"poll": _poll(on, wanted)}))


def _poll(on: Context, wanted: SendPoll) -> Content:
    question = message_text(wanted.question, wanted.question_parse_mode, wanted.question_entities).text
    texts = [message_text(each.text, each.text_parse_mode, each.text_entities).text for each in wanted.options]
    if len(question) > _QUESTION:
        raise bad_request(f"poll question length must not exceed {_QUESTION}")
    if len(texts) < 2:
        raise bad_request("poll must have at least 2 option")
    if len(texts) > _OPTIONS:
        raise bad_request(f"poll can't have more than {_OPTIONS} options")
    if any(len(text) > _OPTION for text in texts):
        raise bad_request(f"poll options length must not exceed {_OPTION}")
    options: list[JsonValue] = [
        {"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate(texts)
    ]
    right = wanted.correct_option_ids or ([] if wanted.correct_option_id is None else [wanted.correct_option_id])
    if wanted.type == "quiz" and (not right or any(not 0 <= number < len(texts) for number in right)):
        raise bad_request("wrong correct option ID specified")
    if wanted.open_period is not None and wanted.close_date is not None:
        raise bad_request("only one of open_period and close_date can be specified")
    poll: Content = {
        "id": str(on.world.telegram.state.ids.derive("poll", on.world.telegram.state.ids.next("poll")) & (2**63 - 1)),
        "question": question,
        "options": options,
        "total_voter_count": 0,
        "is_closed": wanted.is_closed,
        "is_anonymous": wanted.is_anonymous,
        "type": wanted.type,
        "allows_multiple_answers": wanted.allows_multiple_answers,
        "allows_revoting": wanted.type != "quiz",
        "members_only": False,
    }
    if right:
        poll["correct_option_ids"] = list(right)
    if wanted.explanation:
        poll["explanation"] = caption_text(
            wanted.explanation, wanted.explanation_parse_mode, wanted.explanation_entities
        ).text
    return poll


def _media_draft(wanted: Sending, stored: StoredFile, content: Content) -> Draft:
    draft = draft_of(wanted, content)
    draft.hidden["url"] = stored.shown_at
    return draft


def _seen_at(source: Message) -> Content:
    """Return the hidden fields of the source message that the page needs to show a copied picture."""
    return {"url": source.hidden["url"]} if "url" in source.hidden else {}


def _caption(on: Context, wanted: Captioned) -> Content:
    formatted = caption_text(wanted.caption, wanted.parse_mode, wanted.caption_entities)
    return text_content(on, formatted, "caption")


def _copy_message(on: Context, wanted: CopyMessage) -> JsonValue:
    source = _source(on, target(on, wanted.from_chat_id), wanted.message_id)
    if source.kind in ("service", "invoice"):
        raise bad_request("message can't be copied")
    content: Content = {name: part for name, part in source.content.items() if name != "media_group_id"}
    if wanted.caption is not None and any(name in content for name in _MEDIA):
        media: Content = {name: content[name] for name in _MEDIA if name in content}
        content = media | _caption(on, wanted)
    draft = Draft(content, wanted.reply_markup, protected=wanted.protect_content, reply=wanted.reply_parameters)
    draft.hidden = _seen_at(source)
    return {"message_id": send_message(on, target(on, wanted.chat_id), draft).id}


def _copy_messages(on: Context, wanted: CopyMessages) -> JsonValue:
    """Copy messages and skip messages that are missing or cannot be copied; the rest of an album stays an album."""
    if wanted.message_ids != sorted(set(wanted.message_ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    here, there = target(on, wanted.from_chat_id), target(on, wanted.chat_id)
    copies: list[JsonValue] = []
    albums: dict[str, str] = {}
    for message_id in wanted.message_ids:
        source = _found(on, here, message_id)
        if source is None or source.kind in ("service", "invoice"):
            continue
        content: Content = dict(source.content)
        if wanted.remove_caption:
            content = {name: part for name, part in content.items() if not name.startswith("caption")}
        if (album := content.get("media_group_id")) is not None:
            content["media_group_id"] = albums.setdefault(str(album), str(on.world.telegram.state.ids.next("album")))
        draft = Draft(content, protected=wanted.protect_content)
        draft.hidden = _seen_at(source)
        copies.append({"message_id": send_message(on, there, draft).id})
    if not copies:
        raise bad_request("there are no messages to copy")
    return copies


def _found(on: Context, where: Target, message_id: int) -> Message | None:
    try:
        return _source(on, where, message_id)
    except Refused:
        return None


def _forward_message(on: Context, wanted: ForwardMessage) -> JsonValue:
    where = target(on, wanted.from_chat_id)
    if isinstance(where, ChannelTarget):
        source, origin = on.world.telegram.posts.take_for_forward(on.bot.id, where.channel, wanted.message_id)
    else:
        source = _source(on, where, wanted.message_id)
        origin = _private_origin(on, source)
    draft = Draft(dict(source.content), protected=wanted.protect_content, forwarded=origin)
    draft.hidden = _seen_at(source)
    return send(on, target(on, wanted.chat_id), draft)


def _private_origin(on: Context, source: Message) -> Content:
    if source.kind == "service":
        raise bad_request("message can't be forwarded")
    if source.protected:
        raise bad("CHAT_FORWARDS_RESTRICTED")
    sender = user_view(on.world.telegram.people.get(source.sender))
    return source.forwarded or {"type": "user", "sender_user": sender, "date": unix(source.date)}


def _source(on: Context, where: Target, message_id: int) -> Message:
    """Return the message to copy; bots may copy messages that are protected from forwarding."""
    if isinstance(where, ChannelTarget):
        return on.world.telegram.posts.message(where.channel, message_id)
    return on.world.telegram.chats.message(where.person.id, on.bot.id, message_id)


def _send_chat_action(on: Context, wanted: SendChatAction) -> JsonValue:
    refuse_business(wanted)
    where = target(on, wanted.chat_id)
    if isinstance(where, ChannelTarget):
        if not where.channel.is_group:
            on.world.telegram.channels.require(where.channel, on.bot.id, "can_post_messages")
    else:
        on.world.telegram.chats.require_writable(on.bot.id, where.person.id)
    return True


def _get_file(on: Context, wanted: GetFile) -> JsonValue:
    stored = on.files.find(wanted.file_id)
    return {**stored.described(), "file_path": stored.path} if stored.data else stored.described()


METHODS: Final[tuple[Method, ...]] = (
    method("sendMessage", SendMessage, _send_message),
    method("sendPhoto", SendPhoto, _send_photo),
    method("sendDocument", SendDocument, _send_document),
    method("sendVideo", SendVideo, _send_video),
    method("sendMediaGroup", SendMediaGroup, _send_media_group),
    method("sendPoll", SendPoll, _send_poll),
    method("copyMessage", CopyMessage, _copy_message),
    method("copyMessages", CopyMessages, _copy_messages),
    method("forwardMessage", ForwardMessage, _forward_message),
    method("sendChatAction", SendChatAction, _send_chat_action),
    method("getFile", GetFile, _get_file),
)

"""Messages that a bot sends, edits, deletes and copies, and calls that are refused."""

import asyncio
from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from tests.sandbox.conftest import Scene, chat_id
from tests.support.plain_http import plain_http
from umbral_sandbox.control.shapes import message_view

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x06\x00\x00\x00"
KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[
        [InlineKeyboardButton(text="Ver Planes", callback_data="plan_list")],
        [
            InlineKeyboardButton(text="Pagar", url="http://127.0.0.1:4242/pay?x=1"),
            InlineKeyboardButton(text="Copiar", copy_text=CopyTextButton(text="ABC")),
        ],
    ]
)
BLOCKED = (403, "Forbidden: bot was blocked by the user")


def _shown(thing: Message | InlineKeyboardMarkup) -> object:
    markup = thing.reply_markup if isinstance(thing, Message) else thing
    return markup.model_dump(exclude_none=True) if markup is not None else None


async def test_sent_message_shows_its_format_and_buttons(scene: Scene, bot: Bot) -> None:
    sent = await bot.send_message(
        scene.customer.id,
        f'<b>Hola</b> <a href="tg://user?id={scene.customer.id}">Ana</a>',
        parse_mode="HTML",
        reply_markup=KEYBOARD,
        protect_content=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text == "Hola Ana"
    assert [entity.type for entity in sent.entities or []] == ["bold", "text_mention"]
    assert _shown(sent) == _shown(KEYBOARD)
    assert sent.has_protected_content is True
    assert sent.from_user is not None
    assert sent.from_user.username == "shop_bot"
    stored = scene.telegram.chats.messages(scene.customer.id, scene.bot.id)[-1]
    assert (stored.id, stored.text) == (sent.message_id, "Hola Ana")


async def test_replies_and_reply_keyboards_are_shown_in_the_chat(scene: Scene, bot: Bot) -> None:
    first = await bot.send_message(scene.customer.id, "one")
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="a")]])
    reply = ReplyParameters(message_id=first.message_id)
    second = await bot.send_message(scene.customer.id, "two", reply_parameters=reply, reply_markup=keyboard)
    assert second.reply_to_message is not None
    assert second.reply_to_message.message_id == first.message_id
    lost = {"message_id": 999}
    assert await scene.refused("sendMessage", chat_id=scene.customer.id, text="x", reply_parameters=lost) == (
        400,
        "Bad Request: message to be replied not found",
    )
    lost_but_fine = {**lost, "allow_sending_without_reply": True}
    answer = await scene.call("sendMessage", chat_id=scene.customer.id, text="x", reply_parameters=lost_but_fine)
    assert answer.json()["ok"] is True


async def test_messages_to_strangers_bots_and_unknown_chats_are_refused(scene: Scene) -> None:
    other = scene.telegram.people.add_bot("other_bot", "Other")
    channel = scene.channel()
    scene.join(channel, scene.stranger)

    async def to(person: int | str) -> tuple[int, str]:
        return await scene.refused("sendMessage", chat_id=person, text="x")

    assert await to(scene.stranger.id) == (403, "Forbidden: bot can't initiate conversation with a user")
    assert await to(scene.telegram.people.add_person("Nobody").id) == (400, "Bad Request: chat not found")
    assert await to(1) == (400, "Bad Request: chat not found")
    assert await to(-1001) == (400, "Bad Request: chat not found")
    assert await to("@ana_k") == (400, "Bad Request: chat not found")
    assert await to(other.id) == (403, "Forbidden: bot can't send messages to bots")
    scene.telegram.chats.set_blocked(scene.customer.id, scene.bot.id, blocked=True)
    assert await to(scene.customer.id) == BLOCKED
    assert await scene.refused("sendChatAction", chat_id=scene.customer.id, action="typing") == BLOCKED


async def test_photo_address_must_serve_a_picture(scene: Scene, bot: Bot) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        status, body = {b"/a.png": (b"200 OK", PNG), b"/page": (b"200 OK", b"<html>")}.get(path, (b"404 No", b""))
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    here = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    shown = (await bot.send_photo(scene.customer.id, f"{here}/a.png")).photo
    assert shown is not None
    assert (shown[0].width, shown[0].height) == (3, 2)

    async def refused(photo: str) -> tuple[int, str]:
        return await scene.refused("sendPhoto", chat_id=scene.customer.id, photo=photo)

    unreached = (400, "Bad Request: failed to get HTTP URL content")
    assert await refused(f"{here}/page") == (400, "Bad Request: wrong type of the web page content")
    assert await refused(f"{here}/gone.png") == unreached
    assert await refused("https://pictures.invalid/a.png") == unreached
    server.close()
    await server.wait_closed()
    assert await refused(f"{here}/a.png") == unreached


async def test_messages_to_a_deleted_account_are_refused(scene: Scene, bot: Bot) -> None:
    person = scene.customer.id
    scene.telegram.people.delete(person)
    gone = (403, "Forbidden: user is deactivated")
    assert await scene.refused("sendMessage", chat_id=person, text="x") == gone
    assert await scene.refused("sendChatAction", chat_id=person, action="typing") == gone


async def test_text_with_unpaired_surrogate_is_refused(scene: Scene, bot: Bot) -> None:
    asked = rb'{"chat_id": %d, "text": "\ud83d"}' % scene.customer.id
    async with plain_http(headers={"Content-Type": "application/json"}) as http:
        answer = await http.post(f"{scene.sandbox.url}/bot{scene.bot.token}/sendMessage", content=asked)
    assert (answer.status_code, answer.json()["description"]) == (
        400,
        "Bad Request: strings must be encoded in UTF-8",
    )
    assert (await bot.send_message(scene.customer.id, "x")).text == "x"


async def test_pictures_can_be_sent_by_upload_by_address_and_by_file_id(scene: Scene, bot: Bot) -> None:
    uploaded = await bot.send_photo(scene.customer.id, BufferedInputFile(PNG, "odds.png"), caption="*x*")
    assert uploaded.photo is not None
    assert (uploaded.photo[0].width, uploaded.photo[0].height, uploaded.caption) == (3, 2, "*x*")
    again = await bot.send_photo(scene.customer.id, uploaded.photo[0].file_id)
    assert again.photo is not None
    assert again.photo[0].file_unique_id == uploaded.photo[0].file_unique_id
    addressed = await bot.send_photo(scene.customer.id, "https://example.com/a.jpg")
    assert addressed.photo is not None
    file = await bot.get_file(uploaded.photo[0].file_id)
    content = await bot.download(file)
    assert content is not None
    assert content.read() == PNG
    text = BufferedInputFile(b"not a picture", "a.png")
    with pytest.raises(Exception, match="IMAGE_PROCESS_FAILED"):
        await bot.send_photo(scene.customer.id, text)
    assert (await bot.send_document(scene.customer.id, text)).document is not None
    assert await scene.refused("sendPhoto", chat_id=scene.customer.id, photo="AgACnobody") == (
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    )


async def test_received_file_can_be_sent_by_id_only_as_the_same_kind_of_file(scene: Scene, bot: Bot) -> None:
    chats = scene.world.telegram.chats
    document = {"file_id": "d", "file_unique_id": "e", "file_name": "a.pdf", "mime_type": "application/pdf"}
    chats.send_content(scene.customer.id, bot.id, {"document": document})
    chats.send_content(scene.customer.id, bot.id, {"photo": [{"file_id": "p", "file_unique_id": "q"}]})
    sent = await bot.send_document(scene.customer.id, "d", protect_content=True)
    assert sent.has_protected_content
    assert sent.document is not None
    assert sent.document.file_name == "a.pdf"
    assert (await bot.send_photo(scene.customer.id, "p")).photo
    with pytest.raises(TelegramBadRequest, match="can't use file of type Document as Photo"):
        await bot.send_photo(scene.customer.id, "d")
    with pytest.raises(TelegramBadRequest, match="can't use file of type Photo as Document"):
        await bot.send_document(scene.customer.id, "p")
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_document(scene.customer.id, "nobody-sent-this")


async def test_text_can_be_edited(scene: Scene, bot: Bot) -> None:
    sent = await bot.send_message(scene.customer.id, "one", reply_markup=KEYBOARD)
    target = {"chat_id": scene.customer.id, "message_id": sent.message_id}
    edited = await bot.edit_message_text("<i>two</i>", parse_mode="HTML", reply_markup=KEYBOARD, **target)
    assert not isinstance(edited, bool)
    assert (edited.text, _shown(edited)) == ("two", _shown(KEYBOARD))
    assert edited.edit_date is not None
    same = {"text": "<i>two</i>", "parse_mode": "HTML", "reply_markup": _shown(KEYBOARD)}
    code, text = await scene.refused("editMessageText", **same, **target)
    assert code == 400
    assert text.startswith("Bad Request: message is not modified: specified new message content")
    plain = await bot.edit_message_reply_markup(**target)
    assert not isinstance(plain, bool)
    assert plain.reply_markup is None
    assert await scene.refused("editMessageText", text="x" * 4097, **target) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )
    assert await scene.refused("editMessageCaption", caption="x", **target) == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )


async def test_media_caption_can_be_edited_but_wrong_targets_are_refused(scene: Scene, bot: Bot) -> None:
    photo = await bot.send_photo(scene.customer.id, "https://example.com/a.jpg", caption="one")
    target = {"chat_id": scene.customer.id, "message_id": photo.message_id}
    captioned = await bot.edit_message_caption(caption="two", **target)
    assert not isinstance(captioned, bool)
    assert captioned.caption == "two"
    assert captioned.photo == photo.photo
    assert await scene.refused("editMessageText", text="x", **target) == (
        400,
        "Bad Request: there is no text in the message to edit",
    )
    theirs = scene.telegram.chats.send_text(scene.customer.id, scene.bot.id, "mine")
    target["message_id"] = theirs.id
    assert await scene.refused("editMessageText", text="x", **target) == (
        400,
        "Bad Request: message can't be edited",
    )
    target["message_id"] = 999
    assert await scene.refused("editMessageText", text="x", **target) == (
        400,
        "Bad Request: message to edit not found",
    )


async def test_messages_can_be_deleted_and_pinned(scene: Scene, bot: Bot) -> None:
    ids = [(await bot.send_message(scene.customer.id, text)).message_id for text in "abc"]
    assert await bot.pin_chat_message(scene.customer.id, ids[0])
    assert scene.telegram.chats.message(scene.customer.id, scene.bot.id, ids[0]).pinned
    assert await bot.unpin_chat_message(scene.customer.id)
    assert await bot.delete_message(scene.customer.id, ids[0])
    assert await scene.refused("deleteMessage", chat_id=scene.customer.id, message_id=ids[0]) == (
        400,
        "Bad Request: message to delete not found",
    )
    await scene.world.advance(timedelta(hours=49))
    assert await scene.refused("deleteMessage", chat_id=scene.customer.id, message_id=ids[1]) == (
        400,
        "Bad Request: message can't be deleted for everyone",
    )
    late = (await bot.send_message(scene.customer.id, "d")).message_id
    assert await bot.delete_messages(scene.customer.id, [999, late])
    assert [m.text for m in scene.telegram.chats.messages(scene.customer.id, scene.bot.id)][-2:] == ["b", "c"]


async def test_callback_query_can_be_answered_once_and_only_in_time(scene: Scene, bot: Bot) -> None:
    sent = await bot.send_message(scene.customer.id, "x", reply_markup=KEYBOARD)
    message = scene.telegram.chats.message(scene.customer.id, scene.bot.id, sent.message_id)
    press = scene.telegram.callbacks.press(scene.customer.id, message, "plan_list")
    scene.world.commit()
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (press.id, "plan_list")
    assert await bot.answer_callback_query(press.id, text="¡Hola!", show_alert=True)
    assert (press.text, press.alert) == ("¡Hola!", True)
    late = scene.telegram.callbacks.press(scene.customer.id, message, "plan_list")
    await scene.world.advance(timedelta(minutes=10))
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    for query in (press.id, late.id, "77"):
        assert await scene.refused("answerCallbackQuery", callback_query_id=query) == (400, too_old)


async def test_posts_are_copied_and_forwarded_unless_protected(scene: Scene, bot: Bot) -> None:
    open_channel, closed = scene.channel(), scene.channel(protected=True)
    for channel in (open_channel, closed):
        await bot.send_message(chat_id(channel), "pick")
    post = scene.telegram.posts.messages(open_channel)[-1].id
    forwarded = await bot.forward_message(scene.customer.id, chat_id(open_channel), post)
    assert forwarded.forward_origin is not None
    assert forwarded.forward_origin.type == "channel"
    copied = await bot.copy_message(scene.customer.id, chat_id(closed), post)
    assert copied.message_id > forwarded.message_id
    target = {"chat_id": scene.customer.id, "from_chat_id": chat_id(closed)}
    assert await scene.refused("forwardMessage", message_id=post, **target) == (
        400,
        "Bad Request: message has protected content and can't be forwarded",
    )
    assert await scene.refused("forwardMessage", message_id=999, **target) == (
        400,
        "Bad Request: message to forward not found",
    )


async def test_messages_with_unsupported_business_topic_or_pay_button_parameters_are_refused(scene: Scene) -> None:
    message = {"chat_id": scene.customer.id, "text": "x"}
    refusals = {
        "business_connection_id": ("1", "business connection not found"),
        "message_thread_id": (5, "message thread not found"),
        "direct_messages_topic_id": (5, "wrong direct messages topic identifier specified"),
    }
    for name, (value, reason) in refusals.items():
        assert await scene.refused("sendMessage", **message, **{name: value}) == (400, f"Bad Request: {reason}")
    pay = {"inline_keyboard": [[{"text": "Pay", "pay": True}]]}
    assert await scene.refused("sendMessage", **message, reply_markup=pay) == (
        400,
        "Bad Request: BUTTON_TYPE_INVALID",
    )


async def test_reactions_and_button_styles_set_by_the_bot_are_stored(scene: Scene, bot: Bot) -> None:
    asked = scene.telegram.chats.send_text(scene.customer.id, scene.bot.id, "Gracias")
    assert await bot.set_message_reaction(scene.customer.id, asked.id, [ReactionTypeEmoji(emoji="👍")])
    pay = InlineKeyboardButton(text="Pagar", url="https://pay.example", style="success")
    await bot.send_message(scene.customer.id, "Oro", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[pay]]))
    nodded, offer = [
        message_view(scene.world, each) for each in scene.telegram.chats.messages(scene.customer.id, scene.bot.id)
    ][-2:]
    assert (nodded.reaction, offer.buttons[0][0].style) == ("👍", "success")
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(scene.customer.id, asked.id, [ReactionTypeEmoji(emoji="✅")])
    assert await bot.set_message_reaction(scene.customer.id, asked.id, [])
    assert asked.hidden == {}

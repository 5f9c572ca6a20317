"""Private chats: permission to write, edits, deletions, updates, presses, Stars."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiogram.types import Update

from umbral_sandbox.world.telegram.records import Bot, Content, Message, Person
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.telegram.star_records import Invoice
from umbral_sandbox.world.world import World

KEYBOARD: Content = {"inline_keyboard": [[{"text": "Ver Planes", "callback_data": "plan_list"}]]}


class Scene:
    """A person and a bot in a fresh world."""

    def __init__(self) -> None:
        self.world = World()
        self.telegram = self.world.telegram
        self.bot: Bot = self.telegram.people.add_bot("umbral_bot", "Umbral")
        self.ana: Person = self.telegram.people.add_person("Ana", username="ana_g", language_code="es")

    def updates(self) -> list[Update]:
        return [Update.model_validate(raw) for raw in self.telegram.updates.fetch(self.bot.id)]

    def hello(self) -> Message:
        self.telegram.chats.start(self.ana.id, self.bot.id)
        return self.telegram.chats.bot_send(self.bot.id, self.ana.id, {"text": "Hola"}, markup=KEYBOARD)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def refusal(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code, caught.value.name


def test_deep_link_reaches_the_bot_with_its_payload(scene: Scene) -> None:
    scene.telegram.chats.start(scene.ana.id, scene.bot.id, "TOKEN_1")
    [update] = scene.updates()
    assert update.message is not None
    assert update.message.text == "/start TOKEN_1"
    assert update.message.chat.id == scene.ana.id
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "es"
    assert update.message.entities is not None
    assert [(each.type, each.offset, each.length) for each in update.message.entities] == [("bot_command", 0, 6)]


@pytest.mark.parametrize("payload", ["x" * 65, "con espacio", "ñ"])
def test_malformed_payload_is_refused(scene: Scene, payload: str) -> None:
    assert refusal(lambda: scene.telegram.chats.start(scene.ana.id, scene.bot.id, payload)) == (
        400,
        "START_PARAM_INVALID",
    )


def test_empty_and_too_long_texts_are_refused(scene: Scene) -> None:
    chats = scene.telegram.chats
    assert refusal(lambda: chats.send_text(scene.ana.id, scene.bot.id, " ")) == (400, "MESSAGE_EMPTY")
    assert refusal(lambda: chats.send_text(scene.ana.id, scene.bot.id, "x" * 4097)) == (400, "MESSAGE_TOO_LONG")


def test_bot_cannot_write_to_a_person_who_has_not_started_the_bot(scene: Scene) -> None:
    chats = scene.telegram.chats
    assert refusal(lambda: chats.bot_send(scene.bot.id, scene.ana.id, {"text": "x"})) == (400, "PEER_ID_INVALID")
    assert refusal(lambda: chats.bot_send(scene.bot.id, 12345, {"text": "x"})) == (400, "PEER_ID_INVALID")
    assert refusal(lambda: chats.bot_send(scene.bot.id, scene.bot.id, {"text": "x"})) == (403, "USER_IS_BOT")


def test_block_prevents_messages_in_both_directions_until_start(scene: Scene) -> None:
    scene.hello()
    chats = scene.telegram.chats
    assert chats.set_blocked(scene.ana.id, scene.bot.id, blocked=True)
    assert not chats.set_blocked(scene.ana.id, scene.bot.id, blocked=True)
    assert refusal(lambda: chats.bot_send(scene.bot.id, scene.ana.id, {"text": "x"})) == (403, "USER_IS_BLOCKED")
    assert refusal(lambda: chats.send_text(scene.ana.id, scene.bot.id, "x")) == (400, "YOU_BLOCKED_USER")
    chats.start(scene.ana.id, scene.bot.id)
    chats.bot_send(scene.bot.id, scene.ana.id, {"text": "x"})
    changes = [update.my_chat_member for update in scene.updates() if update.my_chat_member]
    assert [(each.old_chat_member.status, each.new_chat_member.status) for each in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]


def test_sequence_number_grows_with_messages_and_edits(scene: Scene) -> None:
    message = scene.hello()
    first = message.seq
    scene.telegram.chats.edit(scene.bot.id, scene.ana.id, message.id, {"text": "Adiós"}, None)
    assert message.seq == first + 1
    assert message.edited is not None
    assert message.markup is None
    assert scene.telegram.chats.messages(scene.ana.id, scene.bot.id, after=first) == [message]
    assert scene.telegram.chats.message(scene.ana.id, scene.bot.id, message.id) is message


def test_edits_without_change_and_edits_of_messages_of_others_are_refused(scene: Scene) -> None:
    message = scene.hello()
    chats = scene.telegram.chats

    def edit(number: int, content: Content | None, markup: Content | None) -> Message:
        return chats.edit(scene.bot.id, scene.ana.id, number, content, markup)

    assert refusal(lambda: edit(message.id, {"text": "Hola"}, KEYBOARD)) == (400, "MESSAGE_NOT_MODIFIED")
    assert refusal(lambda: edit(message.id, None, KEYBOARD)) == (400, "MESSAGE_NOT_MODIFIED")
    assert refusal(lambda: edit(99, {"text": "x"}, None)) == (400, "MESSAGE_ID_INVALID")
    assert refusal(lambda: edit(message.id - 1, {"text": "x"}, None)) == (400, "MESSAGE_AUTHOR_REQUIRED")


def test_bot_can_delete_messages_within_48_hours(scene: Scene) -> None:
    old, new = scene.hello(), scene.hello()
    chats = scene.telegram.chats
    chats.delete(scene.bot.id, scene.ana.id, new.id)
    assert refusal(lambda: chats.delete(scene.bot.id, scene.ana.id, new.id)) == (400, "MESSAGE_ID_INVALID")
    scene.world.clock.advance(timedelta(hours=49))
    assert refusal(lambda: chats.delete(scene.bot.id, scene.ana.id, old.id)) == (400, "MESSAGE_REVOKE_FORBIDDEN")


def test_reply_needs_an_existing_message(scene: Scene) -> None:
    message = scene.hello()
    chats = scene.telegram.chats
    assert chats.bot_send(scene.bot.id, scene.ana.id, {"text": "x"}, reply_to=message.id).reply_to == message.id
    assert refusal(lambda: chats.bot_send(scene.bot.id, scene.ana.id, {"text": "x"}, reply_to=999)) == (
        400,
        "REPLY_MESSAGE_ID_INVALID",
    )


def test_button_press_reaches_the_bot_and_can_be_answered_only_within_the_time_limit(scene: Scene) -> None:
    message = scene.hello()
    callbacks = scene.telegram.callbacks
    pressed = callbacks.press(scene.ana.id, message, "plan_list")
    update = scene.updates()[-1]
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (pressed.id, "plan_list")
    assert update.callback_query.message is not None
    assert update.callback_query.message.message_id == message.id
    other = scene.telegram.people.add_bot("other_bot", "Other")
    assert refusal(lambda: callbacks.answer(other.id, pressed.id)) == (400, "QUERY_ID_INVALID")
    callbacks.answer(scene.bot.id, pressed.id, text="Listo", alert=True)
    assert (pressed.answered, pressed.text, pressed.alert) == (True, "Listo", True)
    late = callbacks.press(scene.ana.id, message, "plan_list")
    scene.world.clock.advance(timedelta(minutes=2))
    assert refusal(lambda: callbacks.answer(scene.bot.id, late.id)) == (400, "QUERY_ID_INVALID")


def test_updates_are_kept_until_acknowledged(scene: Scene) -> None:
    updates = scene.telegram.updates
    for text in ("uno", "dos", "tres"):
        scene.telegram.chats.send_text(scene.ana.id, scene.bot.id, text)
    ids = [update.update_id for update in scene.updates()]
    assert ids == [update.update_id for update in scene.updates()]
    assert [raw["update_id"] for raw in updates.fetch(scene.bot.id, ids[1])] == ids[1:]
    assert updates.count(scene.bot.id) == 2
    assert [raw["update_id"] for raw in updates.fetch(scene.bot.id, -1)] == ids[2:]
    assert updates.count(scene.bot.id) == 1
    assert updates.fetch(scene.bot.id, limit=1) == [updates.first(scene.bot.id)]
    updates.remove(scene.bot.id, ids[2])
    assert updates.first(scene.bot.id) is None
    scene.telegram.chats.send_text(scene.ana.id, scene.bot.id, "cuatro")
    updates.drop(scene.bot.id)
    assert updates.count(scene.bot.id) == 0


def test_bot_receives_the_requested_kinds_of_updates(scene: Scene) -> None:
    updates = scene.telegram.updates
    updates.allow(scene.bot.id, ["callback_query"])
    message = scene.hello()
    updates.allow(scene.bot.id, None)
    scene.telegram.callbacks.press(scene.ana.id, message, "x")
    assert [update.event_type for update in scene.updates()] == ["callback_query"]
    updates.allow(scene.bot.id, [])
    scene.telegram.chats.send_text(scene.ana.id, scene.bot.id, "hola")
    assert [update.event_type for update in scene.updates()] == ["callback_query", "message"]


def invoice(scene: Scene, total: int = 500) -> Invoice:
    return Invoice(bot=scene.bot.id, title="VIP", description="30 días", payload="o1", currency="XTR", total=total)


def test_stars_are_paid_after_approval_and_refunded_once(scene: Scene) -> None:
    scene.hello()
    stars = scene.telegram.stars
    had = scene.ana.stars
    asked = stars.begin(scene.ana.id, invoice(scene))
    query = scene.updates()[-1].pre_checkout_query
    assert query is not None
    assert (query.id, query.invoice_payload, query.total_amount) == (asked.id, "o1", 500)
    stars.answer(scene.bot.id, asked.id, ok=True)
    assert refusal(lambda: stars.answer(scene.bot.id, asked.id, ok=True)) == (400, "QUERY_ID_INVALID")
    payment = stars.complete(asked)
    assert scene.ana.stars == had - 500
    told = scene.updates()[-1].message
    assert told is not None
    assert told.successful_payment is not None
    assert told.successful_payment.telegram_payment_charge_id == payment.charge_id
    stars.refund(scene.bot.id, scene.ana.id, payment.charge_id)
    assert scene.ana.stars == had
    assert refusal(lambda: stars.refund(scene.bot.id, scene.ana.id, payment.charge_id)) == (
        400,
        "CHARGE_ALREADY_REFUNDED",
    )
    assert refusal(lambda: stars.refund(scene.bot.id, scene.ana.id, "x")) == (400, "CHARGE_NOT_FOUND")


def test_payment_in_stars_without_balance_or_with_late_approval_is_refused(scene: Scene) -> None:
    scene.hello()
    stars = scene.telegram.stars
    dear = invoice(scene, 10_000_000)
    assert refusal(lambda: stars.begin(scene.ana.id, dear)) == (400, "BALANCE_TOO_LOW")
    asked = stars.begin(scene.ana.id, invoice(scene))
    scene.world.clock.advance(timedelta(seconds=11))
    assert refusal(lambda: stars.answer(scene.bot.id, asked.id, ok=True)) == (400, "QUERY_ID_INVALID")


def test_usernames_are_unique(scene: Scene) -> None:
    people = scene.telegram.people
    assert refusal(lambda: people.add_person("Eva", username="ANA_G")) == (400, "USERNAME_OCCUPIED")
    assert refusal(lambda: people.add_person("Eva", username="no spaces")) == (400, "USERNAME_INVALID")
    assert refusal(lambda: people.add_bot("umbral", "Umbral")) == (400, "USERNAME_INVALID")
    assert refusal(lambda: people.add_person(" ")) == (400, "FIRSTNAME_INVALID")
    assert people.find_username("@Ana_G") == scene.ana
    assert people.find_username("") is None

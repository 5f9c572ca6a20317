"""Route by which a person presses a button of a message."""

import time
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, model_validator

from umbral_sandbox.control.access import WorldDep, message_of, peer_of, person_of
from umbral_sandbox.control.buttons import by_text
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.control.shapes import button_rows, button_view
from umbral_sandbox.world.telegram.records import Bot, Message
from umbral_sandbox.world.telegram.refusal import Refused, bad
from umbral_sandbox.world.world import World

router = APIRouter()
#: Maximum time that a press waits for the bot's answer, in real seconds.
ANSWER_WITHIN_S: Final = 10.0
CALLBACK_DATA_BYTES: Final = 64


class Press(BaseModel):
    """Button of a message, by its text, or by callback data, which the message may no longer contain."""

    model_config = ConfigDict(extra="forbid")

    peer: str | int
    message_id: int
    button: str | None = None
    data: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Press":
        if (self.button is None) == (self.data is None):
            raise ValueError("name the button by either button or data")
        return self


class CallbackAnswer(BaseModel):
    """The bot's answer: a toast, or an alert. Without a text, nothing is shown."""

    text: str | None
    alert: bool


class Pressed(BaseModel):
    """Result of a press. answer: null if the bot did not answer in time. value: address of a link, or copied text."""

    answer: CallbackAnswer | None
    value: str | None = None
    refused: str | None = None


@router.post("/users/{user_id}/press", response_model_exclude_unset=True)
async def press(world: WorldDep, user_id: int, pressed: Press) -> Pressed:
    """Press a button, and wait until the callback is answered."""
    person, peer = person_of(world, user_id), peer_of(world, pressed.peer)
    try:
        world.telegram.people.living(person.id)
        message = message_of(world, person, peer, pressed.message_id)
        if isinstance(peer, Bot):
            chat = world.telegram.chats.find(person.id, peer.id)
            if chat is not None and chat.blocked:
                raise bad("YOU_BLOCKED_USER")
    except Refused as refused:
        return Pressed(answer=None, refused=str(refused))
    if pressed.data is not None:
        return await _ask(world, person.id, message, _callback_data(pressed.data))
    button = button_view(by_text(button_rows(message), pressed.button or ""))
    if button.kind == "pay":
        raise ControlError("a pay button is pressed by pay_stars")
    if button.kind != "callback":
        return Pressed(answer=None, value=button.copy_text if button.kind == "copy" else button.url)
    return await _ask(world, person.id, message, button.data or "")


def _callback_data(data: str) -> str:
    """Return the callback data; raise ControlError if they are invalid. The message need not have such a button, so
    presses can be stale, as on Telegram.
    """
    if not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES:
        raise ControlError(f"callback data has 1 to {CALLBACK_DATA_BYTES} bytes")
    return data


async def _ask(world: World, person_id: int, message: Message, data: str) -> Pressed:
    callbacks = world.telegram.callbacks
    if message.sender not in world.telegram.state.bots:
        raise ControlError("no bot sent this message")
    callback = callbacks.press(person_id, message, data)
    world.commit()
    until = time.monotonic() + ANSWER_WITHIN_S
    while not callback.answered and not world.feed.closed:
        left = until - time.monotonic()
        if left <= 0:
            return Pressed(answer=None)
        await world.feed.wait(left)
    if not callback.answered:
        return Pressed(answer=None)
    answer = CallbackAnswer(text=callback.text, alert=callback.alert)
    return Pressed(answer=answer, value=callback.url) if callback.url else Pressed(answer=answer)

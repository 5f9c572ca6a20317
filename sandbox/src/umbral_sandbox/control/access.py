"""Dependencies shared by the routes of the control interface: the world with its payment providers, and look-ups of
people, bots, channels and messages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.payments.registry import Payments, payments_of
from umbral_sandbox.payments.simulator import Simulator
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Message, Person
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World

#: Scope key that holds the room of a request.
ROOM: Final = "umbral_sandbox.control"


@dataclass(frozen=True, slots=True)
class Room:
    """Context of the routes, which are built once for all sandboxes of a process.

    session_of: function that returns the stored session of an account, by its id; None if no data centre is running.
    demo: True if the product's processes run on this world.
    """

    world: World
    demo: bool
    session_of: Callable[[int], str] | None = None


# Coroutines that await nothing: FastAPI runs plain functions in separate threads.
async def _room(request: Request) -> Room:
    room = request.scope[ROOM]
    if not isinstance(room, Room):
        raise TypeError("the request belongs to no sandbox")
    return room


RoomDep = Annotated[Room, Depends(_room)]


async def _world(room: RoomDep) -> World:
    return room.world


WorldDep = Annotated[World, Depends(_world)]


async def _payments(world: WorldDep) -> Payments:
    return payments_of(world)


PaymentsDep = Annotated[Payments, Depends(_payments)]


def person_of(world: World, user_id: int) -> Person:
    """Return the person, or respond with 404."""
    person = world.telegram.state.people.get(user_id)
    if person is None:
        raise ControlError(f"no person or bot has the id {user_id}", 404)
    return person


def bot_of(world: World, name: str) -> Bot:
    """Return the bot with this username (with or without @) or id, or respond with 404."""
    bot = world.telegram.people.find_bot(name)
    if bot is None and name.isdecimal():
        bot = world.telegram.state.bots.get(int(name))
    if bot is None:
        raise ControlError(f"there is no bot {name}", 404)
    return bot


def channel_of(world: World, chat_id: int) -> Channel:
    """Return the channel with this Bot API id, or respond with 404."""
    channel = world.telegram.channels.by_chat_id(chat_id)
    if channel is None:
        raise ControlError(f"there is no channel {chat_id}", 404)
    return channel


def peer_of(world: World, peer: str | int) -> Bot | Channel:
    """Return the peer of a chat, a bot (by username) or a channel (by ``-100…``), or respond with 404."""
    text = str(peer).strip()
    if text.startswith("-") and text[1:].isdecimal():
        return channel_of(world, int(text))
    return bot_of(world, text)


def message_of(world: World, person: Person, peer: Bot | Channel, message_id: int) -> Message:
    """Return a message of this chat, or respond with 404; raise Refused if the person may not read the channel."""
    telegram = world.telegram
    try:
        if isinstance(peer, Bot):
            return telegram.chats.message(person.id, peer.id, message_id)
        telegram.channels.require_inside(peer, person.id)
        return telegram.posts.message(peer, message_id)
    except Refused as refused:
        if refused.name == "MESSAGE_ID_INVALID":
            raise ControlError(f"that chat has no message {message_id}", 404) from refused
        raise


def attempt(act: Callable[[], object]) -> str | None:
    """Perform a person's action; return the reason if Telegram's rules refuse it, else None."""
    try:
        act()
    except Refused as refused:
        return str(refused)
    return None


def simulator_of(payments: Payments, provider: str) -> Simulator:
    """Return the provider's simulator, or respond with 404."""
    simulator = payments.simulators.get(provider)
    if simulator is None:
        raise ControlError(f"there is no provider {provider}", 404)
    return simulator

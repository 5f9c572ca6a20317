"""Routes that return the whole state of the simulated world, and reset it."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, JsonValue

from umbral_sandbox.control.access import RoomDep, WorldDep
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.control.mini_apps import menu_button
from umbral_sandbox.control.models import ActionResult, ChannelView, outcome
from umbral_sandbox.control.shapes import channel_view
from umbral_sandbox.differences import DIFFERENCES
from umbral_sandbox.world.faults import Fault
from umbral_sandbox.world.telegram.records import Bot, Person, PrivateChat, private_key
from umbral_sandbox.world.world import World

router = APIRouter()


class PersonView(BaseModel):
    """Person in the world. phone, login_code: set for userbot accounts. blocked: usernames of blocked bots."""

    id: int
    name: str
    first_name: str
    last_name: str
    username: str | None
    language_code: str | None
    stars: int
    blocked: list[str]
    phone: str | None = None
    login_code: str | None = None


class BotView(BaseModel):
    """Bot, and its number of pending updates. menu: text of the menu button that opens the bot's Mini App."""

    id: int
    username: str
    name: str
    waiting_updates: int
    menu: str | None = None


class ChatView(BaseModel):
    """A person's chat with a bot. messages: number of messages. menu: the chat's own menu button, if the chat
    has one.
    """

    person: int
    bot: int
    started: bool
    blocked: bool
    messages: int
    menu: str | None = None


class WorldState(BaseModel):
    """The whole state; the providers add their objects and deliveries under their own names.

    ``differences`` lists the known differences from the real services, as in SANDBOX.md.
    """

    model_config = ConfigDict(extra="allow")

    now: datetime
    people: list[PersonView]
    bots: list[BotView]
    chats: list[ChatView]
    channels: list[ChannelView]
    faults: list[Fault]
    differences: list[str]
    __pydantic_extra__: dict[str, JsonValue]


@router.get("/state", response_model_exclude_unset=True)
async def read_state(world: WorldDep) -> WorldState:
    """Return people, bots, chats, channels, and the providers' objects."""
    telegram = world.telegram
    return WorldState(
        now=world.clock.now(),
        people=[_person(world, person) for person in telegram.people.all_people()],
        bots=[_bot(world, bot) for bot in telegram.people.all_bots()],
        chats=_chats(world),
        channels=[channel_view(world, channel) for channel in telegram.channels.all()],
        faults=world.wire.faults,
        differences=list(DIFFERENCES),
        **{name: make() for name, make in world.state_parts.items()},
    )


@router.post("/reset", response_model_exclude_unset=True)
async def reset(room: RoomDep) -> ActionResult:
    """Empty the world. Respond with 409 in a demo, whose processes depend on the world's data."""
    if room.demo:
        raise ControlError("a demo cannot be emptied; start it again with --fresh", 409)
    room.world.reset()
    return outcome(None)


def _bot(world: World, bot: Bot) -> BotView:
    view = BotView(
        id=bot.id, username=bot.username, name=bot.name, waiting_updates=world.telegram.updates.count(bot.id)
    )
    button = menu_button(bot)
    return view if button is None else view.model_copy(update={"menu": button[0]})


def _person(world: World, person: Person) -> PersonView:
    telegram = world.telegram
    blocked = [chat.bot for chat in telegram.chats.of_person(person.id) if chat.blocked]
    view = PersonView(
        id=person.id,
        name=person.name,
        first_name=person.first_name,
        last_name=person.last_name,
        username=person.username,
        language_code=person.language_code,
        stars=person.stars,
        blocked=[telegram.people.bot(bot_id).username for bot_id in blocked],
    )
    if person.phone is not None:
        view.phone = person.phone
        code = telegram.state.codes.get(person.phone)
        view.login_code = code.code if code else None
    return view


def _chats(world: World) -> list[ChatView]:
    return [_chat(world, chat) for chat in world.telegram.state.chats.values()]


def _chat(world: World, chat: PrivateChat) -> ChatView:
    people = world.telegram.people
    view = ChatView(
        person=chat.person,
        bot=chat.bot,
        started=chat.started,
        blocked=chat.blocked,
        messages=world.telegram.state.count_messages(private_key(chat.person, chat.bot)),
    )
    bot = people.bot(chat.bot)
    button = menu_button(bot, people.person(chat.person))
    return view if button is None or button == menu_button(bot) else view.model_copy(update={"menu": button[0]})

"""Set-up of the participants of a demo or test: bots, signed-in accounts, people, channels."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from umbral_sandbox.control.access import Room, RoomDep
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.world.store import Collection
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.world import World

router = APIRouter()

#: Function that creates a stored session of an account, from the world and the account's id.
SessionMaker = Callable[[World, int], str]


class Wanted(BaseModel):
    """Base of the requested objects; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WantedBot(Wanted):
    """Bot to set up, identified by its username; the name is used only on creation."""

    username: str
    name: str


class WantedAccount(Wanted):
    """Account to set up, identified by its phone number."""

    first_name: str
    phone: str
    username: str | None = None
    password: str | None = None


class WantedPerson(Wanted):
    """Person to set up, identified by username; without a username, each call creates a new person. started: bots that
    the person has started.
    """

    first_name: str
    username: str | None = None
    language_code: str | None = None
    started: list[str] = []


class WantedAdmin(Wanted):
    """Bot or person that becomes an admin, with rights by the Bot API's names; a person joins the channel first."""

    username: str
    rights: list[str]


class WantedChannel(Wanted):
    """Channel to set up, identified by its title and its owner's phone number.

    posts: posts that the owner writes on creation. topics: names of topics; if there are any, a forum is created
    instead of a channel. members: usernames of bots that become members of the forum without rights.
    """

    title: str
    owner: str
    about: str = ""
    protected: bool = False
    admins: list[WantedAdmin] = []
    posts: list[str] = []
    topics: list[str] = []
    members: list[str] = []


class Setup(Wanted):
    """All requested objects; objects that already exist stay unchanged."""

    bots: list[WantedBot] = []
    accounts: list[WantedAccount] = []
    people: list[WantedPerson] = []
    operator: WantedPerson | None = None
    channels: list[WantedChannel] = []


class SetBot(BaseModel):
    """Bot that was set up, with its token."""

    id: int
    username: str
    token: str


class SetAccount(BaseModel):
    """Account and a Telethon session string that is signed in."""

    id: int
    phone: str
    session: str


class SetPerson(BaseModel):
    """Id of a person that was set up."""

    id: int
    username: str | None


class SetChannel(BaseModel):
    """Channel that was set up. id: id at the Bot API."""

    id: int
    title: str


class SetUp(BaseModel):
    """The requested objects, in the order of the request."""

    bots: list[SetBot]
    accounts: list[SetAccount]
    people: list[SetPerson]
    operator: Annotated[SetPerson | None, Field(description="null unless asked for")]
    channels: list[SetChannel]


class StoredSession(BaseModel):
    """Session handed out for an account, valid while its auth key is valid."""

    session: str
    key_id: int


@router.post("/setup")
async def set_up(room: RoomDep, wanted: Setup) -> SetUp:
    """Create the missing objects; a repeated call changes nothing and returns the same response."""
    here = room.world
    bots = [_bot(here, each) for each in wanted.bots]
    accounts = [_account(here, each) for each in wanted.accounts]
    people = [_person(here, each) for each in wanted.people]
    operator = _person(here, wanted.operator) if wanted.operator else None
    channels = [_channel(here, each) for each in wanted.channels]
    answer = SetUp(
        bots=[SetBot(id=bot.id, username=bot.username, token=bot.token) for bot in bots],
        accounts=[
            SetAccount(id=account.id, phone=account.phone or "", session=_session(room, account.id))
            for account in accounts
        ],
        people=[SetPerson(id=person.id, username=person.username) for person in people],
        operator=SetPerson(id=operator.id, username=operator.username) if operator else None,
        channels=[SetChannel(id=channel.chat_id, title=channel.title) for channel in channels],
    )
    here.commit()
    return answer


def _session(room: Room, account_id: int) -> str:
    if room.session_of is None:
        raise ControlError("no data centre listens here", 404)
    return room.session_of(account_id)


class Sessions:
    """Stored sessions, one per account and handed out repeatedly, because two sessions on one key would invalidate each
    other.
    """

    def __init__(self, world: World, make: SessionMaker) -> None:
        self._world = world
        self._make = make
        self._stored: Collection[StoredSession] = world.store.collection("setup_sessions", StoredSession)

    def of(self, account_id: int) -> str:
        """Return the session of an account. A session is created if there is none, or if its key was revoked."""
        accounts = self._world.telegram.accounts
        stored = self._stored.get(account_id)
        living = {key.id for key in accounts.sessions(account_id)}
        if stored is not None and stored.key_id in living:
            return stored.session
        session = self._make(self._world, account_id)
        (key_id,) = {key.id for key in accounts.sessions(account_id)} - living
        return self._stored.put(account_id, StoredSession(session=session, key_id=key_id)).session


def _bot(world: World, wanted: WantedBot) -> Bot:
    return world.telegram.people.find_bot(wanted.username) or world.telegram.people.add_bot(
        wanted.username, wanted.name
    )


def _account(world: World, wanted: WantedAccount) -> Person:
    people = world.telegram.people
    return people.find_phone(wanted.phone) or people.add_person(
        wanted.first_name, username=wanted.username, phone=wanted.phone, password=wanted.password
    )


def _person(world: World, wanted: WantedPerson) -> Person:
    people = world.telegram.people
    found = people.find_username(wanted.username) if wanted.username else None
    if isinstance(found, Bot):
        raise ControlError(f"{wanted.username} is a bot")
    person = found or people.add_person(wanted.first_name, username=wanted.username, language_code=wanted.language_code)
    for name in wanted.started:
        bot = _known_bot(world, name)
        chat = world.telegram.chats.find(person.id, bot.id)
        if chat is None or not chat.started:
            world.telegram.chats.start(person.id, bot.id)
    return person


def _channel(world: World, wanted: WantedChannel) -> Channel:
    owner = world.telegram.people.find_phone(wanted.owner)
    if owner is None:
        raise ControlError(f"no account has the phone {wanted.owner}", 404)
    for channel in world.telegram.channels.all():
        if (channel.owner, channel.title) == (owner.id, wanted.title):
            return channel
    admins = [(_known(world, each.username), set(each.rights)) for each in wanted.admins]
    made = world.telegram.channels.create(
        owner.id, wanted.title, wanted.about, protected=wanted.protected, kind="forum" if wanted.topics else "channel"
    )
    for admin, rights in admins:
        if not admin.is_bot:
            _bring_in(world, made, admin.id)
        world.telegram.channels.edit_admin(owner.id, made, admin.id, rights)
    for name in wanted.members:
        world.telegram.channels.invite(owner.id, made, _known_bot(world, name).id)
    for name in wanted.topics:
        world.telegram.groups.open_topic(owner.id, made, name)
    for text in wanted.posts:
        world.telegram.posts.post(owner.id, made, {"text": text})
    return made


def _bring_in(world: World, channel: Channel, person_id: int) -> None:
    link = world.telegram.invites.export(channel.owner, channel, member_limit=1)
    world.telegram.joins.open(person_id, link.hash)
    world.telegram.invites.revoke(channel.owner, channel, link.hash)


def _known_bot(world: World, name: str) -> Bot:
    bot = world.telegram.people.find_bot(name)
    if bot is None:
        raise ControlError(f"there is no bot {name}", 404)
    return bot


def _known(world: World, name: str) -> Bot | Person:
    found = world.telegram.people.find_username(name)
    if found is None:
        raise ControlError(f"no person is called {name}", 404)
    return found

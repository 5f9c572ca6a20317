"""What people do to channels of theirs: posting, appointing admins, keeping people out."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, JsonValue

from umbral_sandbox.control.access import WorldDep, attempt, channel_of, person_of
from umbral_sandbox.control.chats import Sent, sent
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.control.media import Written, content_of
from umbral_sandbox.control.models import ActionResult, outcome
from umbral_sandbox.world.telegram.records import Content, Message
from umbral_sandbox.world.world import World

router = APIRouter()


class PostButton(BaseModel):
    """A link under a post."""

    text: str
    url: str


class NewPost(Written):
    """What to write in which channel; ``buttons`` are rows of links."""

    channel_id: int
    buttons: tuple[tuple[PostButton, ...], ...] = ()


class EditedPost(BaseModel):
    """What a post of a channel says from now on."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    message_id: int
    text: str


class DeletedPost(BaseModel):
    """Which post of which channel goes."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    message_id: int


class Appointment(BaseModel):
    """Who (a username, or an id) has exactly these rights, by the Bot API's names; none ends it.

    ``anonymous``: they write in a group as the group itself; the owner's own rights stay whatever is said here.
    """

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    admin: str | int
    rights: list[str]
    anonymous: bool = False


class Doomed(BaseModel):
    """Which channel is to go."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int


class Changes(BaseModel):
    """What is to be different in which channel."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    title: str | None = None
    protected: bool | None = None


class Discussion(BaseModel):
    """Which group discusses the posts of which channel; ``join_to_send``: only its members write there;
    ``join_by_request``: whoever comes in without a link is approved first."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    group_id: int | None = None
    join_to_send: bool = False
    join_by_request: bool = False


class Outcast(BaseModel):
    """Whom to keep out of which channel; `banned` false lets them come back."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    person: int
    banned: bool = True


@router.post("/users/{user_id}/post", response_model_exclude_unset=True)
async def post(world: WorldDep, user_id: int, new: NewPost) -> Sent:
    """Writes in a channel, as an admin who may."""
    person, channel = person_of(world, user_id), channel_of(world, new.channel_id)
    rows: list[JsonValue] = [[button.model_dump() for button in row] for row in new.buttons]
    markup: Content | None = {"inline_keyboard": rows} if rows else None
    return sent(world, lambda: world.telegram.posts.post(person.id, channel, content_of(world, new), markup=markup))


@router.post("/users/{user_id}/edit_post", response_model_exclude_unset=True)
async def edit_post(world: WorldDep, user_id: int, wanted: EditedPost) -> Sent:
    """Another text, or caption, as an admin who may."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    posts = world.telegram.posts

    def edited() -> Message:
        known = posts.message(channel, wanted.message_id)
        part = "text" if known.kind == "text" else "caption"
        return posts.edit(person.id, channel, known.id, {**known.content, part: wanted.text}, known.markup)

    return sent(world, edited)


@router.post("/users/{user_id}/delete_post", response_model_exclude_unset=True)
async def delete_post(world: WorldDep, user_id: int, wanted: DeletedPost) -> ActionResult:
    """Deletes a post, as an admin who may. No bot is told of it."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    refused = attempt(lambda: world.telegram.posts.delete(person.id, channel, wanted.message_id))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/delete_channel", response_model_exclude_unset=True)
async def delete_channel(world: WorldDep, user_id: int, wanted: Doomed) -> ActionResult:
    """Deletes a channel for everybody, as its owner's phone does."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    refused = attempt(lambda: world.telegram.channels.delete(person.id, channel))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/edit_channel", response_model_exclude_unset=True)
async def edit_channel(world: WorldDep, user_id: int, wanted: Changes) -> ActionResult:
    """Gives a channel another name, or another protection of its content; what is as wanted is refused."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    channels = world.telegram.channels

    def change() -> None:
        if wanted.title is not None:
            channels.set_title(person.id, channel, wanted.title)
        if wanted.protected is not None:
            channels.set_protected(person.id, channel, on=wanted.protected)

    refused = attempt(change)
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/set_admin", response_model_exclude_unset=True)
async def set_admin(world: WorldDep, user_id: int, wanted: Appointment) -> ActionResult:
    """Makes somebody an admin, changes their rights, or ends them: a bot is then out of the channel."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    admin = _somebody(world, wanted.admin)
    refused = attempt(
        lambda: world.telegram.channels.edit_admin(
            person.id, channel, admin, set(wanted.rights), anonymous=wanted.anonymous
        )
    )
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/link_group", response_model_exclude_unset=True)
async def link_group(world: WorldDep, user_id: int, wanted: Discussion) -> ActionResult:
    """Has a group discuss what a channel posts, as the owner of both; without a group no longer."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    group = channel_of(world, wanted.group_id) if wanted.group_id is not None else None
    groups = world.telegram.groups
    settings = {"join_to_send": wanted.join_to_send, "join_by_request": wanted.join_by_request}
    refused = attempt(lambda: groups.link(person.id, channel, group, **settings))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/ban", response_model_exclude_unset=True)
async def ban(world: WorldDep, user_id: int, wanted: Outcast) -> ActionResult:
    """Removes somebody and keeps them out, or forgives them."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    members = world.telegram.members
    change = members.ban if wanted.banned else members.unban
    refused = attempt(lambda: change(person.id, channel, wanted.person))
    world.commit()
    return outcome(refused)


def _somebody(world: World, who: str | int) -> int:
    people = world.telegram.people
    found = people.find(who) if isinstance(who, int) else people.find_username(who)
    if found is None:
        raise ControlError(f"nobody is called {who}", 404)
    return found.id

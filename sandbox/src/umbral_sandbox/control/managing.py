"""Routes by which people manage channels: post, edit, appoint admins, ban members."""

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
    """Link under a post."""

    text: str
    url: str


class NewPost(Written):
    """A post to write in a channel; ``buttons`` are rows of links."""

    channel_id: int
    buttons: tuple[tuple[PostButton, ...], ...] = ()


class EditedPost(BaseModel):
    """New text of a channel post."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    message_id: int
    text: str


class DeletedPost(BaseModel):
    """The channel post to delete."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    message_id: int


class Appointment(BaseModel):
    """Complete rights of an admin (a username, or an id), by the Bot API's names; an empty list demotes the admin.

    anonymous: True if the admin writes in a group as the group itself. The owner's own rights never change.
    """

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    admin: str | int
    rights: list[str]
    anonymous: bool = False


class Doomed(BaseModel):
    """Channel to delete."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int


class Changes(BaseModel):
    """Changes to a channel; omitted values stay unchanged."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    title: str | None = None
    protected: bool | None = None


class Discussion(BaseModel):
    """Discussion group of a channel.

    join_to_send: True if only members may write in the group. join_by_request: True if people who enter without a link
    need approval.
    """

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    group_id: int | None = None
    join_to_send: bool = False
    join_by_request: bool = False


class Outcast(BaseModel):
    """Person to ban from a channel, or to unban if `banned` is false."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int
    person: int
    banned: bool = True


@router.post("/users/{user_id}/post", response_model_exclude_unset=True)
async def post(world: WorldDep, user_id: int, new: NewPost) -> Sent:
    """Write in a channel, as an admin with the right to post."""
    person, channel = person_of(world, user_id), channel_of(world, new.channel_id)
    rows: list[JsonValue] = [[button.model_dump() for button in row] for row in new.buttons]
    markup: Content | None = {"inline_keyboard": rows} if rows else None
    return sent(world, lambda: world.telegram.posts.post(person.id, channel, content_of(world, new), markup=markup))


@router.post("/users/{user_id}/edit_post", response_model_exclude_unset=True)
async def edit_post(world: WorldDep, user_id: int, wanted: EditedPost) -> Sent:
    """Edit the text or caption of a post, as an admin with the right to edit."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    posts = world.telegram.posts

    def edited() -> Message:
        known = posts.message(channel, wanted.message_id)
        part = "text" if known.kind == "text" else "caption"
        return posts.edit(person.id, channel, known.id, {**known.content, part: wanted.text}, known.markup)

    return sent(world, edited)


@router.post("/users/{user_id}/delete_post", response_model_exclude_unset=True)
async def delete_post(world: WorldDep, user_id: int, wanted: DeletedPost) -> ActionResult:
    """Delete a post, as an admin with the right to delete. Bots receive no update about the deletion."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    refused = attempt(lambda: world.telegram.posts.delete(person.id, channel, wanted.message_id))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/delete_channel", response_model_exclude_unset=True)
async def delete_channel(world: WorldDep, user_id: int, wanted: Doomed) -> ActionResult:
    """Delete a channel for everyone, as its owner."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    refused = attempt(lambda: world.telegram.channels.delete(person.id, channel))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/edit_channel", response_model_exclude_unset=True)
async def edit_channel(world: WorldDep, user_id: int, wanted: Changes) -> ActionResult:
    """Change the title or the content protection of a channel; a change to the current value is refused."""
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
    """Appoint an admin, change an admin's rights, or demote an admin; a demoted bot leaves the channel."""
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
    """Link a discussion group to a channel, as the owner of both. Without a group, unlink the current group."""
    person, channel = person_of(world, user_id), channel_of(world, wanted.channel_id)
    group = channel_of(world, wanted.group_id) if wanted.group_id is not None else None
    groups = world.telegram.groups
    settings = {"join_to_send": wanted.join_to_send, "join_by_request": wanted.join_by_request}
    refused = attempt(lambda: groups.link(person.id, channel, group, **settings))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/ban", response_model_exclude_unset=True)
async def ban(world: WorldDep, user_id: int, wanted: Outcast) -> ActionResult:
    """Ban or unban a person."""
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
        raise ControlError(f"no person or bot is called {who}", 404)
    return found.id

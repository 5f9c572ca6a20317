"""Routes that list and create channels and groups, and perform their owners' actions."""

from collections.abc import Callable

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, attempt, bot_of, channel_of, person_of
from umbral_sandbox.control.models import ActionResult, ChannelView, outcome
from umbral_sandbox.control.shapes import channel_view
from umbral_sandbox.world.telegram.channel_records import Channel, ChatKind
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World

router = APIRouter()


class ChannelList(BaseModel):
    """List of all channels."""

    channels: list[ChannelView]


class OneChannel(ChannelView):
    """One channel. `channels` repeats it as a list, so that both calls have the same shape."""

    channels: list[ChannelView]


class Demoted(BaseModel):
    """Admin whose rights are removed, identified by the id."""

    model_config = ConfigDict(extra="forbid")

    id: int


class NewChat(BaseModel):
    """Chat that its owner creates manually.

    bots: usernames of bots that become admins with all rights
    username: name of a public chat, without the @
    """

    model_config = ConfigDict(extra="forbid")

    kind: ChatKind
    title: str
    owner: int
    bots: list[str] = []
    username: str = ""


class NewChatAnswer(BaseModel):
    """Id of the new chat, or the reason why Telegram's rules refused the chat."""

    id: int | None = None
    refused: str | None = None


@router.post("/chats", response_model_exclude_unset=True)
async def create_chat(world: WorldDep, new: NewChat) -> NewChatAnswer:
    """Create a channel, supergroup, forum or basic group."""
    owner = person_of(world, new.owner)
    bots = [bot_of(world, name) for name in new.bots]
    channels = world.telegram.channels

    def create() -> Channel:
        chat = channels.create(owner.id, new.title, kind=new.kind)
        chat.username = new.username
        for bot in bots:
            channels.edit_admin(owner.id, chat, bot.id, set(chat.known_rights))
        return chat

    return _answer(world, create)


@router.post("/channels/{channel_id}/upgrade", response_model_exclude_unset=True)
async def upgrade(world: WorldDep, channel_id: int) -> NewChatAnswer:
    """Upgrade a basic group to a supergroup, as its owner; the group gets another id."""
    group = channel_of(world, channel_id)
    return _answer(world, lambda: world.telegram.groups.upgrade(group.owner, group))


def _answer(world: World, act: Callable[[], Channel]) -> NewChatAnswer:
    try:
        chat = act()
    except Refused as refused:
        return NewChatAnswer(refused=str(refused))
    world.commit()
    return NewChatAnswer(id=chat.chat_id)


@router.get("/channels")
async def list_channels(world: WorldDep) -> ChannelList:
    """Return every channel that was not deleted, oldest first."""
    return ChannelList(channels=[channel_view(world, channel) for channel in world.telegram.channels.all()])


@router.get("/channels/{channel_id}")
async def get_channel(world: WorldDep, channel_id: int) -> OneChannel:
    """Return one channel."""
    view = channel_view(world, channel_of(world, channel_id))
    return OneChannel.model_validate({**view.model_dump(), "channels": [view.model_dump()]})


@router.post("/channels/{channel_id}/delete", response_model_exclude_unset=True)
async def delete(world: WorldDep, channel_id: int) -> ActionResult:
    """Delete the channel for everyone, as its owner."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.channels.delete(channel.owner, channel))
    world.commit()
    return outcome(refused)


@router.post("/channels/{channel_id}/topics/{thread}/delete", response_model_exclude_unset=True)
async def delete_topic(world: WorldDep, channel_id: int, thread: int) -> ActionResult:
    """Delete a topic of a group, as its owner."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.groups.delete_topic(channel.owner, channel, thread))
    world.commit()
    return outcome(refused)


@router.post("/channels/{channel_id}/demote", response_model_exclude_unset=True)
async def demote(world: WorldDep, channel_id: int, wanted: Demoted) -> ActionResult:
    """Remove all rights of an admin, as the owner. A bot without rights leaves a channel, but stays a member of a
    group.
    """
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.channels.edit_admin(channel.owner, channel, wanted.id, set()))
    world.commit()
    return outcome(refused)

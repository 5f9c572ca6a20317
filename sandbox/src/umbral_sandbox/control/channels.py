"""Looking at channels and groups, making them, and what their owners do to them by hand."""

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
    """All channels."""

    channels: list[ChannelView]


class OneChannel(ChannelView):
    """One channel, and once more as a list, so that both calls can be read alike."""

    channels: list[ChannelView]


class Demoted(BaseModel):
    """Whose rights are taken: the id of an admin."""

    model_config = ConfigDict(extra="forbid")

    id: int


class NewChat(BaseModel):
    """A chat that its owner makes by hand; ``bots`` (usernames) are admins of it with every right. ``username``: of a
    public one, without the @."""

    model_config = ConfigDict(extra="forbid")

    kind: ChatKind
    title: str
    owner: int
    bots: list[str] = []
    username: str = ""


class NewChatAnswer(BaseModel):
    """The id of the new chat, or why Telegram's rules did not let it be made."""

    id: int | None = None
    refused: str | None = None


@router.post("/chats", response_model_exclude_unset=True)
async def create_chat(world: WorldDep, new: NewChat) -> NewChatAnswer:
    """Makes a channel, supergroup, forum or basic group."""
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
    """Its owner makes a supergroup of a basic group, which has another id from then on."""
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
    """Every channel that was not deleted, oldest first."""
    return ChannelList(channels=[channel_view(world, channel) for channel in world.telegram.channels.all()])


@router.get("/channels/{channel_id}")
async def get_channel(world: WorldDep, channel_id: int) -> OneChannel:
    """One channel."""
    view = channel_view(world, channel_of(world, channel_id))
    return OneChannel.model_validate({**view.model_dump(), "channels": [view.model_dump()]})


@router.post("/channels/{channel_id}/delete", response_model_exclude_unset=True)
async def delete(world: WorldDep, channel_id: int) -> ActionResult:
    """Its owner deletes it for everybody."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.channels.delete(channel.owner, channel))
    world.commit()
    return outcome(refused)


@router.post("/channels/{channel_id}/topics/{thread}/delete", response_model_exclude_unset=True)
async def delete_topic(world: WorldDep, channel_id: int, thread: int) -> ActionResult:
    """Its owner deletes a topic of a group."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.groups.delete_topic(channel.owner, channel, thread))
    world.commit()
    return outcome(refused)


@router.post("/channels/{channel_id}/demote", response_model_exclude_unset=True)
async def demote(world: WorldDep, channel_id: int, wanted: Demoted) -> ActionResult:
    """Its owner takes all rights from an admin; a bot is then out of a channel, and a member of a group."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.channels.edit_admin(channel.owner, channel, wanted.id, set()))
    world.commit()
    return outcome(refused)

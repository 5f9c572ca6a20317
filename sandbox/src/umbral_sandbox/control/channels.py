"""Looking at channels, and what their owners do to them by hand."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, attempt, channel_of
from umbral_sandbox.control.models import ActionResult, ChannelView, outcome
from umbral_sandbox.control.shapes import channel_view

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
    refused = attempt(lambda: world.telegram.channels.delete_topic(channel.owner, channel, thread))
    world.commit()
    return outcome(refused)


@router.post("/channels/{channel_id}/demote", response_model_exclude_unset=True)
async def demote(world: WorldDep, channel_id: int, wanted: Demoted) -> ActionResult:
    """Its owner takes all rights from an admin; a bot is then out of the channel."""
    channel = channel_of(world, channel_id)
    refused = attempt(lambda: world.telegram.channels.edit_admin(channel.owner, channel, wanted.id, set()))
    world.commit()
    return outcome(refused)

"""Looking at channels."""

from fastapi import APIRouter
from pydantic import BaseModel

from umbral_sandbox.control.access import WorldDep, channel_of
from umbral_sandbox.control.models import ChannelView
from umbral_sandbox.control.shapes import channel_view

router = APIRouter()


class ChannelList(BaseModel):
    """All channels."""

    channels: list[ChannelView]


class OneChannel(ChannelView):
    """One channel, and once more as a list, so that both calls can be read alike."""

    channels: list[ChannelView]


@router.get("/channels")
async def list_channels(world: WorldDep) -> ChannelList:
    """Every channel that was not deleted, oldest first."""
    return ChannelList(channels=[channel_view(world, channel) for channel in world.telegram.channels.all()])


@router.get("/channels/{channel_id}")
async def get_channel(world: WorldDep, channel_id: int) -> OneChannel:
    """One channel."""
    view = channel_view(world, channel_of(world, channel_id))
    return OneChannel.model_validate({**view.model_dump(), "channels": [view.model_dump()]})

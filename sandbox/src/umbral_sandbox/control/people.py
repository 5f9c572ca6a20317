"""Routes that create people and perform their actions on bots and channels."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, attempt, bot_of, channel_of, person_of
from umbral_sandbox.control.models import ActionResult, outcome
from umbral_sandbox.world.world import World

router = APIRouter()


class NewPerson(BaseModel):
    """A person to create."""

    model_config = ConfigDict(extra="forbid")

    first_name: str
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None


class PersonCreated(BaseModel):
    """The created person."""

    id: int
    username: str | None


class ChannelChoice(BaseModel):
    """Request body that names the channel of an action, such as joining or leaving."""

    model_config = ConfigDict(extra="forbid")

    channel_id: int


class BotChoice(BaseModel):
    """Bot of an action, identified by its username; without a username, every bot that the person has a chat with."""

    model_config = ConfigDict(extra="forbid")

    bot: str | None = None


@router.post("/users")
async def create_user(world: WorldDep, new: NewPerson) -> PersonCreated:
    """Create a person."""
    person = world.telegram.people.add_person(
        new.first_name, last_name=new.last_name, username=new.username, language_code=new.language_code
    )
    world.commit()
    return PersonCreated(id=person.id, username=person.username)


@router.post("/users/{user_id}/leave", response_model_exclude_unset=True)
async def leave(world: WorldDep, user_id: int, choice: ChannelChoice) -> ActionResult:
    """Leave a channel."""
    person, channel = person_of(world, user_id), channel_of(world, choice.channel_id)
    refused = attempt(lambda: world.telegram.members.leave(person.id, channel))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/cancel_request", response_model_exclude_unset=True)
async def cancel_request(world: WorldDep, user_id: int, choice: ChannelChoice) -> ActionResult:
    """Withdraw the request to join a channel."""
    person, channel = person_of(world, user_id), channel_of(world, choice.channel_id)
    refused = attempt(lambda: world.telegram.joins.withdraw(person.id, channel))
    world.commit()
    return outcome(refused)


@router.post("/users/{user_id}/block_bot", response_model_exclude_unset=True)
async def block_bot(world: WorldDep, user_id: int, choice: Annotated[BotChoice | None, Body()] = None) -> ActionResult:
    """Block a bot."""
    return _set_blocked(world, user_id, choice, blocked=True)


@router.post("/users/{user_id}/unblock_bot", response_model_exclude_unset=True)
async def unblock_bot(
    world: WorldDep, user_id: int, choice: Annotated[BotChoice | None, Body()] = None
) -> ActionResult:
    """Unblock a bot."""
    return _set_blocked(world, user_id, choice, blocked=False)


@router.post("/users/{user_id}/delete_account", response_model_exclude_unset=True)
async def delete_account(world: WorldDep, user_id: int) -> ActionResult:
    """Delete the person's account permanently. The account no longer accepts messages, and channels keep a member
    without a name.
    """
    person, telegram = person_of(world, user_id), world.telegram
    refused = attempt(lambda: telegram.people.delete(person.id))
    for channel in telegram.channels.all():
        if refused is None and channel.requests.pop(person.id, None) is not None:
            telegram.channels.save(channel)
    world.commit()
    return outcome(refused)


def _set_blocked(world: World, user_id: int, choice: BotChoice | None, *, blocked: bool) -> ActionResult:
    person = person_of(world, user_id)
    chats = world.telegram.chats
    if choice is not None and choice.bot is not None:
        bots = [bot_of(world, choice.bot).id]
    else:
        bots = [chat.bot for chat in chats.of_person(person.id)]

    def change() -> None:
        for bot_id in bots:
            chats.set_blocked(person.id, bot_id, blocked=blocked)

    refused = attempt(change)
    world.commit()
    return outcome(refused)

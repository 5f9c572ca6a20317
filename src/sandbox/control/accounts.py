"""What BotFather and a new SIM card do: bots, and accounts that can log in."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sandbox.control.access import WorldDep

router = APIRouter()


class NewBot(BaseModel):
    """A bot to make; its username ends in "bot"."""

    model_config = ConfigDict(extra="forbid")

    username: str
    name: str


class BotCreated(BaseModel):
    """The bot and its token: the one place where it is told."""

    id: int
    username: str
    token: str


class NewAccount(BaseModel):
    """Somebody with a phone number; ``password`` switches two-step verification on."""

    model_config = ConfigDict(extra="forbid")

    first_name: str
    phone: str
    username: str | None = None
    password: str | None = None


class AccountCreated(BaseModel):
    """The account; its login codes are shown in the state."""

    id: int
    phone: str


@router.post("/bots")
async def create_bot(world: WorldDep, new: NewBot) -> BotCreated:
    """A new bot."""
    bot = world.telegram.people.add_bot(new.username, new.name)
    world.commit()
    return BotCreated(id=bot.id, username=bot.username, token=bot.token)


@router.post("/accounts")
async def create_account(world: WorldDep, new: NewAccount) -> AccountCreated:
    """A new account that can log in by phone and code."""
    person = world.telegram.people.add_person(
        new.first_name, username=new.username, phone=new.phone, password=new.password
    )
    world.commit()
    return AccountCreated(id=person.id, phone=person.phone or new.phone)

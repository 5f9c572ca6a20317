"""Route that opens a t.me link as a person: a deep link to a bot, or an invite link."""

from typing import Literal
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import WorldDep, person_of
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.telegram.refusal import Refused, bad
from umbral_sandbox.world.world import World

router = APIRouter()
Result = Literal["started", "joined", "requested", "already", "refused"]


class LinkToOpen(BaseModel):
    """Link to open, with the scheme https://t.me or tg:."""

    model_config = ConfigDict(extra="forbid")

    url: str


class Opened(BaseModel):
    """Result of opening a link. reason: reason, if Telegram's rules refused the link."""

    result: Result
    reason: str | None = None


@router.post("/users/{user_id}/open", response_model_exclude_unset=True)
async def open_link(world: WorldDep, user_id: int, link: LinkToOpen) -> Opened:
    """Open a deep link to a bot, or an invite link."""
    person = person_of(world, user_id)
    path, query = _read(link.url)
    try:
        result = _follow(world, person.id, path, query)
    except Refused as refused:
        return Opened(result="refused", reason=str(refused))
    world.commit()
    return Opened(result=result)


def _read(url: str) -> tuple[str, dict[str, str]]:
    text = url.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.scheme == "tg" and parts.netloc == "join":
        return f"+{query.get('invite', '')}", {}
    if parts.scheme == "tg" and parts.netloc == "resolve":
        return query.get("domain", ""), query
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in {"t.me", "telegram.me", "telegram.dog"}:
        raise ControlError(f"{url} is not a Telegram link")
    path = parts.path.strip("/")
    # In a query a plus is a space, in a path it is literal; some clients encode it in both.
    return path.replace("%2B", "+").replace("%2b", "+"), query


def _follow(world: World, person_id: int, path: str, query: dict[str, str]) -> Result:
    if path.startswith("+"):
        return _join(world, person_id, path[1:])
    if path.startswith("joinchat/"):
        return _join(world, person_id, path.removeprefix("joinchat/"))
    if path.startswith("$"):
        raise ControlError("an invoice link is paid by pay_stars")
    if path.startswith("c/"):
        return _read_post(world, person_id, path.split("/")[1])
    bot = world.telegram.people.find_username(path)
    if not isinstance(bot, Bot):
        raise bad("USERNAME_NOT_OCCUPIED")
    chat = world.telegram.chats.find(person_id, bot.id)
    if "start" not in query and chat is not None and chat.started and not chat.blocked:
        return "already"
    world.telegram.chats.start(person_id, bot.id, query.get("start", ""))
    return "started"


def _join(world: World, person_id: int, link_hash: str) -> Result:
    try:
        return world.telegram.joins.open(person_id, link_hash)[1]
    except Refused as refused:
        if refused.name == "USER_ALREADY_PARTICIPANT":
            return "already"
        raise


def _read_post(world: World, person_id: int, channel_id: str) -> Result:
    channel = world.telegram.channels.find(int(channel_id)) if channel_id.isdecimal() else None
    if channel is None:
        raise bad("CHANNEL_PRIVATE")
    world.telegram.channels.require_inside(channel, person_id)
    return "already"

"""Creation of the demo's bots, accounts and operator in the sandbox's world, once per world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from umbral.demo.control import asked
from umbral.demo.folder import write_json

OPERATOR = "olga_retador"
_SENDERS = {"retador_picks_1_bot": "Retador Picks 1", "retador_picks_2_bot": "Retador Picks 2"}
_SENDER_RIGHTS = ["can_post_messages", "can_edit_messages", "can_delete_messages"]

PARTICIPANTS = {
    "bots": [
        {"username": "retador_bot", "name": "Retador"},
        *({"username": username, "name": name} for username, name in _SENDERS.items()),
    ],
    "accounts": [
        {"first_name": "Retador Canales 1", "phone": "+34600000001"},
        {"first_name": "Retador Canales 2", "phone": "+34600000002"},
    ],
    "operator": {"first_name": "Olga", "username": OPERATOR, "started": ["retador_bot"]},
    "channels": [
        {
            "title": "Retador VIP",
            "owner": "+34600000001",
            "about": "Los picks VIP de Retador.",
            "admins": [
                {
                    "username": "retador_bot",
                    "rights": ["can_invite_users", "can_restrict_members", "can_post_messages"],
                },
                *({"username": name, "rights": _SENDER_RIGHTS} for name in _SENDERS),
                {"username": OPERATOR, "rights": ["can_post_messages", "can_edit_messages"]},
            ],
            "posts": ["👋 Bienvenidos al canal VIP de Retador. Aquí llegan los picks; /estado en el bot lo explica."],
        }
    ],
}


CHATS = {
    "canal": {"title": "Retador Avisos", "kind": "channel"},
    "grupo": {"title": "Retador Tertulia", "kind": "group"},
}
"""Chats that the operator of a bot-only demo already has, by their names in plans."""


@dataclass(frozen=True)
class DemoBot:
    """Bot of the demo, with its token."""

    id: int
    username: str
    token: str


@dataclass(frozen=True)
class DemoAccount:
    """Userbot account that is already signed in."""

    id: int
    phone: str
    session: str


@dataclass(frozen=True)
class Participants:
    """Participants of the demo's world.

    vip_channel_id: the Bot API's id of the VIP channel; None in a world older than the channel, or in a bot-only demo.
    chats: the Bot API's ids of the operator's existing chats, by the chats' names in plans.
    """

    bots: tuple[DemoBot, ...]
    accounts: tuple[DemoAccount, ...]
    operator_id: int
    vip_channel_id: int | None = None
    chats: Mapping[str, int] = field(default_factory=dict)

    @property
    def subscription_bot(self) -> DemoBot:
        """Return the bot that customers use."""
        return self.bots[0]

    @property
    def sender_bots(self) -> tuple[DemoBot, ...]:
        """Return the bots that publish posts."""
        return self.bots[1:]


def create_participants(sandbox_url: str, file: Path, *, bot_alone: bool = False) -> Participants:
    """Create the missing participants, and store all participants in a file for processes that need the tokens.

    bot_alone: True to omit userbot accounts and add the operator's existing chats.
    """
    wanted_participants = {name: PARTICIPANTS[name] for name in ("bots", "operator")} if bot_alone else PARTICIPANTS
    answer = asked(sandbox_url, "POST", "/control/setup", wanted_participants)
    if bot_alone:
        answer["chats"] = _chats(sandbox_url, answer["operator"]["id"], [bot["username"] for bot in answer["bots"]])
    write_json(file, answer)
    return _participants(answer)


def _chats(sandbox_url: str, owner: int, bots: Sequence[str]) -> dict[str, int]:
    """Create the missing `CHATS`, as their owner would do manually, with the bots as administrators. Return the ids,
    keyed by name.
    """
    there = asked(sandbox_url, "GET", "/control/channels")["channels"]
    chats = {chat["title"]: chat["id"] for chat in there if chat["owner"] == owner}
    for chat in CHATS.values():
        if chat["title"] not in chats:
            wanted = {**chat, "owner": owner, "bots": bots}
            chats[chat["title"]] = asked(sandbox_url, "POST", "/control/chats", wanted)["id"]
    return {name: chats[chat["title"]] for name, chat in CHATS.items()}


def stored_participants(path: Path) -> Participants:
    """Return the participants as stored by the last `create_participants`."""
    return _participants(json.loads(path.read_text()))


def _participants(answer: Mapping[str, Any]) -> Participants:
    channels = answer.get("channels") or ({"id": None},)
    return Participants(
        bots=tuple(DemoBot(**bot) for bot in answer["bots"]),
        accounts=tuple(DemoAccount(**account) for account in answer["accounts"]),
        operator_id=answer["operator"]["id"],
        vip_channel_id=channels[0]["id"],
        chats=answer.get("chats", {}),
    )

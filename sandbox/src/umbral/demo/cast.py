"""Puts the demo's bots, accounts and operator into the sandbox's world, once per world."""

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

SCENE = {
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
"""By the name that plans know them by, the chats the operator has already where the bot works alone."""


@dataclass(frozen=True)
class CastBot:
    """A bot and its token."""

    id: int
    username: str
    token: str


@dataclass(frozen=True)
class CastAccount:
    """A userbot account that is signed in already."""

    id: int
    phone: str
    session: str


@dataclass(frozen=True)
class Cast:
    """Who lives in the demo's world. vip_channel_id: the Bot API's; None in a world of before there was one, or where
    the bot works alone. chats: by their names in plans, the Bot API's ids of those that the operator has already.
    """

    bots: tuple[CastBot, ...]
    accounts: tuple[CastAccount, ...]
    operator_id: int
    vip_channel_id: int | None = None
    chats: Mapping[str, int] = field(default_factory=dict)

    @property
    def subscription_bot(self) -> CastBot:
        """The bot that customers talk with."""
        return self.bots[0]

    @property
    def sender_bots(self) -> tuple[CastBot, ...]:
        """The bots that post picks."""
        return self.bots[1:]


def set_scene(sandbox_url: str, remembered: Path, *, bot_alone: bool = False) -> Cast:
    """Everybody in the scene, made where they are missing; kept in a file for whoever needs the tokens.

    bot_alone: without an account for a userbot, and with chats that the operator has already.
    """
    scene = {name: SCENE[name] for name in ("bots", "operator")} if bot_alone else SCENE
    answer = asked(sandbox_url, "POST", "/control/setup", scene)
    if bot_alone:
        answer["chats"] = _chats(sandbox_url, answer["operator"]["id"], [bot["username"] for bot in answer["bots"]])
    write_json(remembered, answer)
    return _cast(answer)


def _chats(sandbox_url: str, owner: int, bots: Sequence[str]) -> dict[str, int]:
    """Those of `CHATS` with the bots as administrators, made as their owner would by hand where they are missing."""
    there = asked(sandbox_url, "GET", "/control/channels")["channels"]
    chats = {chat["title"]: chat["id"] for chat in there if chat["owner"] == owner}
    for chat in CHATS.values():
        if chat["title"] not in chats:
            wanted = {**chat, "owner": owner, "bots": bots}
            chats[chat["title"]] = asked(sandbox_url, "POST", "/control/chats", wanted)["id"]
    return {name: chats[chat["title"]] for name, chat in CHATS.items()}


def remembered_cast(path: Path) -> Cast:
    """Who was there when the scene was set last."""
    return _cast(json.loads(path.read_text()))


def _cast(answer: Mapping[str, Any]) -> Cast:
    channels = answer.get("channels") or ({"id": None},)
    return Cast(
        bots=tuple(CastBot(**bot) for bot in answer["bots"]),
        accounts=tuple(CastAccount(**account) for account in answer["accounts"]),
        operator_id=answer["operator"]["id"],
        vip_channel_id=channels[0]["id"],
        chats=answer.get("chats", {}),
    )

"""Puts the demo's bots, accounts and operator into the sandbox's world, once per world."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
    """Who lives in the demo's world. vip_channel_id: the Bot API's; None in a world of before there was one."""

    bots: tuple[CastBot, ...]
    accounts: tuple[CastAccount, ...]
    operator_id: int
    vip_channel_id: int | None = None

    @property
    def subscription_bot(self) -> CastBot:
        """The bot that customers talk with."""
        return self.bots[0]

    @property
    def sender_bots(self) -> tuple[CastBot, ...]:
        """The bots that post picks."""
        return self.bots[1:]


def set_scene(sandbox_url: str, remembered: Path) -> Cast:
    """Everybody in the scene, made where they are missing; kept in a file for whoever needs the tokens."""
    answer = asked(sandbox_url, "POST", "/control/setup", SCENE)
    write_json(remembered, answer)
    return _cast(answer)


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
    )

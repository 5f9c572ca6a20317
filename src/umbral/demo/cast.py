"""Puts the demo's bots, accounts and operator into the sandbox's world, once per world."""

from __future__ import annotations

from pathlib import Path

import httpx
from pydantic import BaseModel

from umbral.demo.folder import write_json

SCENE = {
    "bots": [
        {"username": "retador_bot", "name": "Retador"},
        {"username": "retador_picks_1_bot", "name": "Retador Picks 1"},
        {"username": "retador_picks_2_bot", "name": "Retador Picks 2"},
    ],
    "accounts": [
        {"first_name": "Retador Canales 1", "phone": "+34600000001"},
        {"first_name": "Retador Canales 2", "phone": "+34600000002"},
    ],
    "operator": {"first_name": "Olga", "username": "olga_retador", "started": ["retador_bot"]},
}


class CastBot(BaseModel):
    """A bot and its token."""

    id: int
    username: str
    token: str


class CastAccount(BaseModel):
    """A userbot account that is signed in already."""

    id: int
    phone: str
    session: str


class CastPerson(BaseModel):
    """The operator."""

    id: int


class Cast(BaseModel):
    """Who lives in the demo's world."""

    bots: list[CastBot]
    accounts: list[CastAccount]
    operator: CastPerson

    @property
    def subscription_bot(self) -> CastBot:
        """The bot that customers talk with."""
        return self.bots[0]

    @property
    def sender_bots(self) -> list[CastBot]:
        """The bots that post picks."""
        return self.bots[1:]


def set_scene(sandbox_url: str, remembered: Path) -> Cast:
    """Everybody in the scene, made where they are missing; kept in a file for whoever needs the tokens."""
    answer = httpx.post(f"{sandbox_url}/control/setup", json=SCENE, timeout=30, trust_env=False)
    answer.raise_for_status()
    cast = Cast.model_validate(answer.json())
    write_json(remembered, cast.model_dump())
    return cast

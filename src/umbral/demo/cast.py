"""Puts the demo's bots, accounts and operator into the sandbox's world, once per world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
from pydantic import BaseModel

from umbral.demo.folder import write_json
from umbral.demo.supervisor import StartError

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
    cast = Cast.model_validate(_post(f"{sandbox_url}/control/setup", SCENE))
    write_json(remembered, cast.model_dump())
    return cast


def introduce_seller(sandbox_url: str, settings: Mapping[str, str]) -> None:
    """Tell each payment provider's stand-in our keys, and where its webhooks go."""
    hooks = f"{settings['WEB_BASE_URL']}/webhooks"
    stripe = {
        "display_name": settings["BRAND_NAME"],
        "secret_key": settings["STRIPE_SECRET_KEY"],
        "webhook_secret": settings["STRIPE_WEBHOOK_SECRET"],
        "webhook_url": f"{hooks}/stripe",
    }
    _post(f"{sandbox_url}/control/providers/stripe", stripe)


def _post(url: str, body: Mapping[str, object]) -> object:
    answer = httpx.post(url, json=body, timeout=30, trust_env=False)
    if answer.is_error:
        raise StartError(f"the sandbox refused {url}: {answer.text}")
    content: object = answer.json()
    return content

"""Compare the time until the invite links arrive for customers who buy several chats at once and customers who buy one;
and measure `/estado` with ten chats.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Mapping
from typing import Final

import httpx

from benchmarks.load import Crowd
from benchmarks.rows import Row, say, tell
from tests.support.demo import Demo
from tests.support.member import command

PLANS: Final[Mapping[str, int]] = {"Uno": 1, "Cinco": 5, "Diez": 10}
"""Number of chats to which each plan gives access. Plans with fewer chats share them with the larger plans."""
MORE_S: Final = 0.15
"""Permitted additional wait for the links to five chats, compared with one link, in seconds."""
STATUS_S: Final = 0.1


class Buyers(Crowd):
    """Customers who buy these plans, and their waiting times."""

    async def waits(self, plan: str) -> int:
        """Buy a plan as a new customer, from the plan's link to the message with all invite links. Return the
        customer's id.
        """
        person = int((await self._post("/users", {"first_name": plan}))["id"])
        began = time.perf_counter()
        await self._post(f"/users/{person}/open", {"url": f"https://t.me/{self._bot}?start=plan_{plan.lower()}"})
        step = await self._step("the card", began, person, "Suscribirse")
        await self._press(person, step, "Suscribirse")
        step = await self._step("a press", began, person, "Ir a pago seguro", step["seq"])
        page = str((await self._press(person, step, "Ir a pago seguro"))["value"])
        began = time.perf_counter()
        await self._post(f"/checkouts/{page.rpartition('/')[2]}/pay", {})
        step = await self._step(plan, began, person, f"Unirte a Sala {PLANS[plan]}", step["seq"])
        links = [each for row in step["buttons"] for each in row if "Unirte a Sala" in each["text"]]
        if len(links) != PLANS[plan]:
            raise SystemExit(f"{len(links)} links of {PLANS[plan]}")
        return person

    async def asks(self, person: int) -> None:
        """Send `/estado` as a customer and wait for the answer."""
        answer = await self._http.get(f"/users/{person}/chat/{self._bot}")
        after = max(each["seq"] for each in answer.json()["messages"])
        began = time.perf_counter()
        await self._post(f"/users/{person}/send", {"to": self._bot, "text": "/estado"})
        await self._step("/estado", began, person, "", after, f"Sala {PLANS['Diez']}")


async def measure(demo: Demo, http: httpx.AsyncClient, rounds: int) -> None:
    """Buy each plan in turn, then send `/estado`. rounds: number of repetitions."""
    await asyncio.to_thread(_open, demo)
    buyers = Buyers(demo, http)
    for plan in PLANS:
        await buyers.waits(plan)
    buyers.took.clear()
    for _ in range(rounds):
        for plan in ("Uno", "Cinco"):
            await buyers.waits(plan)
    person = await buyers.waits("Diez")
    for _ in range(rounds):
        await buyers.asks(person)
    one, five, status = buyers.took["Uno"], buyers.took["Cinco"], buyers.took["/estado"]
    more = statistics.median(five) - statistics.median(one)
    rows = (
        Row(
            "paid → the links to five shared chats, idle",
            f"{statistics.median(one):.2f} s for one",
            f"p50 {statistics.median(five):.2f} s, {1000 * more:+.0f} ms",
            [each / other for each, other in zip(five, one, strict=True)],
            f"≤ {1000 * MORE_S:.0f} ms more",
        ),
        Row(
            "`/estado` of somebody with ten chats, idle",
            f"{STATUS_S} s wanted",
            f"p50 {statistics.median(status):.2f} s",
            [each / STATUS_S for each in status],
            "≤ 1",
        ),
    )
    for row in rows:
        tell(row)
        say(row.line())


def _open(demo: Demo) -> None:
    """Create the chats, as their owner would, and the plans that give access to them."""
    owner, bots = demo.facts["admin_id"], [demo.facts["bot_username"]]
    for number in range(1, max(PLANS.values()) + 1):
        chat = demo.post("/chats", {"kind": "group", "title": f"Sala {number}", "owner": owner, "bots": bots})
        command(demo, "resources", "add", str(chat["id"]))
    for name, chats in PLANS.items():
        opens = [f"sala-{number}" for number in range(1, chats + 1)]
        sold = {"soft_id": name.lower(), "name": name, "price": "9.00", "currency": "EUR", "days": 30, "opens": opens}
        command(demo, "staff", "save-plan", "--record", json.dumps(sold))

"""How fast a broadcast goes, against what Telegram lets a bot send, and how long a button takes meanwhile.

`python -m benchmarks.broadcast [--people 1000]`

The bot's process as it runs, a PostgreSQL and the sandbox's Telegram, bot and sandbox in one process, so each of the
two has less than a processor. People have started the bot; one more presses a button again and again while it goes, and
waits until what it shows has changed. In the end everybody's chat is read: how many have it, and whether twice.

With 1,000 people on two processors that seven others used as well, load 8 to 9 (November 2026): 1,001 in 38.5 s, 26.0
a second, 0.866 of Telegram's ceiling; a button p50 124 ms before, 188 ms meanwhile, p99 621 ms of 60 presses;
everybody had it, nobody twice. Not measured: an idle machine, and 10,000.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bot.main import converse
from subscriptions.application.broadcasts.compose_broadcast import ComposeBroadcast
from subscriptions.application.broadcasts.see_broadcasts import SeeBroadcasts
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.broadcast import Audience, BroadcastStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.ids import TelegramId
from tests.support.plain_http import plain_http
from tests.support.postgres import running_server
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.records import PrivateChat, private_key

CEILING = 30.0
"""Messages a second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""
TEXT = "Hoy salen dos picks a las 20:00"
PAUSE_S = 0.4
LOOK_S = 0.2
QUIET = 10


async def crowd(sandbox: Sandbox, core: CoreContainer, bot: int, number: int) -> list[int]:
    """So many people who started the bot, known to the product."""
    telegram, now, found = sandbox.world.telegram, core.clock().now(), []
    for place in range(number):
        person = telegram.people.add_person(f"P{place}")
        telegram.state.chats.put(private_key(person.id, bot), PrivateChat(person=person.id, bot=bot, started=True))
        found.append(person.id)
    sandbox.world.commit()
    async with core.units()() as uow:
        for person_id in found:
            await uow.customers.save(Customer.arrive(TelegramId(person_id), "P", None, "es", now))
        await uow.commit()
    return found


class Presser:
    """Somebody who presses a button and waits for what follows. waits: in seconds."""

    def __init__(self, http: httpx.AsyncClient, person: int, bot: str) -> None:
        self._http, self._person, self._bot = http, person, bot
        self.waits: list[float] = []

    async def begin(self) -> None:
        """Have a message with a button."""
        await self._http.post(f"/users/{self._person}/send", json={"to": self._bot, "text": "/idioma"})
        await self._chat(0)

    async def go_on(self) -> None:
        """Until canceled."""
        while True:
            chat = await self._chat(0)
            shown = [item for item in chat if item["from"]["is_bot"] and item["buttons"]][-1]
            buttons = [each for row in shown["buttons"] for each in row]
            data = buttons[len(self.waits) % min(2, len(buttons))]["data"]
            seq, began = max(item["seq"] for item in chat), time.perf_counter()
            await self._http.post(
                f"/users/{self._person}/press", json={"peer": self._bot, "message_id": shown["id"], "data": data}
            )
            await self._chat(seq)
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_S)

    async def _chat(self, after: int) -> list[dict[str, Any]]:
        while True:
            path = f"/users/{self._person}/chat/{self._bot}"
            answer = await self._http.get(path, params={"after": after, "wait_s": 5})
            found: list[dict[str, Any]] = answer.json()["messages"]
            if any(item["from"]["is_bot"] for item in found):
                return found


async def run(number: int, folder: Path) -> None:
    """One broadcast to so many."""
    with running_server(folder) as server:
        url = server.create()
        await asyncio.to_thread(migrate.upgrade, url)
        async with running_sandbox() as sandbox, plain_http(base_url=f"{sandbox.url}/control", timeout=60) as http:
            bot = sandbox.world.telegram.people.add_bot("umbral_bot", "Umbral")
            presser = sandbox.world.telegram.people.add_person("Ana")
            settings = load(
                BotSettings,
                {
                    "DATABASE_URL": url,
                    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bot.token,
                    "TELEGRAM_BOT_API_BASE": sandbox.url,
                    "BRAND_NAME": "Retador",
                    "WEB_BASE_URL": "https://retador.example",
                },
            )
            async with open_core(settings) as core:
                people = await crowd(sandbox, core, bot.id, number)
                stop = asyncio.Event()
                process = asyncio.create_task(converse(core, settings, stop))
                ana = Presser(http, presser.id, bot.username)
                await ana.begin()
                took, quiet = await sent(core, ana)
                stop.set()
                await process
                telegram = sandbox.world.telegram
                copies = [
                    sum(each.text == TEXT for each in telegram.chats.messages(person, bot.id)) for person in people
                ]
    report(number, took, quiet, ana.waits[len(quiet) :], copies)


async def sent(core: CoreContainer, ana: Presser) -> tuple[float, list[float]]:
    """Seconds it took, and what a button took before that."""
    pressing = asyncio.create_task(ana.go_on())
    for _ in itertools.count():
        if len(ana.waits) >= QUIET:
            break
        await asyncio.sleep(PAUSE_S)
    quiet = list(ana.waits)
    desk, began = core.staff_desk(), time.perf_counter()
    broadcast = await ComposeBroadcast(core.units(), core.clock(), desk).hand_over(
        "bench", PickContent(text=TEXT), Audience(), None
    )
    see = SeeBroadcasts(core.units(), desk)
    for _ in itertools.count():
        if (await see.one(None, broadcast.id))[0].status is BroadcastStatus.DONE:
            break
        await asyncio.sleep(LOOK_S)
    took = time.perf_counter() - began
    pressing.cancel()
    await asyncio.wait({pressing})
    return took, quiet


def report(number: int, took: float, quiet: list[float], busy: list[float], copies: list[int]) -> None:
    """What was measured."""
    p99 = statistics.quantiles(busy, n=100)[98] if len(busy) > 1 else float("nan")
    rate = (number + 1) / took
    sys.stdout.write(
        f"{number + 1} people in {took:.1f} s: {rate:.1f} a second, {rate / CEILING:.3f} of Telegram's ceiling\n"
        f"a button: p50 {statistics.median(quiet) * 1000:.0f} ms before; meanwhile p50"
        f" {statistics.median(busy) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({len(busy)} presses)\n"
        f"have it: {sum(map(bool, copies))} of {number}; twice: {sum(each > 1 for each in copies)}\n"
    )


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=1000)
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(run(asked.parse_args().people, Path(made)))

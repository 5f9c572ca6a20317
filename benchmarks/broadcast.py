"""Measure the rate of a broadcast against Telegram's limit for a bot, and the response time of a button during it.

`python -m benchmarks.broadcast [--people 1000] [--rounds 1] [--kills 0]`

Runs the bot as a separate process, with PostgreSQL, the sandbox's Telegram, and people who have started the bot. First
some people write at the same time, and the answers per second are counted. Then one person presses a button repeatedly,
before and during a broadcast, and waits each time until the message has changed. --kills: number of times that the bot
is killed (SIGKILL) and restarted during the broadcast. In that case a worker runs too: a minute later, its job decides
about the deliveries that the killed bot left with an unknown outcome. Finally every chat is read, to count the people
who received the broadcast once and those who received it twice.

All messages of the bot count against Telegram's limit, so the rate includes the answers to button presses.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.processes import start, stop, worked
from benchmarks.rows import Row, say, tell
from features.broadcasts.domain import Audience, BroadcastStatus
from features.broadcasts.use_cases.hand_over_broadcast import HandOverBroadcast
from features.broadcasts.use_cases.progress import Progress
from features.broadcasts.use_cases.see_broadcasts import SeeBroadcasts
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import TelegramId
from tests.support.plain_http import plain_http
from tests.support.postgres import running_server
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.records import Bot, PrivateChat, private_key

CEILING: Final = 30.0
"""Messages per second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""
TEXT: Final = "Hoy salen dos picks a las 20:00, envío {}"
PAUSE_S: Final = 0.4
LOOK_S: Final = 0.2
QUIET: Final = 10
THRONG: Final = 60
KILLED_EVERY_S: Final = 4.0
WANTED: Final = "≥ 0.95"
WANTED_PRESS: Final = "p99 ≤ 300 ms"


async def crowd(sandbox: Sandbox, core: CoreContainer, bot: int, number: int) -> list[int]:
    """Create customers who have started the bot, and return their ids. number: number of customers."""
    telegram, now, found = sandbox.world.telegram, core.clock().now(), []
    for index in range(number):
        person = telegram.people.add_person(f"P{index}")
        telegram.state.chats.put(private_key(person.id, bot), PrivateChat(person=person.id, bot=bot, started=True))
        found.append(person.id)
    sandbox.world.commit()
    async with core.units()() as uow:
        for person_id in found:
            await uow.customers.save(Customer.arrive(TelegramId(person_id), "P", None, "es", now))
        await uow.commit()
    return found


class Presser:
    """Person who presses a button and waits for the result. waits: response times in seconds."""

    def __init__(self, http: httpx.AsyncClient, person: int, bot: str) -> None:
        self._http, self.person, self._bot = http, person, bot
        self.waits: list[float] = []

    async def begin(self) -> None:
        """Request a message that has a button."""
        await self._http.post(f"/users/{self.person}/send", json={"to": self._bot, "text": "/idioma"})
        await self._chat(0)

    async def go_on(self) -> None:
        """Press the button repeatedly until canceled."""
        while True:
            chat = await self._chat(0)
            shown = [item for item in chat if item["from"]["is_bot"] and item["buttons"]][-1]
            buttons = [each for row in shown["buttons"] for each in row]
            data = buttons[len(self.waits) % min(2, len(buttons))]["data"]
            seq, began = max(item["seq"] for item in chat), time.perf_counter()
            await self._http.post(
                f"/users/{self.person}/press", json={"peer": self._bot, "message_id": shown["id"], "data": data}
            )
            await self._chat(seq)
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_S)

    async def _chat(self, after: int) -> list[dict[str, Any]]:
        while True:
            path = f"/users/{self.person}/chat/{self._bot}"
            answer = await self._http.get(path, params={"after": after, "wait_s": 5})
            found: list[dict[str, Any]] = answer.json()["messages"]
            if any(item["from"]["is_bot"] for item in found):
                return found


@dataclass
class Stage:
    """Bot, people who have started it, and a person who presses buttons. environ: environment of the bot."""

    core: CoreContainer
    sandbox: Sandbox
    bot: Bot
    people: Sequence[int]
    ana: Presser
    environ: Mapping[str, str]
    folder: Path
    process: Process
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def chat(self, person: int) -> list[Any]:
        """Return the messages in the chat between a person and the bot."""
        return list(self.sandbox.world.telegram.chats.messages(person, self.bot.id))

    async def begin(self) -> Process:
        """Start the bot and return when it is ready."""
        return await start(("umbral", "bot"), self.folder, self.environ)


@dataclass(frozen=True)
class Sent:
    """Result of one broadcast. took: duration in seconds. presses: response times of the button during the broadcast.
    copies: number of copies per person.
    """

    took: float
    presses: Sequence[float]
    copies: Sequence[int]
    progress: Progress

    @property
    def rate(self) -> float:
        """Return the number of messages per second, including answers to presses."""
        return (sum(self.copies) + len(self.presses)) / self.took


async def answered(stage: Stage, http: httpx.AsyncClient) -> float:
    """Return the number of updates answered per second while many people write at once."""
    people = stage.people[:THRONG]
    before = {person: len(stage.chat(person)) for person in people}
    began = time.perf_counter()
    said = {"to": stage.bot.username, "text": "/idioma"}
    await asyncio.gather(*(http.post(f"/users/{person}/send", json=said) for person in people))
    for _ in itertools.count():
        if all(len(stage.chat(person)) >= before[person] + 2 for person in people):
            break
        await asyncio.sleep(LOOK_S / 4)
    return len(people) / (time.perf_counter() - began)


async def sent(stage: Stage, kills: int) -> Sent:
    """Send one broadcast to all people."""
    number = next(stage.numbers)
    before, began = len(stage.ana.waits), time.perf_counter()
    units, clock = stage.core.units(), stage.core.clock()
    content = PostContent(text=TEXT.format(number))
    broadcast = await HandOverBroadcast(units, clock)("bench", str(number), content, Audience(), None)
    see = SeeBroadcasts(units, stage.core.staff_desk())
    killing = asyncio.create_task(kill(stage, kills))
    for _ in itertools.count():
        progress = await see.state(broadcast.id)
        if progress.status is BroadcastStatus.DONE:
            break
        await asyncio.sleep(LOOK_S)
    took = time.perf_counter() - began
    await killing
    everybody = [*stage.people, stage.ana.person]
    copies = [sum(each.text == content.text for each in stage.chat(person)) for person in everybody]
    return Sent(took, stage.ana.waits[before:], copies, progress)


async def kill(stage: Stage, times: int) -> None:
    """Kill and restart the bot this number of times."""
    for _ in range(times):
        await asyncio.sleep(KILLED_EVERY_S)
        stage.process.kill()
        await stage.process.wait()
        stage.process = await stage.begin()


async def measure(stage: Stage, http: httpx.AsyncClient, options: argparse.Namespace) -> None:
    """Measure the answers, the button and the broadcasts, and print the results."""
    throng = [await answered(stage, http) for _ in range(max(2, options.rounds))]
    await stage.ana.begin()
    pressing = asyncio.create_task(stage.ana.go_on())
    for _ in itertools.count():
        if len(stage.ana.waits) >= QUIET:
            break
        await asyncio.sleep(PAUSE_S)
    quiet, spent = list(stage.ana.waits), worked(stage.process.pid)
    broadcasts = [await sent(stage, options.kills) for _ in range(options.rounds)]
    each = 1000 * (worked(stage.process.pid) - spent) / sum(sum(one.copies) for one in broadcasts)
    pressing.cancel()
    await asyncio.wait({pressing})
    report(throng, quiet, broadcasts)
    if not options.kills:
        say(f"{each:.1f} ms of the bot's processor for each message")


def report(throng: Sequence[float], quiet: Sequence[float], broadcasts: Sequence[Sent]) -> None:
    """Print the results.

    throng: answered updates per second while many people write.
    quiet: response times of the button before the broadcasts.
    """
    for one in broadcasts:
        lacking, many = sum(not each for each in one.copies), sum(each > 1 for each in one.copies)
        say(
            f"{len(one.copies)} people in {one.took:.1f} s: {one.rate:.1f} messages a second with the presses' answers,"
            f" {one.rate / CEILING:.3f} of Telegram's ceiling; lack it: {lacking} (in doubt {one.progress.unknown});"
            f" twice: {many}"
        )
    before = f"p50 {1000 * statistics.median(quiet):.0f} ms"
    p50, p99 = ([1000 * _quantile(one.presses, percent) for one in broadcasts] for percent in (50, 99))
    meanwhile = f"p50 {statistics.median(p50):.0f} ms, p99 {statistics.median(p99):.0f} ms"
    say(f"a button: {before} before; meanwhile {meanwhile} ({sum(len(one.presses) for one in broadcasts)} presses)")
    say(f"{statistics.median(throng):.1f} updates a second of {THRONG} people at once")
    limit = f"{CEILING:.0f}/s by Telegram"
    rate = f"{statistics.median(one.rate for one in broadcasts):.1f}/s"
    tell(Row("messages of a broadcast", limit, rate, [one.rate / CEILING for one in broadcasts], WANTED))
    ratios = [1000 * statistics.median(quiet) / each for each in p99]
    tell(Row("a press while it goes", f"{before}, quiet", meanwhile, ratios, WANTED_PRESS))
    at_once = f"updates of {THRONG} at once, answered"
    tell(Row(at_once, limit, f"{statistics.median(throng):.1f}/s", [each / CEILING for each in throng]))


def _quantile(waits: Sequence[float], percent: int) -> float:
    return statistics.quantiles(waits, n=100)[percent - 1] if len(waits) > 1 else waits[0]


async def run(options: argparse.Namespace, folder: Path) -> None:
    """Run the benchmark with a database server and a sandbox."""
    with running_server(folder) as server:
        url = server.create()
        await asyncio.to_thread(migrate.upgrade, url)
        async with running_sandbox() as sandbox, plain_http(base_url=f"{sandbox.url}/control", timeout=60) as http:
            bot = sandbox.world.telegram.people.add_bot("umbral_bot", "Umbral")
            presser = sandbox.world.telegram.people.add_person("Ana")
            environ = {
                "DATABASE_URL": url,
                "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bot.token,
                "TELEGRAM_BOT_API_BASE": sandbox.url,
                "BRAND_NAME": "Retador",
                "FEATURES": "all",
                "WEB_BASE_URL": "https://retador.example",
            }
            async with open_core(load(BotSettings, environ)) as core:
                people = await crowd(sandbox, core, bot.id, options.people)
                ana = Presser(http, presser.id, bot.username)
                process = await start(("umbral", "bot"), folder, environ)
                stage = Stage(core, sandbox, bot, people, ana, environ, folder, process)
                beside = [await start(("umbral", "worker"), folder, environ)] if options.kills else []
                try:
                    await measure(stage, http, options)
                finally:
                    for each in (stage.process, *beside):
                        await stop(each)


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(run(options, Path(made)))


if __name__ == "__main__":
    main()

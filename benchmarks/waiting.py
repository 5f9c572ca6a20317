"""How long a customer waits for an answer while others are loud, slow or many, beside a quiet chat in the same run.

`python -m benchmarks.waiting [--probes 20] [--crowd 500] [--crowd-alone]`

A whole demo of its own; somebody who has nothing to do with it writes /planes again and again and waits for the
answer. Beside that: nothing; Telegram 0.5 s slow; one person who writes three times a second meanwhile; a provider
that takes 12 s while 25 press pay; a crowd that all write at once, of whom each one's wait is counted, and somebody
known who writes half a second after them. Ratios are against the quiet of the same weather.

With --probes 10 --crowd 500, on two processors at two to three times their load (22 November 2026, before those who are
known had a lane of their own): quiet p50 0.05 s, p99 0.07 s; 25 pressing pay p99 0.08 s; Telegram slow p99 0.69 s, and
0.73 s beside the loud one, 1.06 times that. Of 500 at once p50 6.8 s, p99 11.1 s; who wrote half a second after them
waited 9.6 s, in their turn. With the lane, at ten times their load: of 500 newcomers p50 20.9 s, p99 41.7 s, of ten who
are known p50 7.4 s, p99 13.9 s; counted from when the sandbox has the words, at some five times their load, 1.6 and
4.5 s, and 0.7 and 8.6 s: the ten were watched by looks into their chats, for which the sandbox was late as well.
Telegram itself lets nobody answer 200 by messages in less than 6.7 s, nor 500 in less than 16.7 s.

Of a crowd that Telegram has kept for the bot, known ones behind all of them (27 November 2026, two processors): with
1,000 before those who are known had places of their own 14.8 s, p99 15.2 s, five of them until their words were taken
in and ten for a place, at six times their load; since then 5.4 s, p99 6.4 s, at nine times their load. With 2,000
before 12.2 s, p99 12.5 s. On two idle processors (28 November 2026, `--probes 10 --crowd 2000 --crowd-alone`, the same
version): quiet p99 0.05 s, ten known customers behind 2,000 kept newcomers p50 0.98 s, p99 1.00 s.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.demo import Demo, running_demo

PAUSE_S = 0.4
LOUD_A_SECOND = 3
PAYING = 25
KNOWN = 10
"""Of those, who have an order since, so many write while the crowd is being answered."""
PROVIDER_S = 12
TELEGRAM_S = 0.5
LONGEST_S = 120.0
LOOK_S = 0.2
LATER_S = 0.5
TELEGRAMS_PACE = 30
"""Messages a second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""

SLOW_TELEGRAM = {"on": "bot_api", "do": "slow", "seconds": TELEGRAM_S, "method": "sendMessage"}
"""Answers alone: where asking for updates is as slow, each of somebody's words holds up the next person's by that much,
for a bot may ask once at a time. Webhooks have no such wait."""
HELD_UPDATES = {"on": "bot_api", "do": "hold_before", "method": "getUpdates"}
AT_ONCE = 100
"""Words of a crowd that are handed to the sandbox side by side."""
SLOW_PROVIDER = {"on": "stripe", "do": "slow", "seconds": PROVIDER_S}


class Stage:
    """A demo and who talks in it."""

    def __init__(self, demo: Demo, http: httpx.AsyncClient) -> None:
        self.demo = demo
        self._http = http
        self._bot = str(demo.facts["bot_username"])

    async def person(self) -> int:
        """Somebody new."""
        answer = await self._http.post("/users", json={"first_name": "Eva"})
        return int(answer.json()["id"])

    async def send(self, person: int, words: str) -> None:
        """Somebody writes to the bot."""
        (await self._http.post(f"/users/{person}/send", json={"to": self._bot, "text": words})).raise_for_status()

    async def wait_of(self, person: int) -> float:
        """Seconds from when Telegram has somebody's /planes until it is answered: how long 500 at once keep the sandbox
        from taking it is not ours."""
        before = await self._newest(person)
        await self.send(person, "/planes")
        began = time.perf_counter()
        while time.perf_counter() - began < LONGEST_S:
            chat = await self._chat(person, before, wait_s=5)
            if any(item["from"]["is_bot"] for item in chat):
                break
            before = max((item["seq"] for item in chat), default=before)
        return time.perf_counter() - began

    async def waits_of(self, crowd: Sequence[int], known: Sequence[int]) -> tuple[list[float], list[float]]:
        """The same for people who never wrote before and all write at once, and for known ones who write one after the
        other meanwhile; told by the log of what the product called, for to look into each chat would take more of the
        processors than to answer there.
        """
        seen = await self._answers(0)
        asked: dict[int, datetime] = {}
        answered: dict[int, datetime] = {}

        async def write(person: int, after_s: float = 0) -> None:
            await asyncio.sleep(after_s)
            await self.send(person, "/planes")
            asked[person] = datetime.now(UTC)

        later = (write(person, LATER_S * place) for place, person in enumerate(known, start=1))
        writing = asyncio.gather(*(write(person) for person in crowd), *later)
        began = time.perf_counter()
        while not answered.keys() >= {*crowd, *known} and time.perf_counter() - began < LONGEST_S:
            await asyncio.sleep(LOOK_S)
            for call in (found := await self._answers(seen[-1]["id"] if seen else 0)):
                answered.setdefault(int(call["params"]["chat_id"]), datetime.fromisoformat(call["time"]))
            seen = found or seen
        await writing
        late = datetime.now(UTC)
        waits = {one: max((answered.get(one, late) - asked[one]).total_seconds(), 0.0) for one in (*crowd, *known)}
        return [waits[one] for one in crowd], [waits[one] for one in known]

    async def waits_after(self, crowd: Sequence[int], known: Sequence[int]) -> tuple[list[float], list[float]]:
        """Waits of a crowd whose first words Telegram has all kept for the bot, and of known people who wrote last.

        Counted from when the bot may have them: meanwhile its question for updates was held back.
        """
        seen = await self._answers(0)
        self.demo.faults(HELD_UPDATES)
        for start in range(0, len(crowd), AT_ONCE):
            await asyncio.gather(*(self.send(person, "/start") for person in crowd[start : start + AT_ONCE]))
        for person in known:
            await self.send(person, "/estado")
        self.demo.faults()
        await self._http.post("/faults/release")
        released, began, answered = datetime.now(UTC), time.perf_counter(), dict[int, float]()
        while not answered.keys() >= {*crowd, *known} and time.perf_counter() - began < LONGEST_S:
            await asyncio.sleep(LOOK_S)
            for call in (found := await self._answers(seen[-1]["id"] if seen else 0)):
                wait_s = (datetime.fromisoformat(call["time"]) - released).total_seconds()
                answered.setdefault(int(call["params"]["chat_id"]), wait_s)
            seen = found or seen
        return [answered.get(one, LONGEST_S) for one in crowd], [answered.get(one, LONGEST_S) for one in known]

    async def _answers(self, after: int) -> list[dict[str, Any]]:
        calls = (await self._http.get("/calls", params={"after": after})).json()["calls"]
        return [call for call in calls if call["method"] == "sendMessage"]

    async def _newest(self, person: int) -> int:
        return max((item["seq"] for item in await self._chat(person, 0)), default=0)

    async def _chat(self, person: int, after: int, wait_s: float = 0) -> list[dict[str, Any]]:
        where = f"/users/{person}/chat/{self._bot}"
        found: list[dict[str, Any]] = (await self._http.get(where, params={"after": after, "wait_s": wait_s})).json()[
            "messages"
        ]
        return found

    async def probe(self, times: int) -> list[float]:
        """What one who has nothing to do with it waits, so many times."""
        eva = await self.person()
        await self.send(eva, "/start")
        await asyncio.sleep(2 * TELEGRAM_S + 1)
        waits = []
        for _ in range(times):
            waits.append(await self.wait_of(eva))
            await asyncio.sleep(PAUSE_S)
        return waits


@asynccontextmanager
async def loud(stage: Stage) -> AsyncIterator[None]:
    """One person never stops writing inside the block."""
    luis = await stage.person()

    async def write() -> None:
        while True:
            await stage.send(luis, "/planes")
            await asyncio.sleep(1 / LOUD_A_SECOND)

    writing = asyncio.create_task(write())
    try:
        await asyncio.sleep(10)
        yield
    finally:
        writing.cancel()
        await asyncio.wait({writing})


def press_pay(demo: Demo, customers: int) -> list[int]:
    """So many customers go up to the button that asks the provider, and press it all at once; who they are."""
    people, ready = [demo.person() for _ in range(customers)], []
    for person in people:
        person.send("/start")
        person.press(person.told("", button="Ver Planes"), "Ver Planes")
        person.press(person.told("Elige una casa de apuestas", button="Retabet"), "Retabet")
        ready.append((person, person.told("Plan Retabet", button="Suscribirse")))
    demo.faults(SLOW_PROVIDER)
    for person, message in ready:
        person.press(message, "Suscribirse")
    return [person.id for person in people]


async def compare(stage: Stage, options: argparse.Namespace) -> None:
    """All weathers, one after the other."""
    demo = stage.demo
    await stage.probe(3)
    quiet = report("quiet", await stage.probe(options.probes))
    paying = await asyncio.to_thread(press_pay, demo, PAYING)
    report(f"{PAYING} press pay, provider {PROVIDER_S} s", await stage.probe(int(PROVIDER_S / 2)), quiet)
    demo.faults()
    await asyncio.sleep(PROVIDER_S)
    if not options.crowd_alone:
        await compare_slow(stage, options)
    await compare_crowd(stage, options, paying[:KNOWN], quiet)


async def compare_slow(stage: Stage, options: argparse.Namespace) -> None:
    """Telegram is slow, and then somebody loud as well."""
    demo = stage.demo
    demo.faults(SLOW_TELEGRAM)
    slow = report(f"quiet, Telegram {TELEGRAM_S} s", await stage.probe(options.probes))
    async with loud(stage):
        report("one writes 3 a second, Telegram slow", await stage.probe(options.probes), slow)
    demo.faults()
    await asyncio.sleep(10)


async def compare_crowd(stage: Stage, options: argparse.Namespace, known: Sequence[int], quiet: float) -> None:
    """Newcomers all at once, and those who are known while they are being answered."""
    demo = stage.demo
    crowd = [await stage.person() for _ in range(options.crowd)]
    spent = processor_time(demo)
    began = time.perf_counter()
    waits, beside = await stage.waits_of(crowd, known)
    rate = options.crowd / (time.perf_counter() - began)
    report(f"{options.crowd} newcomers at once, each", waits, quiet)
    report("known ones, from half a second later on", beside, quiet)
    sys.stdout.write(f"{'':42}  {rate:.0f} answered a second; Telegram takes about {TELEGRAMS_PACE}\n")
    later_crowd = [await stage.person() for _ in range(options.crowd)]
    waits, beside = await stage.waits_after(later_crowd, known)
    report(f"{options.crowd} newcomers kept by Telegram, each", waits, quiet)
    report("known ones, behind all of them", beside, quiet)
    each = {name: 1000 * (now - spent[name]) / options.crowd for name, now in processor_time(demo).items()}
    told = ", ".join(f"{name} {taken:.1f}" for name, taken in each.items())
    sys.stdout.write(f"{'':42}  ms of processor for each: {told}\n")


def processor_time(demo: Demo) -> dict[str, float]:
    """Seconds of processor each process and its children took so far."""
    pids = {name: psutil.Process(pid) for name, pid in demo.facts["pids"].items() if name != "supervisor"}
    families = {name: [process, *process.children(recursive=True)] for name, process in pids.items()}
    return {name: sum(sum(one.cpu_times()[:2]) for one in family) for name, family in families.items()}


def report(name: str, waits: Sequence[float], beside: float | None = None) -> float:
    """One line; the highest of few, the 99th of a hundred of many."""
    ranked = sorted(waits)
    p99 = ranked[-1] if len(ranked) < 100 else statistics.quantiles(ranked, n=100)[98]
    ratio = "" if beside is None else f"   {p99 / beside:6.2f} × quiet"
    line = f"{name:42}  p50 {statistics.median(ranked):6.2f} s   p99 {p99:6.2f} s{ratio}   ({len(ranked)})\n"
    sys.stdout.write(line)
    sys.stdout.flush()
    return p99


async def measure(demo: Demo, options: argparse.Namespace) -> None:
    """Talk to a demo that runs."""
    limits = httpx.Limits(max_connections=None)
    address = f"{demo.facts['sandbox']}/control"
    async with httpx.AsyncClient(base_url=address, timeout=LONGEST_S, trust_env=False, limits=limits) as http:
        await compare(Stage(demo, http), options)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=20)
    parser.add_argument("--crowd", type=int, default=500)
    parser.add_argument("--crowd-alone", action="store_true", help="leave slow Telegram and the loud one out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as demo:
        asyncio.run(measure(demo, options))


if __name__ == "__main__":
    main()

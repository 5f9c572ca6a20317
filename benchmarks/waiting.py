"""Measure a customer's waiting time for an answer while other people send many messages or a service is slow, relative
to an idle chat.

`python -m benchmarks.waiting [--probes 20] [--crowd 500] [--crowd-alone]`

Starts a complete demo, in which an uninvolved person sends /planes repeatedly and waits for the answer. The conditions
are, in turn:

- no other load
- a provider that takes 12 s to answer while 25 people press the pay button
- Telegram slowed down by 0.5 s
- in addition, one person who writes three times a second
- a crowd of new people who all write at the same time, and known customers who write from half a second later on
- the same crowd, whose messages Telegram holds back until all are sent, and known customers who write last

Ratios are relative to the idle chat under the same conditions.

Results of `--probes 10 --crowd 500` on two processors with two to three times the load that they can serve (22 November
2026, when known customers had no queue of their own): idle p50 0.05 s, p99 0.07 s; while 25 people press pay, p99 0.08
s; Telegram slow, p99 0.69 s; with the frequent writer in addition, p99 0.73 s. A crowd of 500: p50 6.8 s, p99 11.1 s; a
customer who wrote half a second later waited 9.6 s. With a queue for known customers, under ten times the load: 500
newcomers p50 20.9 s, p99 41.7 s; ten known customers p50 7.4 s, p99 13.9 s. Telegram's limit does not permit answers to
200 messages in less than 6.7 s, nor to 500 in less than 16.7 s.

Results for a crowd whose messages Telegram held back (27 November 2026, two processors). Waiting times are those of the
known customers. Crowd of 1,000, before known customers had separate slots: p50 14.8 s, p99 15.2 s, under six times the
load; with separate slots: p50 5.4 s, p99 6.4 s, under nine times the load. Crowd of 2,000, before: p50 12.2 s, p99 12.5
s. On two idle processors (28 November 2026, `--probes 10 --crowd 2000 --crowd-alone`, with separate slots): idle p99
0.05 s; ten known customers p50 0.98 s, p99 1.00 s.
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
"""Number of known customers (customers with an order) who write while the bot answers the crowd."""
PROVIDER_S = 12
TELEGRAM_S = 0.5
LONGEST_S = 120.0
LOOK_S = 0.2
LATER_S = 0.5
TELEGRAMS_PACE = 30
"""Messages per second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""

SLOW_TELEGRAM = {"on": "bot_api", "do": "slow", "seconds": TELEGRAM_S, "method": "sendMessage"}
"""Fault that slows down answers only. If fetching updates were as slow, each message would delay the next person's
message by that time, because a bot may only poll once at a time. Webhooks have no such delay.
"""
HELD_UPDATES = {"on": "bot_api", "do": "hold_before", "method": "getUpdates"}
AT_ONCE = 100
"""Number of a crowd's messages that are sent to the sandbox in parallel."""
SLOW_PROVIDER = {"on": "stripe", "do": "slow", "seconds": PROVIDER_S}


class Stage:
    """Demo with the people who take part in the measurement."""

    def __init__(self, demo: Demo, http: httpx.AsyncClient) -> None:
        self.demo = demo
        self._http = http
        self._bot = str(demo.facts["bot_username"])

    async def person(self) -> int:
        """Create a person, and return the person's id."""
        answer = await self._http.post("/users", json={"first_name": "Eva"})
        return int(answer.json()["id"])

    async def send(self, person: int, words: str) -> None:
        """Send a message to the bot as a person."""
        (await self._http.post(f"/users/{person}/send", json={"to": self._bot, "text": words})).raise_for_status()

    async def wait_of(self, person: int) -> float:
        """Return the seconds from the time Telegram has a person's /planes until the answer. The delay of the sandbox
        before that time, which occurs with 500 people at once, is not caused by the product.
        """
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
        """Return the waiting times of new people who all write at the same time, and of known customers who meanwhile
        write one after the other. The times are read from the log of the product's calls, because polling each chat
        would take more CPU time than answering.
        """
        seen = await self._answers(0)
        asked: dict[int, datetime] = {}
        answered: dict[int, datetime] = {}

        async def write(person: int, after_s: float = 0) -> None:
            await asyncio.sleep(after_s)
            await self.send(person, "/planes")
            asked[person] = datetime.now(UTC)

        later = (write(person, LATER_S * number) for number, person in enumerate(known, start=1))
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
        """Return the waiting times of a crowd of new people and of known customers who write after them, if the bot can
        fetch the messages only when all are sent.

        The times are counted from the moment at which the bot can fetch the messages.
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
        """Return the waiting times of an uninvolved person. times: number of messages."""
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
    """Make one person write continuously while the block runs."""
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
    """Bring this number of customers to the button that calls the provider, press all of these buttons at once, and
    return the customers' ids.
    """
    people, ready = [demo.person() for _ in range(customers)], []
    for person in people:
        person.send("/start")
        person.press(person.received("", button="Ver Planes"), "Ver Planes")
        person.press(person.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
        ready.append((person, person.received("Plan Retabet", button="Suscribirse")))
    demo.faults(SLOW_PROVIDER)
    for person, message in ready:
        person.press(message, "Suscribirse")
    return [person.id for person in people]


async def compare(stage: Stage, options: argparse.Namespace) -> None:
    """Measure under all conditions, one after the other."""
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
    """Measure with a slow Telegram, then in addition with a person who writes a lot."""
    demo = stage.demo
    demo.faults(SLOW_TELEGRAM)
    slow = report(f"quiet, Telegram {TELEGRAM_S} s", await stage.probe(options.probes))
    async with loud(stage):
        report("one writes 3 a second, Telegram slow", await stage.probe(options.probes), slow)
    demo.faults()
    await asyncio.sleep(10)


async def compare_crowd(stage: Stage, options: argparse.Namespace, known: Sequence[int], quiet: float) -> None:
    """Measure a crowd of newcomers, and known customers while the crowd is being answered."""
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
    reported = ", ".join(f"{name} {taken:.1f}" for name, taken in each.items())
    sys.stdout.write(f"{'':42}  ms of processor for each: {reported}\n")


def processor_time(demo: Demo) -> dict[str, float]:
    """Return the CPU seconds of each process and its children so far."""
    pids = {name: psutil.Process(pid) for name, pid in demo.facts["pids"].items() if name != "supervisor"}
    families = {name: [process, *process.children(recursive=True)] for name, process in pids.items()}
    return {name: sum(sum(one.cpu_times()[:2]) for one in family) for name, family in families.items()}


def report(name: str, waits: Sequence[float], beside: float | None = None) -> float:
    """Print one line with the median and the highest value: the maximum of few waiting times, or the 99th percentile of
    many. Return the highest value.
    """
    ranked = sorted(waits)
    p99 = ranked[-1] if len(ranked) < 100 else statistics.quantiles(ranked, n=100)[98]
    ratio = "" if beside is None else f"   {p99 / beside:6.2f} × quiet"
    line = f"{name:42}  p50 {statistics.median(ranked):6.2f} s   p99 {p99:6.2f} s{ratio}   ({len(ranked)})\n"
    sys.stdout.write(line)
    sys.stdout.flush()
    return p99


async def measure(demo: Demo, options: argparse.Namespace) -> None:
    """Measure a running demo."""
    limits = httpx.Limits(max_connections=None)
    address = f"{demo.facts['sandbox']}/control"
    async with httpx.AsyncClient(base_url=address, timeout=LONGEST_S, trust_env=False, limits=limits) as http:
        await compare(Stage(demo, http), options)


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=20)
    parser.add_argument("--crowd", type=int, default=500)
    parser.add_argument("--crowd-alone", action="store_true", help="leave slow Telegram and the loud one out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as demo:
        asyncio.run(measure(demo, options))


if __name__ == "__main__":
    main()

"""Test the whole system under load: customers buy, all processes run, and a process is killed every five seconds.

`python -m benchmarks.load [--customers 10000] [--minutes 10] [--kill-every 5] [--replicas 1]`, as `make load` runs it

Starts a demo with enough accounts for this number of channels. First measures the limit of the sandbox: the customers
per second that it could serve if no other process had work. Then customers arrive evenly, and each buys, from /start to
joining the channel, while web, worker, bot and userbot are killed in turn and restarted. The time of each step is
measured on the customers' side. At the end, each customer who paid must have one payment, one subscription, one channel
and one access, in the database and at Telegram. Returns 1 if anything is lost or doubled.

With --kill-every 0, no process is killed. With --replicas, this number of each process runs, with PgBouncer in
transaction mode between all of them and PostgreSQL, and no process is killed.

A sandbox uses about 0.2 s of CPU time per customer, so it serves at most five customers per second. The default exceeds
that; on a machine with two processors, use a lower number, such as --customers 600.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.processes import start, stop
from benchmarks.rows import Row, say, tell
from subscriptions.bootstrap import demo_data
from tests.chaos.invariants import SAID_TO_BUYERS
from tests.support.demo import Demo, find, running_demo
from tests.support.fork_clients import ForkClient
from tests.support.pooler import pooled
from umbral import env_file
from umbral.demo.loopback import free_port

PRODUCT: Final = ("web", "worker", "bot", "userbot")
PLAN: Final = "Retabet"
CHANNELS_EACH: Final = 400
"""Number of channels per account, as in `ACCOUNT_CAP` and the demo's `ACCOUNT_DAY_CAP`."""
CEILING_S: Final = 5.0
AT_ONCE: Final = 32
LOOK_S: Final = 5.0
PATIENCE_S: Final = 240.0
"""Seconds after which a customer gives up, which counts as lost."""
STOP_SECONDS: Final = 30
SERVER_CONNECTIONS: Final = 60
"""PgBouncer's connections to PostgreSQL, for all replicas together."""
_A_PURCHASE: Final = 12
"""Number of the bot's messages and answers to presses per purchase. Each is a call to the sandbox."""

_ODD: Final = """
SELECT row_to_json(odd)::text FROM (SELECT
    count(*) FILTER (WHERE payments <> 1) AS "not one payment",
    count(*) FILTER (WHERE subs <> 1) AS "not one subscription",
    count(*) FILTER (WHERE entries <> 1) AS "not one ledger entry",
    count(*) FILTER (WHERE channels <> 1) AS "not one channel",
    count(*) FILTER (WHERE inside <> 1) AS "not one access"
FROM (SELECT (SELECT count(*) FROM payments WHERE customer_id = me.id) AS payments,
    (SELECT count(*) FROM subscriptions WHERE customer_id = me.id) AS subs,
    (SELECT count(*) FROM ledger_entries e JOIN subscriptions s ON s.id = e.subscription_id
     WHERE s.customer_id = me.id) AS entries,
    (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id) AS channels,
    (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'active') AS inside
    FROM customers me WHERE telegram_id = ANY('{people}')) AS each) AS odd
"""
_GIVEN_UP: Final = """
SELECT (SELECT count(*) FROM pgqueuer WHERE status = 'failed')
    + (SELECT count(*) FROM bot_updates WHERE failed IS NOT NULL)
    + (SELECT count(*) FROM webhook_inbox WHERE status = 'parked')
"""
_REPEATED: Final = "SELECT coalesce(sum(repeated), 0) FROM notifications"


class Crowd:
    """Customers, and the durations of their steps."""

    def __init__(self, demo: Demo, http: httpx.AsyncClient) -> None:
        self._http, self._bot = http, str(demo.facts["bot_username"])
        self.took: dict[str, list[float]] = defaultdict(list)
        self.paid: list[int] = []
        self.lost: list[str] = []

    async def buys(self, number: int) -> None:
        """Buy as one customer, from /start to joining the channel."""
        answer = await self._post("/users", {"first_name": f"Load {number}"})
        person = int(answer["id"])
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._through(person)
        except (TimeoutError, httpx.HTTPError) as error:
            self.lost.append(f"{person}: {error!r}")

    async def _through(self, person: int) -> None:
        began = time.perf_counter()
        await self._post(f"/users/{person}/send", {"to": self._bot, "text": "/start"})
        step = await self._step("/start is answered", began, person, "Ver Planes")
        for button, then in (("Ver Planes", PLAN), (PLAN, "Suscribirse")):
            began = time.perf_counter()
            await self._press(person, step, button)
            step = await self._step("a press is answered", began, person, then, step["seq"])
        began = time.perf_counter()
        await self._press(person, step, "Suscribirse")
        step = await self._step("the way to pay", began, person, "Ir a pago seguro", step["seq"])
        page = str((await self._press(person, step, "Ir a pago seguro"))["value"])
        began = time.perf_counter()
        await self._post(f"/checkouts/{page.rpartition('/')[2]}/pay", {})
        self.paid.append(person)
        await self._step("paid → told", began, person, "", step["seq"], SAID_PAID)
        step = await self._step("paid → invite", began, person, f"Unirte al canal {PLAN}", step["seq"])
        link = str((await self._press(person, step, f"Unirte al canal {PLAN}"))["value"])
        began = time.perf_counter()
        await self._post(f"/users/{person}/open", {"url": link})
        await self._step("asks to join → told inside", began, person, "", step["seq"], SAID_INSIDE)

    async def _step(
        self, name: str, began: float, person: int, button: str, after: int = 0, words: str = ""
    ) -> dict[str, Any]:
        """Wait for the bot's message with these words and this button, and record the duration of the step."""
        where, last = f"/users/{person}/chat/{self._bot}", after
        while True:
            answer = await self._http.get(where, params={"after": last, "wait_s": LOOK_S})
            answer.raise_for_status()
            found: list[dict[str, Any]] = answer.json()["messages"]
            for each in found:
                if each["from"]["is_bot"] and words in each["text"] and (not button or find(each, button)):
                    self.took[name].append(time.perf_counter() - began)
                    return each
            last = max((each["seq"] for each in found), default=last)

    async def _press(self, person: int, message: Mapping[str, Any], button: str) -> dict[str, Any]:
        return await self._post(
            f"/users/{person}/press", {"peer": self._bot, "message_id": message["id"], "button": button}
        )

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._http.post(path, json=body)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said


SAID_PAID, SAID_INSIDE = (
    next(words for words, kind in SAID_TO_BUYERS.items() if kind == wanted) for wanted in ("payment_received", "joined")
)


async def ceiling(http: httpx.AsyncClient, demo: Demo, token: str) -> float:
    """Return the number of customers per second that the sandbox alone can serve. For each customer, the benchmark
    itself makes the calls of a purchase: it creates a person, sends messages as the bot, and reads the chat.
    """
    done, until = 0, time.perf_counter() + CEILING_S
    api = f"{demo.facts['sandbox']}/bot{token}/sendMessage"

    async def line() -> None:
        nonlocal done
        while time.perf_counter() < until:
            person = int((await http.post("/users", json={"first_name": "Nobody"})).json()["id"])
            where = {"to": demo.facts["bot_username"], "text": "/nothing"}
            (await http.post(f"/users/{person}/send", json=where)).raise_for_status()
            for _ in range(_A_PURCHASE):
                await http.post(api, json={"chat_id": person, "text": "Hola"})
                await http.get(f"/users/{person}/chat/{demo.facts['bot_username']}")
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(AT_ONCE)))
    return done / (time.perf_counter() - began)


@asynccontextmanager
async def replicated(demo: Demo, number: int, folder: Path) -> AsyncIterator[None]:
    """Run `number` replicas of each of the demo's processes behind PgBouncer while the block runs, instead of the
    demo's own processes.

    Webhooks are sent to the first web process, because the providers' simulators know one address.
    """
    environ = env_file.parse(Path(demo.facts["env_file"]))
    urls = {name: url for name, url in environ.items() if name.endswith("DATABASE_URL")}
    with ExitStack() as poolers:
        pooler = poolers.enter_context(pooled(urls["DATABASE_URL"], folder, SERVER_CONNECTIONS))
        environ |= {name: urlsplit(url)._replace(netloc=_login(url, pooler)).geturl() for name, url in urls.items()}
        environ["DATABASE_DIRECT_URL"] = urls["DATABASE_URL"]
        for name in PRODUCT:
            own = psutil.Process(demo.facts["pids"][name])
            own.terminate()
            own.wait(STOP_SECONDS)
        async with AsyncExitStack() as running:
            for replica in range(number):
                if replica:
                    environ |= {"WEB_PORT": str(free_port()), "OPS_PORT": str(free_port())}
                for name in PRODUCT:
                    process = await start(("umbral", name), folder, environ)
                    running.push_async_callback(stop, process)
            yield


def _login(url: str, pooler: str) -> str:
    """Return the database URL's part with login and address, in which PgBouncer's address replaces the server's."""
    login, address = urlsplit(url).netloc.rpartition("@")[0], urlsplit(pooler).netloc.rpartition("@")[2]
    return f"{login}@{address}"


async def kill_in_turn(demo: Demo, every: float, killed: list[str]) -> None:
    """Kill the processes in turn until canceled."""
    for name in itertools.cycle(PRODUCT):
        await asyncio.sleep(every)
        await asyncio.to_thread(demo.kill, name)
        killed.append(name)


async def more_accounts(demo: Demo, http: httpx.AsyncClient, number: int) -> None:
    """Add this number of accounts that create channels."""
    given = env_file.parse(Path(demo.facts["env_file"]))
    phones = [{"first_name": f"Canales {each}", "phone": f"+346100{each:05}"} for each in range(number)]
    made = (await http.post("/setup", json={"accounts": phones})).json()["accounts"]
    accounts = [(each["phone"], each["session"], each["phone"]) for each in made]
    await demo_data.seed({**os.environ, **given}, accounts, int(demo.facts["admin_id"]))


async def measure(demo: Demo, options: argparse.Namespace) -> bool:
    """Run the load and print the results; return True if nothing was lost or doubled."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    address = f"{demo.facts['sandbox']}/control"
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as http:
        token = env_file.parse(Path(demo.facts["env_file"]))["SENDER_BOT_TOKENS"].split(",")[0]
        top = await ceiling(http, demo, token)
        say(f"the sandbox by itself: {top:.1f} customers a second")
        await more_accounts(demo, http, options.customers // CHANNELS_EACH + 1)
        crowd, killed, before = Crowd(demo, http), list[str](), stand_ins(demo)
        began, pace = time.perf_counter(), options.minutes * 60 / options.customers
        is_killing = options.kill_every and options.replicas == 1
        killing = asyncio.create_task(kill_in_turn(demo, options.kill_every, killed)) if is_killing else None
        async with asyncio.TaskGroup() as group:
            for number in range(options.customers):
                group.create_task(crowd.buys(number))
                await asyncio.sleep(max(0.0, began + (number + 1) * pace - time.perf_counter()))
        if killing is not None:
            killing.cancel()
            await asyncio.wait({killing})
        report(crowd, time.perf_counter() - began, top, killed)
        sandbox = (stand_ins(demo) - before) / options.customers
        say(f"the sandbox took {1000 * sandbox:.0f} ms of a processor for each")
        return await asyncio.to_thread(whole, demo, crowd)


def stand_ins(demo: Demo) -> float:
    """Return the CPU seconds of the sandbox so far. The sandbox is the only process that is never killed."""
    times = psutil.Process(demo.facts["pids"]["sandbox"]).cpu_times()
    return float(times.user + times.system)


def report(crowd: Crowd, seconds: float, top: float, killed: Sequence[str]) -> None:
    """Print the results."""
    rate = len(crowd.paid) / seconds
    say(f"{len(crowd.paid)} customers in {seconds:.0f} s: {rate:.2f} a second, {rate / top:.2f} of the sandbox alone")
    say(f"killed {len(killed)} times: " + ", ".join(f"{name} {killed.count(name)}" for name in PRODUCT))
    steps: list[str] = []
    for name, took in crowd.took.items():
        p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98] if len(took) > 1 else took[0]
        say(f"{name:28}  p50 {p50:6.2f} s   p99 {p99:6.2f} s   ({len(took)})")
        steps.append(f"{name} {p50:.1f}/{p99:.1f} s")
    limit, ours = f"{top:.1f}/s the sandbox alone", f"{rate:.2f}/s; p50/p99: {', '.join(steps)}"
    tell(Row(f"{len(crowd.paid)} customers, {len(killed)} processes killed", limit, ours, [rate / top], "nothing lost"))


def whole(demo: Demo, crowd: Crowd) -> bool:
    """Print lost and doubled rows; return True if there are none."""
    people = "{" + ",".join(map(str, crowd.paid)) + "}"
    odd: dict[str, int] = json.loads(demo.sql(_ODD.format(people=people)))
    bought = set(crowd.paid)
    inside = [who["id"] for channel in demo.channels() for who in channel["members"] if who["id"] in bought]
    odd |= {
        "gave up": len(crowd.lost),
        "paid and outside": len(bought - set(inside)),
        "inside twice": len(inside) - len(set(inside)),
        "work given up": demo.sql(_GIVEN_UP),
    }
    say(f"messages told twice, and counted: {demo.sql(_REPEATED)}")
    wrong = {what: number for what, number in odd.items() if number}
    say(f"LOST OR DOUBLED: {wrong} {crowd.lost[:3]}" if wrong else "nothing is lost or doubled")
    return not wrong


def main() -> int:
    """Run the test and print the results; return 1 if anything is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kill-every", type=float, default=5.0)
    parser.add_argument("--replicas", type=int, default=1)
    options = parser.parse_args()
    cores, load = os.cpu_count(), os.getloadavg()[0]
    say(f"{cores} cores, load {load:.1f}, {options.customers} customers over {options.minutes:g} minutes")
    with (
        tempfile.TemporaryDirectory() as scratch,
        ForkClient().ready() as fork_client,
        running_demo(
            Path(scratch), *(["--no-restart"] if options.replicas > 1 else []), fork_client=fork_client
        ) as demo,
    ):
        return 0 if asyncio.run(_measure_all(demo, options, Path(scratch))) else 1


async def _measure_all(demo: Demo, options: argparse.Namespace, folder: Path) -> bool:
    async with replicated(demo, options.replicas, folder) if options.replicas > 1 else nullcontext():
        return await measure(demo, options)


if __name__ == "__main__":
    sys.exit(main())

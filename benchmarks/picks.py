"""How fast a pick reaches all channels of a plan, by one sender bot or several, against what Telegram lets them send.

`python -m benchmarks.picks [--channels 100 1000] [--senders 1 2 4] [--rounds 1] [--start-in S]`

The bot as it runs, a process of its own, with a PostgreSQL and the sandbox's Telegram, in which each customer's
channel has the senders as admins. From the pick's acceptance until the last channel shows it, read from Telegram's
side; then how many have it other than once. With `--start-in` it is a tip on what starts so many seconds later: how
many copies came, when the last one did, and how many came after the start.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.processes import start, stop
from benchmarks.rows import Row, tell
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.picks.picks import AcceptPick
from subscriptions.application.record.tip_text import TipDraft
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.tips import tip
from tests.support.postgres import running_server
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, bot_api_id

CEILING: Final = 30.0
"""Messages a second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""
RIGHTS: Final = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
OURS: Final = {"can_invite_users", "can_restrict_members", *RIGHTS}
LOOK_S: Final = 0.1
LONGEST_S: Final = 600.0


async def furnished(sandbox: Sandbox, core: CoreContainer, bots: Sequence[Bot], number: int) -> list[Channel]:
    """So many customers of one plan, each inside a channel of their own in which the bots may post."""
    telegram, places = sandbox.world.telegram, list[Channel]()
    async with core.units()() as uow:
        plan: ServicePlan = samples.plan(soft_id="retabet")
        await uow.plans.save(plan)
        for _ in range(number):
            customer = samples.customer()
            order = samples.order(customer, plan)
            subscription = samples.subscription(order)
            owner = telegram.people.add_person("Canales")
            place = telegram.channels.create(owner.id, "Umbral")
            for bot in bots:
                telegram.channels.edit_admin(owner.id, place, bot.id, OURS if bot is bots[0] else RIGHTS)
            channel = samples.ready_channel(subscription, channel_id=ChatId(bot_api_id(place.id)))
            await uow.customers.save(customer)
            await uow.orders.save(order)
            await uow.subscriptions.save(subscription)
            await uow.channels.save(channel)
            right = Access.request(customer.id, channel.id, samples.NOON)
            await uow.accesses.save(replace(right, status=AccessStatus.ACTIVE))
            places.append(place)
        await uow.commit()
    sandbox.world.commit()
    return places


def shown(sandbox: Sandbox, places: Sequence[Channel], text: str) -> list[int]:
    """How often each shows it."""
    posts = sandbox.world.telegram.posts
    return [sum(each.text == text for each in posts.messages(place)) for place in places]


async def reached(sandbox: Sandbox, core: CoreContainer, places: Sequence[Channel], number: int) -> tuple[float, int]:
    """Seconds until the last shows it, and how many show it twice."""
    text, began = f"Pick {number}", time.perf_counter()
    await AcceptPick(core.units(), core.clock())(f"pick {number}", "retabet", PickContent(text=text))
    for _ in itertools.count():
        copies = shown(sandbox, places, text)
        if all(copies) or time.perf_counter() - began > LONGEST_S:
            break
        await asyncio.sleep(LOOK_S)
    return time.perf_counter() - began, sum(each != 1 for each in copies)


async def in_time(sandbox: Sandbox, core: CoreContainer, places: Sequence[Channel], start_in: float) -> str:
    """What came of a tip on what starts so soon."""
    username = None
    while username is None:
        await asyncio.sleep(LOOK_S)
        async with core.units()() as uow:
            username = await uow.variables.get(BOT_USERNAME)
    starts_at = core.clock().now() + timedelta(seconds=start_in)
    began = time.perf_counter()
    draft = TipDraft(facts=tip(starts_at=starts_at))
    pick = await AcceptPick(core.units(), core.clock()).tip("tip", "retabet", draft, "cli")
    came, last, late = 0, 0.0, 0
    while came < len(places) and (passed := time.perf_counter() - began) < start_in + 2:
        copies = sum(1 for each in shown(sandbox, places, pick.content.text) if each)
        if copies > came:
            late += copies - came if passed > start_in + LOOK_S else 0
            came, last = copies, passed
        await asyncio.sleep(LOOK_S)
    return f"{came} of {len(places)} copies, the last after {last:.1f} s; after the start: {late}"


async def run(channels: int, senders: int, rounds: int, folder: Path, start_in: float | None = None) -> None:
    """One size, by so many senders."""
    with running_server(folder) as server:
        url = server.create()
        await asyncio.to_thread(migrate.upgrade, url)
        async with running_sandbox() as sandbox:
            people = sandbox.world.telegram.people
            bots = [people.add_bot(f"b{place}_bot", "Umbral") for place in range(senders + 1)]
            environ = {
                "DATABASE_URL": url,
                "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bots[0].token,
                "SENDER_BOT_TOKENS": ",".join(bot.token for bot in bots[1:]),
                "TELEGRAM_BOT_API_BASE": sandbox.url,
                "BRAND_NAME": "Retador",
                "WEB_BASE_URL": "https://retador.example",
            }
            async with open_core(load(BotSettings, environ)) as core:
                places = await furnished(sandbox, core, bots, channels)
                process = await start(("umbral", "bot"), folder, environ)
                try:
                    if start_in is not None:
                        said = await in_time(sandbox, core, places, start_in)
                        sys.stdout.write(f"a tip {start_in:g} s before its start, {senders} senders: {said}\n")
                        return
                    took = [await reached(sandbox, core, places, number) for number in range(rounds)]
                finally:
                    await stop(process)
    report(channels, senders, took)


def report(channels: int, senders: int, took: Sequence[tuple[float, int]]) -> None:
    """What was measured."""
    limit = CEILING * senders
    rates = [channels / seconds for seconds, _ in took]
    row = Row(
        f"a pick to {channels:,} channels, {senders} sender{'s' if senders > 1 else ''}",
        f"{limit:.0f}/s by Telegram",
        f"{statistics.median(rates):.1f}/s; not once: {sum(wrong for _, wrong in took)}",
        [rate / limit for rate in rates],
    )
    tell(row)
    sys.stdout.write("   ".join(row.cells()) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--senders", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--start-in", type=float, help="Seconds from the publication of a tip to its start.")
    options = parser.parse_args()
    sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for channels, senders in itertools.product(options.channels, options.senders):
        with tempfile.TemporaryDirectory() as made:
            asyncio.run(run(channels, senders, options.rounds, Path(made), options.start_in))


if __name__ == "__main__":
    main()

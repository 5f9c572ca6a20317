"""Kill of the bot's process during a broadcast: no customer receives the message twice, and deliveries in doubt are
recorded.
"""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from pathlib import Path

import asyncpg

from features.broadcasts.domain import Audience
from features.broadcasts.use_cases.hand_over_broadcast import HandOverBroadcast
from features.broadcasts.use_cases.see_broadcasts import SeeBroadcasts
from features.broadcasts.use_cases.send_broadcast import HANDFUL, LINES
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.delivery import SENDING_TAKES
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Stage, until
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient, ForkedProcess
from tests.support.postgres import as_process
from umbral_sandbox.world.telegram.records import PrivateChat, private_key

CROWD = 50
KILLED_AT = 20
TEXT = "Hoy salen dos picks a las 20:00"


async def test_broadcast_resumed_after_a_kill_repeats_no_message_and_leaves_few_deliveries_in_doubt(
    stage: Stage, fork_client: ForkClient, database_url: str, tmp_path: Path
) -> None:
    people = await _crowd(stage)
    units, clock = stage.core.units(), stage.core.clock()
    broadcast = await HandOverBroadcast(units, clock)("crm", "k", PostContent(text=TEXT), Audience(), None)
    bot = _bot(stage, fork_client, database_url, tmp_path)

    async def has_come_far() -> bool:
        return sum(_copies(stage, people)) >= KILLED_AT

    await until(has_come_far, f"{KILLED_AT} have it")
    bot.send(signal.SIGKILL)
    bot.wait(90)
    assert sum(_copies(stage, people)) < CROWD, "it was killed in the middle"
    await _forget(stage, database_url)
    bot = _bot(stage, fork_client, database_url, tmp_path)
    see = SeeBroadcasts(units, stage.core.staff_desk())

    async def all_done() -> bool:
        now = await see.state(broadcast.id)
        return now.sent + now.unknown == CROWD

    try:
        await until(all_done, "everybody is settled")
    finally:
        bot.stop((signal.SIGTERM, 90))
    progress = await see.state(broadcast.id)
    copies = _copies(stage, people)
    assert max(copies) == 1, "nobody has it twice"
    assert copies.count(0) <= progress.unknown <= HANDFUL * LINES, "who may lack it is known"


async def _crowd(stage: Stage) -> list[int]:
    """Create people who have started the bot and are stored as customers."""
    telegram, now, found = stage.sandbox.world.telegram, stage.core.clock().now(), list[int]()
    async with stage.core.units()() as uow:
        for index in range(CROWD):
            person = telegram.people.add_person(f"P{index}")
            chat = PrivateChat(person=person.id, bot=stage.bot.id, started=True)
            telegram.state.chats.put(private_key(person.id, stage.bot.id), chat)
            await uow.customers.save(Customer.arrive(TelegramId(person.id), "P", None, "es", now))
            found.append(person.id)
        await uow.commit()
    stage.sandbox.world.commit()
    return found


def _bot(stage: Stage, fork_client: ForkClient, database_url: str, folder: Path) -> ForkedProcess:
    """Start the bot as a separate process."""
    environ = {
        "DATABASE_URL": as_process(database_url, "bot"),
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": stage.bot.token,
        "TELEGRAM_BOT_API_BASE": stage.sandbox.url,
        "BRAND_NAME": "Retador",
        "FEATURES": EVERY,
        "WEB_BASE_URL": "https://retador.example",
        "CLOCK_URL": f"{stage.sandbox.url}/control/clock",
    }
    return fork_client.start([sys.executable, "-m", "umbral", "bot"], log=folder / "bot.log", env=environ)


async def _forget(stage: Stage, database_url: str) -> None:
    """Release the killed bot's jobs and let its started deliveries expire, as if the bot had been killed long ago."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 hour' WHERE status = 'picked'")
    await connection.close()
    seconds = (SENDING_TAKES + timedelta(seconds=1)).total_seconds()
    answer = await stage.http.post("/clock/advance", json={"seconds": seconds})
    assert answer.status_code == 200, answer.text


def _copies(stage: Stage, people: list[int]) -> list[int]:
    chats = stage.sandbox.world.telegram.chats
    return [sum(each.text == TEXT for each in chats.messages(person, stage.bot.id)) for person in people]

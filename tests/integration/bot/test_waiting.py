"""Independence of customers: a flood of messages or a slow provider of one customer delays no other customer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.queries import EntrypointExecutionParameter, Queries

from bot import callbacks
from bot.handling import ANSWER_COUNT, THRONG, TOO_MANY
from subscriptions.application.dto import jobs
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.bootstrap.bot import Bots, FairSemaphore
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutSession
from subscriptions.infrastructure.database.address import plain_dsn
from subscriptions.infrastructure.fair_semaphore import CAPACITY
from subscriptions.infrastructure.jobs.connection import queue_pool
from subscriptions.infrastructure.jobs.queue import decode
from subscriptions.infrastructure.telegram.pacing import Pace
from tests.fakes import samples
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.test_updates import message_update, rows, taken

SLOW_S = 0.3
LOUD = 60
PAYING = 25
FLOOD = 200


class Slow(MemoryGateway):
    """Provider that responds once its event is set."""

    answers: asyncio.Event

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Record the request and wait for the event."""
        self.requests.append(request)
        await self.answers.wait()
        return await super().create_checkout_session(request)


async def served_meanwhile(stage: Stage) -> Phone:
    """Let a new customer start the bot and receive an answer."""
    clara = await stage.person("Clara")
    await clara.start()
    await clara.said("Bienvenido")
    return clara


async def test_customer_who_floods_the_bot_delays_no_other_customer_and_is_warned_once(stage: Stage) -> None:
    async with stage.running():
        luis = await stage.person("Luis")
        await luis.start()
        await luis.said("Bienvenido")
        await stage.faults({"on": "bot_api", "do": "slow", "method": "sendMessage", "seconds": SLOW_S})
        for number in range(LOUD):
            await taken(stage, message_update(9_100_000 + number, luis.id, "/planes"))
        clara = await served_meanwhile(stage)

        async def all_done() -> bool:
            return all(row["done_at"] is not None for row in await rows(stage))

        await until(all_done, "everything is worked on or left out")
        notified = [item["text"] for item in await luis.messages() if item["from"]["is_bot"]]
        left_out = [row for row in await rows(stage) if row["failed"] == TOO_MANY]
        answered = [int(call["params"]["chat_id"]) for call in await stage.calls("sendMessage")]

    assert luis.id in answered[answered.index(clara.id) :], "she waited for all that he wrote"
    assert len([text for text in notified if "respondo solo a los últimos" in text]) == 1
    assert len(left_out) > THRONG - ANSWER_COUNT
    assert len([text for text in notified if "Elige una casa" in text]) == LOUD - len(left_out)


async def test_known_customer_is_served_before_newcomers(stage: Stage) -> None:
    eva, crowd = await stage.person("Eva"), [await stage.person() for _ in range(3)]
    async with stage.core.units()() as uow:
        await uow.customers.save(samples.customer(telegram_id=eva.id, staff_role=StaffRole.SUPPORT))
        await uow.commit()
    words = [message_update(9_300_000 + number, one.id, "/planes") for number, one in enumerate([*crowd, eva])]
    await taken(stage, *words)
    known, new = jobs.HandleUpdates.name, jobs.HandleNewcomerUpdates.name
    async with queue_pool(plain_dsn(stage.core.engine().url)) as pool:
        claim = partial(
            Queries(AsyncpgPoolDriver(pool)).dequeue,
            1,
            {name: EntrypointExecutionParameter(0) for name in (known, new)},
            uuid4(),
            None,
            timedelta(seconds=10),
        )
        order = [(decode(job.payload)["chat_key"], job.entrypoint) for _ in words for job in await claim()]

    assert order == [(eva.id, known), *((one.id, new) for one in crowd)]


async def test_member_is_answered_before_a_flood_of_newcomers(stage: Stage) -> None:
    """Telegram kept all messages while the bot was down; the member's two messages are the last ones."""
    eva, flood = await stage.person("Eva"), [await stage.person() for _ in range(FLOOD)]
    async with stage.core.units()() as uow:
        await uow.customers.save(samples.customer(telegram_id=eva.id, staff_role=StaffRole.SUPPORT))
        await uow.commit()
    for person in flood:
        await person.start()
    for words in ("/planes", "/estado"):
        await eva.send(words)

    async with stage.running():

        async def all_answered() -> bool:
            return {one.id for one in flood} <= {chat for chat, _ in await answers(stage)}

        await until(all_answered, "everybody is answered")
        answered = await answers(stage)

    mine = [text for chat, text in answered if chat == eva.id]
    assert [position for position, text in enumerate(mine) if "Elige una casa" in text] == [0], "in their order"
    assert len(mine) == 2
    last_of_mine = max(index for index, (chat, _) in enumerate(answered) if chat == eva.id)
    assert last_of_mine <= CAPACITY * 2 + len(mine), "those who had begun before she was taken in, and no others"


async def answers(stage: Stage) -> list[tuple[int, str]]:
    """Return the recipients and texts of the bot's messages, in order."""
    return [(int(call["params"]["chat_id"]), str(call["params"]["text"])) for call in await stage.calls("sendMessage")]


async def test_rate_limit_delays_answers_to_newcomers_but_not_to_known_customers(stage: Stage) -> None:
    ana, eva = await stage.person("Ana"), await stage.person("Eva")
    for person in (ana, eva):
        stage.sandbox.world.telegram.chats.start(person.id, stage.bot.id)
    stage.sandbox.world.commit()
    now = [0.0]
    bots = Bots(stage.bot.token, [], stage.sandbox.url)
    bots.pace = Pace(per_second=1, clock=lambda: now[0])
    new, known = FairSemaphore(patient=True), FairSemaphore()

    async def answer(turns: FairSemaphore, person: Phone) -> None:
        async with turns.one():
            await bots.subscription.send_message(person.id, "Hola")

    try:
        await answer(new, ana)
        second = asyncio.create_task(answer(new, ana))
        await answer(known, eva)
        assert not second.done()
        now[0] += 2
        await second
    finally:
        await bots.aclose()
    answered = [int(call["params"]["chat_id"]) for call in await stage.calls("sendMessage")]
    assert answered == [ana.id, eva.id, ana.id]


async def test_slow_provider_delays_no_other_customer(stage: Stage) -> None:
    slow = Slow(stage.core.clock())
    slow.answers = asyncio.Event()
    stage.gateways.gateways["memory"] = slow
    accept = AcceptTerms(stage.core.units(), stage.core.clock(), stage.core.policy())
    async with stage.running():
        people = [await stage.person(f"Ana {number}") for number in range(PAYING)]
        for ana in people:
            await ana.start("plan_retabet")
        for ana in people:
            await ana.said("Plan Retabet")
            await accept(TelegramId(ana.id))
        for number, ana in enumerate(people):
            await taken(stage, pay_press(9_200_000 + number, ana.id))

        async def all_wait() -> bool:
            return len(slow.requests) == PAYING

        try:
            await until(all_wait, "all of them are being asked for at the provider")
            await served_meanwhile(stage)
        finally:
            slow.answers.set()


def pay_press(number: int, sender: int) -> dict[str, Any]:
    person = {"id": sender, "is_bot": False, "first_name": "Ana"}
    chat = {"id": sender, "type": "private", "first_name": "Ana"}
    message = {"message_id": 1, "date": 1, "chat": chat, "text": "Plan Retabet"}
    press = {"id": str(number), "from": person, "chat_instance": "1", "message": message}
    return {"update_id": number, "callback_query": press | {"data": callbacks.pay("memory", "retabet")}}

"""Messages of the bots: one message per cause, posts to channels, removals, and Telegram's refusals."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from subscriptions.application.dto import jobs
from subscriptions.application.people.customers import Person
from subscriptions.application.posts.post_left import PostLeft
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.post import PostButton, PostContent
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.owning import Owned, bought

TEXT = "Real Madrid – Betis: más de 2,5 goles <3 & punto"


async def inside(stage: Stage, phone: Phone) -> Owned:
    """Create a customer in their own channel, in which a sender bot may post."""
    owned = await bought(stage, phone)
    await owned.open_channel()
    assert owned.chat is not None
    rights = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
    stage.sandbox.world.telegram.channels.edit_admin(owned.chat.owner, owned.chat, stage.sender.id, rights)
    stage.sandbox.world.commit()
    await phone.do("open", url=await owned.invite())
    await phone.said("Ya estás dentro")
    return owned


async def posts(stage: Stage, phone: Phone, owned: Owned) -> list[str]:
    answer = await stage.http.get(f"/users/{phone.id}/chat/{owned.channel.channel_id}")
    return [item["text"] for item in answer.json()["messages"] if item["kind"] != "service"]


async def test_post_is_sent_once_edited_and_withdrawn(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await inside(stage, ana)
        accept = PublishPost(stage.core.units(), stage.core.clock())
        content = PostContent(text=TEXT, buttons=((PostButton("Ver cuota", "https://retador.example/1"),),))
        await accept("pick-1", "retabet", content)
        await accept("pick-1", "retabet", content)

        async def shows(*texts: str) -> bool:
            return await posts(stage, ana, owned) == list(texts)

        await until(lambda: shows(TEXT), "the pick as it was typed")
        await accept.edit("pick-1", PostContent(text="Gana el Betis"))
        await until(lambda: shows("Gana el Betis"), "the pick as it was changed")
        await accept.withdraw("pick-1")
        await until(shows, "the pick is gone")

        # A bot may delete messages for 48 hours, in channels too: an older message is reported as still visible.
        old = await accept("pick-2", "retabet", PostContent(text="Empate"))
        await until(lambda: shows("Empate"), "another pick")
        stage.sandbox.world.clock.advance(timedelta(days=3))
        await accept.withdraw("pick-2")

        async def refused() -> bool:
            async with stage.core.units()() as uow:
                [delivery] = await uow.of(POSTS_KEY).deliveries(old.id)
                left = [each for each in await uow.alarms.open(20) if each.kind == PostLeft.name]
            return delivery.failed == "message can't be deleted" and len(left) == 1

        await until(refused, "the owners know which post is left")
        assert await shows("Empate")


async def test_customer_who_blocked_the_bot_is_marked_unreachable_and_others_are_notified(stage: Stage) -> None:
    async with stage.running():
        ana, eva = await stage.person(), await stage.person("Eva")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.do("block_bot")
        await stage.core.meet_customer()(
            Person(telegram_id=TelegramId(ana.id), first_name="Ana", username=None, language_code=None)
        )
        await bought(stage, ana)
        await bought(stage, eva)
        await eva.said("Pago recibido")

        async def remembered() -> bool:
            async with stage.core.units()() as uow:
                customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            return customer is not None and not customer.reachable

        await until(remembered, "she is known to be out of reach")


async def in_order_sent(phone: Phone, *words: str) -> list[str]:
    """Return those of the given words that occur in the bot's messages, in the order of the messages."""
    chat = [item["text"] for item in await phone.messages() if item["from"]["is_bot"]]
    return [word for text in chat for word in words if word in text]


PAID, READY = "Pedido #", "Tu canal exclusivo está listo"


async def test_unblocked_bot_sends_kept_messages_in_order(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        await ana.do("block_bot")
        owned = await bought(stage, ana)
        await owned.open_channel()
        await owned.invite()

        async def kept() -> bool:
            async with stage.core.units()() as uow:
                return len(await uow.notifications.kept_for(TelegramId(ana.id))) == 2

        await until(kept, "both messages are kept")
        await ana.do("unblock_bot")
        await ana.said(READY)
        assert await in_order_sent(ana, PAID, READY) == [PAID, READY]
        assert not await kept()


async def test_link_that_expired_while_the_bot_was_blocked_is_requested_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        await ana.do("block_bot")
        owned = await bought(stage, ana)
        await owned.open_channel()
        await owned.invite(lifetime=timedelta())
        await until(lambda: waits_for_account(stage, owned, 1), "only the channel itself was asked for")

        async def kept() -> bool:
            async with stage.core.units()() as uow:
                return len(await uow.notifications.kept_for(TelegramId(ana.id))) == 2

        await until(kept, "both messages are kept")
        await ana.do("unblock_bot")
        await until(lambda: waits_for_account(stage, owned, 2), "a new link is asked for")


async def waits_for_account(stage: Stage, owned: Owned, times: int) -> bool:
    """Return True if the given number of jobs for this channel wait for the userbot, which does not run here."""
    async with stage.core.engine().connect() as connection:
        found = await connection.execute(
            text("SELECT convert_from(payload, 'UTF8')::jsonb->>'channel_id' FROM pgqueuer WHERE entrypoint = :name"),
            {"name": jobs.AssignChannel.name},
        )
        return list(found.scalars()).count(str(owned.channel.id)) == times


async def test_invite_message_is_sent_after_the_delayed_payment_confirmation(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        await stage.faults({"on": "bot_api", "do": "flood", "method": "sendMessage", "seconds": 2, "times": 1})
        owned = await bought(stage, ana)

        async def put_off() -> bool:
            return [call["state"] for call in await stage.calls("sendMessage")][-1] == "failed"

        await until(put_off, "Telegram does not take the first message yet")
        await owned.open_channel()
        await owned.invite()
        await ana.said(READY)
        assert await in_order_sent(ana, PAID, READY) == [PAID, READY]


async def test_message_with_a_delayed_job_is_reported_as_queued(stage: Stage) -> None:
    ana, eva = CustomerId(new_uuid()), CustomerId(new_uuid())
    job = jobs.Announce(kind=MessageKind.PAYMENT_RECEIVED, customer_id=ana, subject=new_uuid(), key="1")
    async with stage.core.units()() as uow:
        await uow.enqueue(job.delayed_job(stage.core.clock().now() + timedelta(hours=1), "1"))
        await uow.commit()
    async with stage.core.units()() as uow:
        assert await uow.notifications.is_notification_queued(MessageKind.PAYMENT_RECEIVED, ana)
        assert not await uow.notifications.is_notification_queued(MessageKind.PAYMENT_RECEIVED, eva)
        assert not await uow.notifications.is_notification_queued(MessageKind.INVITE_READY, ana)


async def test_customer_without_access_is_removed_but_not_banned(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await inside(stage, ana)
        async with stage.core.units()() as uow:
            access = await uow.accesses.get((await owned.access()).id, lock=True)
            assert access is not None
            access.end()
            await uow.accesses.save(access)
            await uow.commit()

        async def out() -> bool:
            return (await owned.access()).status is AccessStatus.REVOKED

        await until(out, "the access is revoked")
        assert owned.chat is not None
        telegram = stage.sandbox.world.telegram
        channel = telegram.channels.find(owned.chat.id)
        assert channel is not None
        assert ana.id not in channel.members
        assert telegram.members.banned(channel) == []


async def test_repeated_alarm_reaches_the_owner_once(stage: Stage) -> None:
    async with stage.running():
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        await olga.said("Bienvenido")

        async def raised(key: str, kind: str) -> None:
            async with stage.core.units()() as uow:
                await uow.enqueue(jobs.RaiseAlarm(key=key, kind=kind, facts={"accounts": "2"}).job())
                await uow.commit()

        for _ in range(3):
            await raised("one", "pool_dry")
        await olga.said("Ninguna cuenta puede crear canales")
        await raised("one", "pool_dry")
        await raised("two", "refund_reversed")
        await olga.said("Una devolución ha fallado")

        assert len([item for item in await olga.messages() if "Ninguna cuenta" in item["text"]]) == 1


async def test_owner_can_start_a_repair_from_the_alarm_about_a_payer_without_access(stage: Stage) -> None:
    async with stage.running():
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        await olga.said("Bienvenido")
        ana = await stage.person()
        owned = await bought(stage, ana)
        await ana.said("Pago recibido")
        access = await owned.access()
        facts = {"access": str(access.id), "telegram_id": str(ana.id), "channel": owned.channel.title}

        async def raised(key: str) -> None:
            async with stage.core.units()() as uow:
                await uow.enqueue(jobs.RaiseAlarm(key=key, kind="paid_without_access", facts=facts).job())
                await uow.commit()

        await raised("first")
        alarm = await olga.said("sigue sin acceso")
        assert str(ana.id) in alarm["text"]
        await olga.press(alarm, button="Reparar")
        await olga.said("Ninguna cuenta puede crear canales ahora")

        await owned.open_channel()
        await owned.invite()
        await olga.press(alarm, button="Reparar")
        await olga.said("Ya no hay nada que reparar")


async def test_message_delayed_by_telegram_is_sent_later(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        await stage.faults({"on": "bot_api", "do": "flood", "method": "sendMessage", "seconds": 1, "times": 1})
        await bought(stage, ana)
        await ana.said("Pago recibido")

        assert len([item for item in await ana.messages() if "Pago recibido" in item["text"]]) == 1


async def test_alarm_about_a_failed_job_runs_the_job_again_with_one_tap(stage: Stage) -> None:
    async with stage.running():
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        await olga.said("Bienvenido")
        async with stage.core.engine().begin() as connection:
            number = await connection.scalar(
                text(
                    "INSERT INTO pgqueuer (priority, created, updated, heartbeat, execute_after, status, entrypoint)"
                    " VALUES (0, now(), now(), now(), now(), 'failed', 'bot.nobodys') RETURNING id"
                )
            )
        facts = {"job": "bot.nobodys", "number": str(number), "reason": "ValueError: no"}
        async with stage.core.units()() as uow:
            await uow.enqueue(jobs.RaiseAlarm(key="held", kind="job_held", facts=facts).job())
            await uow.commit()
        alarm = await olga.said("Un trabajo ha fallado")
        await olga.press(alarm, button="Repetir el trabajo")
        await olga.said("En cola otra vez")
        async with stage.core.engine().connect() as connection:
            status = await connection.scalar(text("SELECT status FROM pgqueuer WHERE id = :id"), {"id": number})
        assert status == "queued"

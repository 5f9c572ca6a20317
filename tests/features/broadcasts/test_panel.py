"""The panel's page «📣 Publicar»: staff write or forward a message, choose the audience, preview and send it. Also
mirrored channels.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from features.broadcasts.domain import BroadcastId
from features.broadcasts.jobs import BroadcastPreview
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.sync_deletions import EVERY, SyncDeletions
from subscriptions.application import routing
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.subscription import SubscriptionEvent
from subscriptions.domain.ids import ChatId, TelegramId, new_uuid
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes.units import sql_unit
from tests.integration.bot.conftest import Message, Phone, Stage, until
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk, owner, staff, words
from tests.integration.bot.test_panel_jobs import operator
from tests.support.postgres import as_process
from tests.support.telethon_accounts import Accounts, always
from tests.support.userbot import add_account
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import bot_api_id

LINK = [{"text": "Ver la cuota", "url": "https://example.com/cuota"}]


async def has(phone: Phone, fits: Any, what: str) -> Message:
    """Wait for a matching message in a person's chat with the bot."""

    async def find() -> Message | None:
        return next((item for item in reversed(await phone.messages()) if fits(item)), None)

    found: Message = await until(find, what)
    return found


async def card(desk: Desk, text: str) -> Message:
    """Wait for a message of the bot that contains the text."""
    return await has(desk.phone, lambda item: item["from"]["is_bot"] and text in item["text"], text)


def post_of(stage: Stage, channel: Channel) -> Any:
    async def find() -> Any:
        every = stage.sandbox.world.telegram.posts.messages(channel)
        return [post for post in every if post.kind != "service"]

    return find


async def test_picture_with_a_button_is_sent_in_few_presses_to_customers_whose_access_ends(stage: Stage) -> None:
    async with stage.running():
        ana, eva = await stage.person("Ana"), await stage.person("Eva")
        ending = (await bought(stage, ana)).subscription
        await bought(stage, eva)
        async with stage.core.units()() as uow:
            soon = await uow.subscriptions.get(ending.id, lock=True)
            assert soon is not None
            soon.access_until = stage.core.clock().now() + timedelta(days=3)
            soon.apply(SubscriptionEvent.CANCELED, stage.core.clock().now())
            await uow.subscriptions.save(soon)
            await uow.commit()
        olga, phone = await operator(stage)
        with phone.job():
            await olga.answer_to(await phone.do("send", to=stage.bot.username, text="Esta semana", kind="photo"))
            assert "Acceso que termina" in (await olga.press("⏳ Acceso que acaba en 7 días"))["text"]
            await olga.press("🔘 Botones")
            await olga.write("Renovar - https://example.com/cuota")
            await olga.press("✅ Enviar ahora…")
            await olga.press("✅ Enviar a ")
        hers = await has(ana, lambda item: item["kind"] == "photo", "the photo")
        assert (hers["text"], words(hers)) == ("Esta semana", ["Renovar"])
        await card(olga, "Terminado")
        assert not [item for item in await eva.messages() if item["kind"] == "photo"]


async def test_forwarded_photo_is_previewed_sent_corrected_and_withdrawn(stage: Stage) -> None:
    async with stage.running():
        ana, eva = await stage.person("Ana"), await stage.person("Eva")
        for phone in (ana, eva):
            await phone.start()
            await phone.said("Retador")
        await eva.do("block_bot", bot=stage.bot.username)
        olga = await owner(stage)
        draft = await olga.answer_to(await olga.phone.do("send", to=stage.bot.username, text="Hoy dos", kind="photo"))
        assert "Borrador" in draft["text"]
        assert "Hoy dos" in draft["text"]
        assert "✅ Enviar ahora…" not in words(draft), "nobody is chosen yet"

        await olga.press("👥 A personas")
        await olga.press("Nunca han tenido un plan")
        await olga.press("Volver")
        await olga.press("🔘 Botones")
        await olga.write("Ver la cuota - https://example.com/cuota")
        await olga.press("✅ Enviar ahora…")
        await card(olga, "Así lo verán")
        seen = await has(olga.phone, lambda item: item["from"]["is_bot"] and item["kind"] == "photo", "the preview")
        assert (seen["text"], words(seen)) == ("Hoy dos", ["Ver la cuota"])
        await olga.press("✅ Enviar a ")
        done = await card(olga, "Terminado")
        assert "🚫 Bloquearon el bot: 1" in done["text"]
        hers = await has(ana, lambda item: item["kind"] == "photo", "the photo")
        assert (hers["text"], words(hers)) == ("Hoy dos", ["Ver la cuota"])

        await olga.press("✏️ Editar")
        await olga.write("Hoy tres")
        await has(ana, lambda item: item["text"] == "Hoy tres", "the corrected caption")
        await olga.press("🗑 Retirar")
        await olga.press("🗑 Sí, retirarlo")
        await card(olga, "Borrado: ")
        assert not [item for item in await ana.messages() if item["kind"] == "photo"]

        # A broadcast from the console, which has no bot, is previewed by this bot.
        units = stage.core.units()
        async with units() as uow:
            [item] = await uow.of(BROADCASTS_KEY).newest(1)
        for shown in (item.id, BroadcastId(new_uuid())):
            async with units() as uow:
                await uow.enqueue(BroadcastPreview(broadcast_id=shown, person=olga.phone.id).job())
                await uow.commit()
        await has(olga.phone, lambda item: item["from"]["is_bot"] and item["text"] == "Hoy tres", "what all would see")


async def test_album_poll_and_voice_note_are_posted_unchanged(stage: Stage) -> None:
    async with stage.running():
        owned = await bought(stage, await stage.person("Ana"))
        await owned.open_channel()
        channel = owned.chat
        assert channel is not None
        olga = await owner(stage)
        await olga.open()
        await olga.press("📣 Publicar")
        await olga.press("✍️ Nueva publicación")
        for caption in ("Los dos de hoy", ""):
            await olga.phone.do("send", to=stage.bot.username, text=caption, kind="photo", album="a1")
        await card(olga, "Borrador")
        await into_channels(olga)
        await until(lambda: _shows(stage, channel, 2), "an album in the channel")
        for media in ("poll", "voice"):
            await olga.answer_to(await olga.phone.do("send", to=stage.bot.username, text="", kind=media))
            await into_channels(olga)
        await until(lambda: _shows(stage, channel, 4), "all of it in the channel")
        posts = await post_of(stage, channel)()
        assert [next(iter(post.content.keys() & {"photo", "poll", "voice"})) for post in posts] == [
            "photo",
            "photo",
            "poll",
            "voice",
        ]
        assert len({post.content["media_group_id"] for post in posts[:2]}) == 1, "still one album"


async def into_channels(olga: Desk) -> None:
    await olga.press("📺 A canales")
    await olga.press("Retabet")
    await olga.press("Volver")
    await olga.press("✅ Enviar ahora…")
    await olga.press("✅ Publicar en ")


async def _shows(stage: Stage, channel: Channel, number: int) -> bool:
    return len(await post_of(stage, channel)()) >= number


async def test_support_role_cannot_publish(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.SUPPORT)
        assert "Borrador" not in (await marta.write("hola a todos"))["text"]
        assert "📣 Publicar" not in words(await marta.open())


async def test_invalid_answer_is_refused_and_keeps_the_draft(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.write("Hoy dos picks")
        await olga.press("👥 A personas")
        await olga.press("Todos")
        await olga.press("📅 Cualquier fecha de fin")
        assert "Acceso que termina en 7 días" in (await olga.press("en 7 días"))["text"]
        await olga.press("🏷 Etiqueta: cualquiera")
        async with stage.core.units()() as uow:
            boss = await uow.customers.by_telegram_id(TelegramId(olga.phone.id), lock=True)
            assert boss is not None
            boss.tags = frozenset({"vip"})
            await uow.customers.save(boss)
            await uow.commit()
        await olga.press("Volver")
        await olga.press("🏷 Etiqueta: cualquiera")
        assert "#vip" in (await olga.press("vip"))["text"]
        await olga.press("🏷 Etiqueta: vip")
        await olga.press("cualquiera")
        await olga.press("Volver")
        await olga.press("🕒 Programar")
        assert "no es una hora válida" in (await olga.write("mañana"))["text"]
        assert "Programado" in (await olga.write("23:59"))["text"]
        assert "Borrador" in (await olga.press("✖️ No enviarlo todavía"))["text"]
        await olga.press("🔘 Botones")
        assert "no es «texto" in (await olga.write("Ver ftp://nada"))["text"]
        await olga.write("-")
        assert "Todavía no has publicado" in (await olga.press("🗑 Descartar"))["text"]


async def every_kind_follows(stage: Stage, boss: int, chat: int, channel: Channel) -> None:
    """Post every media kind and wait for the copy in the channel. An album waits for the scheduler, which does not run
    here; see `test_mirror_post`.
    """
    kinds = {"video", "document", "poll", "voice"}
    for media in kinds:
        body = {"channel_id": chat, "text": f"Un {media}", "kind": media, "buttons": [LINK]}
        assert (await stage.http.post(f"/users/{boss}/post", json=body)).json()["message"]
    await until(lambda: _shows(stage, channel, 5), "all of it in the channel")
    _, *others = await post_of(stage, channel)()
    assert {media for post in others for media in post.content.keys() & kinds} == kinds
    captions = {post.text for post in others if "poll" not in post.content}
    assert captions == {"Un video", "Un document", "Un voice"}
    assert {post.markup["inline_keyboard"][0][0]["url"] for post in others} == {LINK[0]["url"]}


@asynccontextmanager
async def account_in(stage: Stage, source: Channel, database_url: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Run a userbot account that is a member of the channel, with the rights of the userbot process. Yields a function
    that checks the channel for deleted posts once.
    """
    accounts = Accounts(stage.sandbox)
    person, session = accounts.sign_in("+34600000001")
    telegram, replica = stage.sandbox.world.telegram, accounts.replica()
    link = telegram.invites.export(source.owner, source)
    telegram.joins.open(person.id, link.url.rpartition("+")[2])
    stage.sandbox.world.commit()
    engine = create_engine(as_process(database_url, "userbot"))

    def units() -> SqlUnitOfWork:
        return sql_unit(engine, routing.jobs_for)

    account = await add_account(units, phone="+34600000001", session=session)
    replica.hold(account.id, always)
    follow = SyncDeletions(units, AccountCare(units, replica, stage.core.clock()), stage.core.clock())

    async def look() -> int:
        stage.sandbox.world.clock.advance(EVERY)
        return await follow(account.id)

    yield look
    await replica.let_go(account.id, 0)
    await engine.dispose()


async def test_mirrored_channel_alerts_owners_when_the_bot_is_removed(stage: Stage, database_url: str) -> None:
    telegram = stage.sandbox.world.telegram
    boss = telegram.people.add_person("Boss")
    source = telegram.channels.create(boss.id, "Mis picks")
    telegram.channels.edit_admin(boss.id, source, stage.bot.id, {"can_post_messages"})
    stage.sandbox.world.commit()
    chat = bot_api_id(source.id)
    stage.settings = stage.settings.model_copy(update={"mirrored_channels": (f"{chat}:retabet",)})
    stage.core.settings.override(stage.settings)
    async with stage.running():
        owned, olga = await bought(stage, await stage.person("Ana")), await owner(stage)
        await olga.phone.start()
        await owned.open_channel()
        channel = owned.chat
        assert channel is not None
        body = {"channel_id": chat, "text": "Betis gana", "kind": "photo", "buttons": [LINK]}
        posted = (await stage.http.post(f"/users/{boss.id}/post", json=body)).json()["message"]
        await until(lambda: _shows(stage, channel, 1), "the post in the channel")
        [post] = await post_of(stage, channel)()
        assert post.text == "Betis gana"
        assert post.markup["inline_keyboard"][0][0]["url"] == LINK[0]["url"]

        edit = {"channel_id": chat, "message_id": posted["id"], "text": "Betis empata"}
        await stage.http.post(f"/users/{boss.id}/edit_post", json=edit)

        async def edited() -> bool:
            return [each.text for each in await post_of(stage, channel)()] == ["Betis empata"]

        await until(edited, "the edit in the channel")
        await every_kind_follows(stage, boss.id, chat, channel)

        gone = {"channel_id": chat, "message_id": posted["id"]}
        assert (await stage.http.post(f"/users/{boss.id}/delete_post", json=gone)).json() == {"ok": True}
        async with account_in(stage, source, database_url) as look:

            async def deleted() -> bool:
                await look()
                return "Betis empata" not in [each.text for each in await post_of(stage, channel)()]

            await until(deleted, "the deletion in the channel")
        assert len(await post_of(stage, channel)()) == 4, "what was not deleted stays"
        gone = {"channel_id": chat, "admin": stage.bot.username, "rights": []}
        await stage.http.post(f"/users/{boss.id}/set_admin", json=gone)
        alarm = await has(olga.phone, lambda item: "Mis picks" in item["text"], "the alarm")
        assert "copia automática" in alarm["text"]
    async with stage.core.units()() as uow:
        assert await uow.of(BROADCASTS_KEY).by_key(f"mirror:{ChatId(chat)}:{posted['id']}") is not None

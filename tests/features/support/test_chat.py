"""Messages of customers to the support staff, and the replies to the customer."""

from __future__ import annotations

from bot.chat import DELIVERED_REACTION, READ_REACTION
from features.support.chat.desk import PASSED_ON
from features.support.domain.answer_times import FEWEST
from features.support.ports import QUESTIONS_KEY
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage, buttons, until
from tests.integration.bot.staff import owner
from tests.integration.bot.test_bundles import a_chat
from tests.integration.bot.test_panel_jobs import operator


async def _at_work(stage: Stage) -> Phone:
    """Return the Telegram client of an owner after their first `/start`."""
    olga = (await owner(stage)).phone
    await olga.start()
    await olga.said("Bienvenido")
    return olga


async def test_message_reaches_an_owner_and_the_reply_reaches_the_customer(stage: Stage) -> None:
    async with stage.running():
        olga = await _at_work(stage)
        ana = await stage.person("Ana <b>")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("No veo mi canal & sigo <fuera>")

        passed_on = await ana.said("Hemos pasado tu mensaje a nuestro equipo")
        assert list(buttons(passed_on)) == ["Mi suscripción", "🆘 Ayuda"]
        asked = await olga.said("No veo mi canal & sigo <fuera>")
        assert f"Ana <b> ({ana.id})" in asked["text"]
        card = buttons(asked)["👤 Ver su ficha"]["url"]
        await olga.do("open", url=card)
        assert "Ana <b>" in (await olga.said("Desde"))["text"]

        await olga.do("send", to=olga.bot, text="Mira ahora", reply_to=asked["id"])
        await olga.nodded("Mira ahora", DELIVERED_REACTION)
        assert (await ana.said("Respuesta de nuestro equipo"))["text"].endswith("Mira ahora")


async def test_question_is_answered_in_few_presses(stage: Stage) -> None:
    async with stage.running():
        olga, phone = await operator(stage)
        await olga.write("/start")
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("¿A qué hora salen los picks?")
        asked = await phone.said("¿A qué hora salen los picks?")
        with phone.job():
            await phone.do("send", to=phone.bot, text="A las 20:00.", reply_to=asked["id"])
            await ana.said("A las 20:00.")


async def test_message_reaches_the_support_group_and_a_reply_reaches_the_customer(stage: Stage) -> None:
    phone = "+34600000778"
    group_of_help = {"title": "Ayuda", "owner": phone, "topics": ["General"], "members": [stage.bot.username]}
    wanted = {"accounts": [{"first_name": "Eva", "phone": phone}], "channels": [group_of_help]}
    made = (await stage.http.post("/setup", json=wanted)).json()
    (group,) = (each["id"] for each in made["channels"])
    eva = Phone(stage.http, made["accounts"][0]["id"], str(group))
    stage.settings = stage.settings.model_copy(update={"support_chat": group})
    stage.core.settings.override(stage.settings)
    async with stage.running():
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("¿Dónde está mi canal?")
        passed_on = await ana.said("Hemos pasado tu mensaje a nuestro equipo")
        assert list(buttons(passed_on)) == ["Mi suscripción", "🆘 Ayuda"]
        asked = await eva.said("¿Dónde está mi canal?")
        await eva.do("send", to=eva.bot, text="Ya lo miro yo")
        await eva.do("send", to=eva.bot, text="Abre /estado", reply_to=asked["id"])

        await eva.nodded("Abre /estado", DELIVERED_REACTION)
        reported = await ana.said("Respuesta de nuestro equipo")
        assert reported["text"].endswith("Abre /estado")
        assert not [each for each in await ana.messages() if "Ya lo miro yo" in each["text"]]


async def test_support_group_with_a_changed_id_alerts_the_owners(stage: Stage) -> None:
    basic = a_chat(stage, "Ayuda", "basic_group")
    stage.settings = stage.settings.model_copy(update={"support_chat": basic.chat_id})
    stage.core.settings.override(stage.settings)
    stage.sandbox.world.telegram.groups.upgrade(basic.owner, basic)
    stage.sandbox.world.commit()

    async def notified() -> bool:
        async with stage.core.units()() as uow:
            return await uow.alarms.newest("support_refused", f"support_refused:{basic.chat_id}:") is not None

    async with stage.running():
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("¿Dónde está mi canal?")
        await until(notified, "the owners hear of it")


async def test_messages_above_the_rate_limit_are_answered_but_not_forwarded(stage: Stage) -> None:
    async with stage.running():
        olga = await _at_work(stage)
        ana = await stage.person()
        for number in range(PASSED_ON + 3):
            await ana.send(f"mensaje {number}")
        await ana.send("/estado")
        await ana.said("Todavía no tienes")
        notified = [item["text"] for item in await ana.messages() if item["from"]["is_bot"]]
        words = ["Hemos pasado tu mensaje a nuestro equipo", *["espera nuestra respuesta"] * 3]
        assert all(word in text for word, text in zip(words, notified[:4], strict=True))
        # In between, a reaction confirms a message.
        nods = [item.get("reaction") for item in await ana.messages() if item["text"].startswith("mensaje ")]
        assert nods == [None, *[READ_REACTION] * (PASSED_ON - 1), *[None] * 3]
        passed = [item for item in await olga.messages() if "mensaje" in item["text"]]
        assert len(passed) == PASSED_ON


async def test_customers_reply_to_a_message_of_the_bot_is_forwarded_as_a_question(stage: Stage) -> None:
    async with stage.running():
        olga = await _at_work(stage)
        ana = await stage.person()
        await ana.start()
        welcome = await ana.said("Bienvenido")
        await ana.do("send", to=ana.bot, text="¿Qué es esto?", reply_to=welcome["id"])
        asked = await olga.said("¿Qué es esto?")
        # Only staff can answer, whichever message is replied to.
        await ana.do("send", to=ana.bot, text="Hola", reply_to=(await ana.said("Hemos pasado tu mensaje"))["id"])
        other = await olga.said("Hola")
        assert buttons(other) == buttons(asked)


async def test_cancellation_request_in_chat_is_stored_as_a_question_and_answered_with_a_command(stage: Stage) -> None:
    async with stage.running():
        olga = await _at_work(stage)
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("👍")
        await ana.send("Quiero cancelar mi suscripción")

        assert "/cancelar" in (await ana.said("¿Quieres cancelar?"))["text"]
        asked = await olga.said("Quiero cancelar mi suscripción")
        await olga.do("send", to=olga.bot, text="Ya está", reply_to=asked["id"])
        await olga.nodded("Ya está", DELIVERED_REACTION)
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(ana.id)
            assert customer is not None
            question = await uow.of(QUESTIONS_KEY).newest_of(customer.id)
            assert question is not None
            lines = await uow.of(QUESTIONS_KEY).lines(question.id)
        assert [(line.author, line.text) for line in lines] == [
            (None, "Quiero cancelar mi suscripción"),
            (str(olga.id), "Ya está"),
        ]
        assert (question.open, question.waits) == (True, False)
        assert not [each for each in await olga.messages() if "👍" in each["text"]]


async def test_expected_answer_time_is_based_on_earlier_answers(stage: Stage) -> None:
    questions = KeepQuestions(stage.core.units(), stage.core.clock())
    async with stage.running():
        await _at_work(stage)
        for number in range(FEWEST):
            person = await stage.person(f"Ana{number}")
            await person.start()
            await person.said("Bienvenido")
            await person.send("¿Dónde está mi canal?")
            assert (
                "Te contestamos aquí mismo" in (await person.said("Hemos pasado tu mensaje a nuestro equipo"))["text"]
            )
            async with stage.core.units()() as uow:
                customer = await uow.customers.by_telegram_id(TelegramId(person.id))
            assert customer is not None
            await questions.answer(customer.id, "owner", "Aquí", person.id, 10_000)
        eva = await stage.person("Eva")
        await eva.start()
        await eva.said("Bienvenido")
        await eva.send("¿Y el mío?")
        said = await eva.said("Hemos pasado tu mensaje a nuestro equipo")
        assert "Solemos contestar en menos de 1 hora" in said["text"]

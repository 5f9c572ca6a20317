"""Second channel with entry steps in addition to the VIP channel: each has its own messages and texts."""

from __future__ import annotations

from subscriptions.domain.entities.custom_text import CustomText
from subscriptions.domain.entities.resource import VIP
from tests.integration.bot.conftest import Message, Phone, Stage, buttons, until
from tests.integration.bot.test_bundles import a_chat, bought, inside, outside, over, people_of, sold
from tests.integration.bot.vip import a_vip_channel, last, the_link
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.channel_records import Channel as Place
from umbral_sandbox.world.telegram.records import bot_api_id


async def a_course(stage: Stage, terminal: Terminal) -> Place:
    """Add a channel with entry steps by the command line."""
    chat = a_chat(stage, "Curso", "channel")
    ran = await terminal.run("resources", "add", str(bot_api_id(chat.id)), "--name", "curso", "--entry", "ritual")
    assert ran.status == 0, ran.err
    return chat


async def through(phone: Phone, first: Message, go_on: str = "Continuar") -> str:
    """Press the buttons of the entry steps from step 1 to the link, all of which appear in one message, and return the
    link.
    """
    await phone.press(first, button=go_on)
    second = await phone.said("Paso 2 de 3", after=first["seq"])
    await phone.press(second, button="Estoy listo")
    third = await phone.said("Paso 3 de 3", after=second["seq"])
    assert {first["id"], second["id"], third["id"]} == {first["id"]}
    return the_link(third, "Cruzar el umbral")


async def test_plan_with_entry_steps_in_two_channels_sends_a_message_for_each_channel(
    stage: Stage, terminal: Terminal
) -> None:
    async with stage.core.units()() as uow:
        words = {"vip.chat.stage_1@curso": "Bienvenida a {chat}.", "vip.button.go_on@curso": "Empezar"}
        for key, text in words.items():
            await uow.texts.save(CustomText(language="es", key=key, text=text, changed_at=stage.core.clock().now()))
        await uow.commit()
    vip, course = await a_vip_channel(stage), await a_course(stage, terminal)
    plan = await sold(stage, "todo", VIP, "curso")
    async with stage.running():
        ana, eve = await stage.person(), await stage.person("Eve")
        await bought(stage, ana, plan, enters=False)
        of_vip = await ana.said("¡Suscripción VIP Activada!")
        assert "Tu sitio en el canal VIP" in of_vip["text"]
        of_course = await ana.said("Bienvenida a Curso.")
        assert list(buttons(of_course)) == ["Empezar"]

        # The buttons of one entry procedure do not change the other.
        await ana.press(of_course, data="vip_stage_2_curso")
        url = await through(ana, of_course, "Empezar")
        entry = await vip.entry(ana)
        assert entry is not None
        assert entry.vip_entry_stage == 1
        assert (await eve.do("open", url=url))["result"] == "requested"
        assert (await ana.do("open", url=url))["result"] == "requested"
        await until(lambda: inside(stage, course, ana), "she is in the course")
        assert people_of(stage, course) == {course.owner, ana.id}
        assert not vip.inside(ana)

        # `/estado` leads back to the unfinished entry; the buttons of the other say that the customer is inside.
        seq = await last(ana)

        async def shown_inside() -> Message | None:
            # The update about the join is processed a moment after the join.
            asked = await last(ana)
            await ana.send("/estado")
            card = await ana.said("Todo", after=asked)
            return card if "• Curso: ✅" in card["text"] else None

        card = await until(shown_inside, "the status shows the course as joined")
        assert "Continuar mi entrada: Curso" not in buttons(card)
        await ana.press(of_course, data="vip_stage_1_curso")
        await ana.said("Ya estás dentro de Curso", after=seq)
        await ana.press(card, button="📲 Abrir ▸")
        below = await ana.said("¿Qué quieres abrir?", after=card["seq"])
        await ana.press(below, button="🚪 Continuar mi entrada")
        await vip.enter(ana, await through(ana, await ana.said("Paso 1 de 3", after=below["seq"])))

        await over(stage, ana, plan)
        await until(lambda: outside(stage, course, ana), "she is out of the course")
        await until(lambda: outside(stage, vip.channel, ana), "and of the VIP channel")


async def test_customer_resumes_the_entry_steps_of_the_second_channel_from_the_status_card(
    stage: Stage, terminal: Terminal
) -> None:
    await a_vip_channel(stage)
    course = await a_course(stage, terminal)
    plan = await sold(stage, "todo", "curso")
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana, plan, enters=False)
        first = await ana.said("Tu sitio en Curso")
        await ana.send("/estado")
        card = await ana.said("• Curso: 🚪 tu entrada, paso 1 de 3", after=first["seq"])
        await ana.press(card, button="🚪 Continuar mi entrada: Curso")
        url = await through(ana, await ana.said("Tu sitio en Curso", after=card["seq"]))
        # The customer leaves: the access stays, and no second entry is needed.
        assert (await ana.do("open", url=url))["result"] == "requested"
        await until(lambda: inside(stage, course, ana), "she is in the course")
        seq = await last(ana)
        await ana.do("leave", channel_id=bot_api_id(course.id))
        await until(lambda: outside(stage, course, ana), "she left")

        async def led_back() -> Message | None:
            # The update about leaving comes with a delay; until then the customer counts as inside.
            asked = await last(ana)
            await ana.send("/estado")
            await ana.messages(asked + 1, wait_s=2)
            notified = await ana.messages(seq)
            return next((each for each in notified if "enlace a Curso" in each["text"]), None)

        again = await until(led_back, "she is led back in")
        assert (await ana.do("open", url=the_link(again, "🔗 Unirte al canal Todo")))["result"] == "requested"
        await until(lambda: inside(stage, course, ana), "she is back")
        await over(stage, ana, plan)
        await until(lambda: outside(stage, course, ana), "she is out")
        seq = await last(ana)
        await ana.press(first, data="vip_stage_1_curso")
        await ana.said("Tu acceso ya terminó", after=seq)

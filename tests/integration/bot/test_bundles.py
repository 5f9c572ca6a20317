"""Plan that opens several chats: one message with a link to each chat, and only members of the plan in each chat until
the plan ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.dto import jobs
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.application.resources.arrange_group import PER_PLAN
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.integration.bot.conftest import Phone, Stage, a_plan, buttons, until
from tests.integration.bot.staff import staff
from tests.integration.bot.vip import last, redeem
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.channel_records import Channel as Place
from umbral_sandbox.world.telegram.channel_records import ChatKind
from umbral_sandbox.world.telegram.records import bot_api_id, channel_key

STRANGERS = 10
RIGHTS: Mapping[ChatKind, set[str]] = {
    "channel": {"can_invite_users", "can_restrict_members", "can_post_messages"},
    "group": {"can_invite_users", "can_restrict_members"},
    "forum": {"can_invite_users", "can_restrict_members"},
    "basic_group": {"can_invite_users", "can_restrict_members"},
}


@pytest.mark.long
async def test_customer_stays_in_a_chat_of_a_bundle_until_no_plan_of_theirs_includes_the_chat(
    stage: Stage, terminal: Terminal
) -> None:
    news, talk = a_chat(stage, "Avisos", "channel"), a_chat(stage, "Tertulia", "group")
    for chat, name in ((talk, "tertulia"), (news, "avisos")):
        ran = await terminal.run("resources", "add", str(bot_api_id(chat.id)))
        assert (ran.status, ran.out.split()[0]) == (0, name), ran.err
    again = await terminal.run("resources", "add", str(bot_api_id(news.id)))
    assert (again.status, again.err) == (
        1,
        "umbral resources: Chat: your plans already include “Avisos”, or it's a customer's own channel.\n",
    )
    everything, chatter = await sold(stage, "todo", "avisos", "tertulia"), await sold(stage, "charla", "tertulia")
    listed = await terminal.run("resources")
    assert any(line.split()[:3] == ["tertulia", "group", "Tertulia"] for line in listed.out.splitlines()), listed.out
    async with stage.running():
        ana = await stage.person()
        links = await bought(stage, ana, everything)
        assert list(links) == ["🔗 Unirte a Avisos", "🔗 Unirte a Tertulia"]
        for number in range(STRANGERS):
            stranger = await stage.person(f"Ladrón {number}")
            for url in links.values():
                assert (await stranger.do("open", url=url))["result"] == "requested"
        for url, chat in zip(links.values(), (news, talk), strict=True):
            assert (await ana.do("open", url=url))["result"] == "requested"
            await until(lambda chat=chat: inside(stage, chat, ana), "they are inside")
        await until(lambda: answered(stage, STRANGERS * 2), "every stranger was turned away")
        for chat in (news, talk):
            assert people_of(stage, chat) == {chat.owner, ana.id}

        await bought(stage, ana, chatter, enters=False)
        card = await status(ana)
        assert "• Avisos: ✅" in card
        assert "• Tertulia: ✅" in card
        await over(stage, ana, everything)
        await until(lambda: outside(stage, news, ana), "they are out of what only the first plan opened")
        assert await inside(stage, talk, ana)
        await over(stage, ana, chatter)
        await until(lambda: outside(stage, talk, ana), "they are out of the group as well")


async def test_lost_group_is_replaced_and_members_are_invited(stage: Stage, terminal: Terminal) -> None:
    lost, new = a_chat(stage, "Tertulia", "group"), a_chat(stage, "Tertulia nueva", "group")
    ran = await terminal.run("resources", "add", str(bot_api_id(lost.id)))
    assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    async with stage.running():
        ana = await stage.person()
        for url in (await bought(stage, ana, plan)).values():
            await ana.do("open", url=url)
        await until(lambda: inside(stage, lost, ana), "they are in the group")
        seq = await last(ana)
        ran = await terminal.run("resources", "replace", "tertulia", str(bot_api_id(new.id)))
        assert ran.status == 0, ran.err
        assert "a plan that includes it: 1;" in ran.out
        # The test performs the worker's jobs; only the bot runs here.
        opening = OpenPlan(stage.core.units(), stage.core.clock(), GrantAccess(stage.core.policy()))
        await opening(jobs.OpenPlan(plan_id=plan.id, added=("tertulia",)))
        message = await ana.said("se muda", after=seq)
        [(label, button)] = [(text, each) for text, each in buttons(message).items() if "url" in each]
        assert label == "🔗 Unirte a Tertulia nueva"
        stranger = await stage.person("Ladrón")
        assert (await stranger.do("open", url=button["url"]))["result"] == "requested"
        assert (await ana.do("open", url=button["url"]))["result"] == "requested"
        await until(lambda: inside(stage, new, ana), "they are in the new group")
        await until(lambda: answered(stage, 1), "the stranger was turned away")
        await over(stage, ana, plan)
        await until(lambda: outside(stage, new, ana), "they are out of the new group")
    again = await terminal.run("resources", "replace", "tertulia", str(bot_api_id(lost.id)))
    assert again.status == 0, again.err


@pytest.mark.parametrize(
    "by_service_messages", [True, False], ids=["by the service messages", "by the answer to a call"]
)
async def test_basic_group_upgraded_to_a_supergroup_remains_the_same_chat(
    stage: Stage, terminal: Terminal, *, by_service_messages: bool
) -> None:
    basic, telegram = a_chat(stage, "Tertulia", "basic_group"), stage.sandbox.world.telegram
    ran = await terminal.run("resources", "add", str(basic.chat_id))
    assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    async with stage.running():
        ana, eva, ida = await stage.person(), await stage.person("Eva"), await stage.person("Ida")
        (before,) = (await bought(stage, eva, plan)).values()
        for phone in (ana, ida):
            for url in (await bought(stage, phone, plan)).values():
                assert (await phone.do("open", url=url))["result"] == "requested"
        await until(lambda: inside(stage, basic, ida), "they are in the basic group")
        await until(lambda: inside(stage, basic, ana), "they are in the basic group")
        await over(stage, ida, plan)
        await until(lambda: outside(stage, basic, ida), "who has no right any more is out of it")
    new = telegram.groups.upgrade(basic.owner, basic)
    if not by_service_messages:
        telegram.updates.drop(stage.bot.id)
    stage.sandbox.world.commit()
    async with stage.running():
        if not by_service_messages:
            await over(stage, ana, plan)
        url = await until(lambda: another_link(eva, before), "another link than before")
        assert (await eva.do("open", url=url))["result"] == "requested"
        await until(lambda: inside(stage, new, eva), "who waited comes in by a link of the supergroup's")
        if by_service_messages:
            assert await inside(stage, new, ana)
            await over(stage, ana, plan)
        await until(lambda: outside(stage, new, ana), "their right ends there")
    async with stage.core.units()() as uow:
        resource = await uow.resources.by_soft_id("tertulia")
        assert resource is not None
        channel = await uow.resources.channel(resource.id)
        assert channel is not None
        assert (channel.channel_id, channel.replaces) == (new.chat_id, None)
        assert not await uow.alarms.open(9)


async def test_group_owner_and_anonymous_admins_are_not_removed(stage: Stage, terminal: Terminal) -> None:
    talk, telegram = a_chat(stage, "Tertulia", "group"), stage.sandbox.world.telegram
    ran = await terminal.run("resources", "add", str(talk.chat_id))
    assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    telegram.channels.edit_admin(talk.owner, talk, stage.bot.id, RIGHTS["group"] | {"can_delete_messages"})
    stage.sandbox.world.commit()
    async with stage.core.units()() as uow:
        group = await uow.resources.by_soft_id("tertulia")
        assert group is not None
        group.arrange(tidy=True, welcome="Hola", topics=False, now=stage.core.clock().now())
        await uow.resources.save(group)
        await uow.commit()
    async with stage.running():
        marta = await staff(stage, StaffRole.MANAGER)
        await marta.open()
        await marta.press("💬 Canales y grupos")
        assert "Bienvenida: Hola" in (await marta.press("Tertulia"))["text"]
        assert "Avisos de entrada y salida: borrarlos" in (await marta.press("👋 Avisos y bienvenida"))["text"]
        await marta.press("✏️ Bienvenida")
        await marta.write("¡Hola, {name}!")
        card = await marta.press("✅ Confirmar")
        assert "sin avisos de quién entra y sale, saluda a quien entra" in card["text"]
        assert "Bienvenida: ¡Hola, {name}!" in card["text"]
        owner, admin = Phone(stage.http, talk.owner, stage.bot.username), await stage.person("Eva")
        await bought(stage, owner, plan, enters=False)
        (url,) = (await bought(stage, admin, plan)).values()
        assert (await admin.do("open", url=url))["result"] == "requested"
        await until(lambda: inside(stage, talk, admin), "they are inside")
        await until(lambda: greeted(stage, talk, "¡Hola, Eva!"), "Telegram's line gave way to the welcome")
        for person in (owner, admin):
            rights = {"can_delete_messages"} if person is admin else set[str]()
            telegram.channels.edit_admin(talk.owner, talk, person.id, rights, anonymous=True)
        stage.sandbox.world.commit()
        await admin.do("send", to=str(talk.chat_id), text="Normas")
        for person in (owner, admin):
            await over(stage, person, plan)
            await until(lambda person=person: outside_by_right(stage, person, plan), "their right is over")
    assert people_of(stage, talk) == {owner.id, admin.id}
    async with stage.core.units()() as uow:
        notified = await uow.alarms.newest("admin_stays", "")
        assert notified is not None
        assert notified.facts["channel"] == "Tertulia"


async def test_posts_of_a_plan_go_to_its_forum_topic_and_to_a_new_topic_if_it_was_deleted(
    stage: Stage, terminal: Terminal
) -> None:
    talk, telegram = a_chat(stage, "Tertulia", "forum"), stage.sandbox.world.telegram
    telegram.channels.edit_admin(
        talk.owner, talk, stage.bot.id, RIGHTS["forum"] | {"can_manage_topics", "can_delete_messages"}
    )
    stage.sandbox.world.commit()
    answers = ("--topics", PER_PLAN, "--welcome", "¡Hola, {name}!")
    for words in (("resources", "add", str(talk.chat_id)), ("staff", "arrange-group", "tertulia", *answers)):
        ran = await terminal.run(*words)
        assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    accept = PublishPost(stage.core.units(), stage.core.clock())
    async with stage.running():
        ana = await stage.person()
        (url,) = (await bought(stage, ana, plan)).values()
        assert (await ana.do("open", url=url))["result"] == "requested"
        before = await until(lambda: thread_of(stage, talk, "¡Hola, Ana!"), "she is greeted in the plan's topic")
        await accept("uno", plan.soft_id, PostContent(text="Gana el uno"))
        assert await until(lambda: thread_of(stage, talk, "Gana el uno"), "the pick stands there") == before
        telegram.groups.delete_topic(talk.owner, talk, before)
        stage.sandbox.world.commit()
        await accept("dos", plan.soft_id, PostContent(text="Gana el dos"))
        after = await until(lambda: thread_of(stage, talk, "Gana el dos"), "the next stands in another topic")
    found = telegram.channels.find(talk.id)
    assert found is not None
    assert found.topics == {after: plan.label}


def a_chat(stage: Stage, title: str, kind: ChatKind) -> Place:
    """Create a chat of the operator with the bot as its administrator."""
    telegram = stage.sandbox.world.telegram
    boss = telegram.people.add_person("Dueña")
    made = telegram.channels.create(boss.id, title, kind=kind)
    telegram.channels.edit_admin(boss.id, made, stage.bot.id, RIGHTS[kind])
    stage.sandbox.world.commit()
    return made


async def sold(stage: Stage, soft_id: str, *opens: str) -> ServicePlan:
    """Create a plan of thirty days that opens the given resources."""
    plan = a_plan(
        soft_id,
        soft_id.capitalize(),
        now=stage.core.clock().now(),
        price=Money(999, "EUR"),
        recurring=False,
        interval=None,
        duration_days=30,
        opens=opens,
    )
    async with stage.core.units()() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    return plan


async def bought(stage: Stage, phone: Phone, plan: ServicePlan, *, enters: bool = True) -> dict[str, str]:
    """Redeem a code for the plan, and return the addresses of the link buttons by their labels. With `enters=False`,
    wait only until the code was used and return an empty mapping.
    """
    now, seq = stage.core.clock().now(), await last(phone)
    token = ActivationToken.make(plan, None, now, now + timedelta(days=30))
    async with stage.core.units()() as uow:
        assert await uow.of(TOKENS_KEY).add_if_new(token)
        await uow.commit()
    await redeem(phone, token.token)
    if not enters:
        await until(lambda: counted(stage, phone, plan), "the code was used")
        return {}
    message = await phone.said(f"Ya tienes {plan.name}", after=seq)
    return {text: button["url"] for text, button in buttons(message).items() if "url" in button}


async def another_link(phone: Phone, before: str) -> str | None:
    """Return an invite link in the messages of the chat that differs from `before`, or None."""
    shown = [button.get("url") for message in await phone.messages() for button in buttons(message).values()]
    return next((url for url in shown if url is not None and "t.me/+" in url and url != before), None)


async def counted(stage: Stage, phone: Phone, plan: ServicePlan) -> bool:
    """Return True if the person has a live subscription to the plan."""
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        return customer is not None and await uow.subscriptions.live_for(customer.id, plan.id) is not None


async def over(stage: Stage, phone: Phone, plan: ServicePlan) -> None:
    """End the person's subscription to the plan."""
    now = stage.core.clock().now()
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        assert customer is not None
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        assert live is not None
        live.end(PERIOD_OVER, now)
        await uow.subscriptions.save(live)
        await GrantAccess(stage.core.policy()).settle(uow, live, customer, plan, now)
        await uow.commit()


async def status(phone: Phone) -> str:
    """Return the answer to `/estado`."""
    seq = await last(phone)
    await phone.send("/estado")
    return str((await phone.said("Todo", after=seq))["text"])


def people_of(stage: Stage, chat: Place) -> set[int]:
    """Return the members of a chat, without bots."""
    telegram = stage.sandbox.world.telegram
    found = telegram.channels.find(chat.id)
    assert found is not None
    return {member for member in found.members if not telegram.people.get(member).is_bot}


async def inside(stage: Stage, chat: Place, phone: Phone) -> bool:
    """Return True if the person is in the chat."""
    return phone.id in people_of(stage, chat)


async def outside(stage: Stage, chat: Place, phone: Phone) -> bool:
    """Return True if the person is not in the chat."""
    return phone.id not in people_of(stage, chat)


async def greeted(stage: Stage, chat: Place, words: str) -> bool:
    """Return True if the bot posted these words in the group and no service message about joined members remains."""
    messages = stage.sandbox.world.telegram.state.messages(channel_key(chat.id))
    lines = [str(message.content) for message in messages]
    return any(words in line for line in lines) and not any("new_chat_members" in line for line in lines)


async def thread_of(stage: Stage, chat: Place, words: str) -> int | None:
    """Return the topic of the bot's post with these words, or None."""
    messages = stage.sandbox.world.telegram.state.messages(channel_key(chat.id))
    said = (message.hidden.get("thread") for message in messages if words in str(message.content))
    return next((thread for thread in said if isinstance(thread, int)), None)


async def outside_by_right(stage: Stage, phone: Phone, plan: ServicePlan) -> bool:
    """Return True if the person's access to each chat of the plan is revoked."""
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        assert customer is not None
        links = await chats_with_access(uow, customer.id, plan)
        return all(access is not None and access.status is AccessStatus.REVOKED for _, access in links)


async def answered(stage: Stage, requests: int) -> bool:
    """Return True if the bot declined at least the given number of join requests."""
    return len(await stage.calls("declineChatJoinRequest")) >= requests


async def test_banned_payer_stays_out_until_the_ban_is_lifted(stage: Stage, terminal: Terminal) -> None:
    talk, telegram = a_chat(stage, "Tertulia", "group"), stage.sandbox.world.telegram
    ran = await terminal.run("resources", "add", str(bot_api_id(talk.id)))
    assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    async with stage.running():
        ana = await stage.person()
        for url in (await bought(stage, ana, plan)).values():
            await ana.do("open", url=url)
        await until(lambda: inside(stage, talk, ana), "they are in the group")
        telegram.members.ban(talk.owner, talk, ana.id)
        stage.sandbox.world.commit()
        await until(lambda: stands(stage, ana, plan, AccessStatus.BANNED), "the ban is known")
        seq = await last(ana)
        await ana.send("/estado")
        await ana.said("un administrador te ha quitado el acceso", after=seq)
        assert telegram.members.is_banned(talk, ana.id)
        telegram.members.unban(talk.owner, talk, ana.id, only_if_banned=True)
        stage.sandbox.world.commit()
        await until(lambda: stands(stage, ana, plan, AccessStatus.INVITED), "they have a new link")


async def test_customer_who_leaves_is_notified_and_can_return(stage: Stage, terminal: Terminal) -> None:
    talk = a_chat(stage, "Tertulia", "group")
    ran = await terminal.run("resources", "add", str(bot_api_id(talk.id)))
    assert ran.status == 0, ran.err
    plan = await sold(stage, "charla", "tertulia")
    async with stage.running():
        ana = await stage.person()
        for url in (await bought(stage, ana, plan)).values():
            await ana.do("open", url=url)
        await until(lambda: inside(stage, talk, ana), "they are in the group")
        await ana.do("leave", channel_id=bot_api_id(talk.id))
        await until(lambda: stands(stage, ana, plan, AccessStatus.LEFT), "it is known that they left")
        seq = await last(ana)
        await ana.send("/estado")
        await ana.said("saliste el", after=seq)
        await until(lambda: stands(stage, ana, plan, AccessStatus.INVITED), "asking brought a new link")


async def stands(stage: Stage, phone: Phone, plan: ServicePlan, wanted: AccessStatus) -> bool:
    """Return True if the person's access to the plan's only chat has the given status."""
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        assert customer is not None
        ((_, access),) = await chats_with_access(uow, customer.id, plan)
    return access is not None and access.status is wanted

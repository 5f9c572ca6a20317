"""«🔎 ¿De quién es?»: staff forward leaked content, and the bot names the customer of the copy."""

from __future__ import annotations

from ipaddress import ip_network

import numpy as np
import pytest
from pydantic import SecretStr

from features.marks.domain.pictures import PickPicture
from features.marks.ports import PICTURES_KEY
from subscriptions.application.features import FeatureState
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.post import PostContent
from tests.features.marks.pictures import SCENES, png
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.owning import Owned, bought
from tests.integration.bot.staff import Desk, owner, staff, words
from tests.support.files_server import files_server
from umbral_sandbox.world.telegram.records import Message, bot_api_id

PICK = "Betis – Sevilla: más de 2,5 goles @ 1.95. El Betis gana casi todo en casa y el Sevilla llega sin portero."
ASK = "🔎 ¿De quién es?"


@pytest.fixture
async def marking(stage: Stage) -> Stage:
    """Open an installation with PICK_MARKS on and a key."""
    on = {
        "pick_marks": "on",
        "pick_mark_key": SecretStr("a key of sixteen or more"),
        "webhook_networks": (ip_network("127.0.0.0/8"),),
    }
    stage.settings = stage.settings.model_copy(update=on)
    stage.core.settings.override(stage.settings)
    stage.core.read_states.reset()
    stage.core.features.override(RunningStates(installed(), await stage.core.read_states()()))
    return stage


async def drain(stage: Stage) -> None:
    """Store the original of a post's picture while PICK_MARKS is off, which puts the feature in the state `draining`,
    and update the feature's state in the process.
    """
    pick = await PublishPost(stage.core.units(), stage.core.clock())("before", "retabet", PostContent(text=PICK))
    async with stage.core.units()() as uow:
        picture = PickPicture(pick_id=pick.id, original=b"x", created_at=stage.core.clock().now())
        assert await uow.of(PICTURES_KEY).add_if_new(picture)
        await uow.commit()
    states = await stage.core.read_states()()
    assert states.states["marks"] is FeatureState.DRAINING
    stage.core.features.override(RunningStates(installed(), states))


async def inside(stage: Stage, phone: Phone) -> Owned:
    """Create a customer inside a personal channel that has the sender bot as an admin."""
    owned = await bought(stage, phone)
    await owned.open_channel()
    assert owned.chat is not None
    telegram = stage.sandbox.world.telegram
    telegram.channels.edit_admin(owned.chat.owner, owned.chat, stage.sender.id, {"can_post_messages"})
    await owned.invite()
    return owned


async def posted(stage: Stage, owned: Owned) -> Message:
    """Wait for the post in a channel, and return it."""
    channel = owned.chat
    assert channel is not None

    async def find() -> list[Message]:
        every = stage.sandbox.world.telegram.posts.messages(channel, 0)
        return [post for post in every if post.content.keys() & {"text", "photo"}]

    found: list[Message] = await until(find, "a pick in the channel")
    return found[-1]


async def asking(stage: Stage) -> Desk:
    """Open the search for a leak as an owner, and return the owner's desk."""
    olga = await owner(stage)
    await olga.open()
    assert "Reenvíame o pega el texto filtrado" in (await olga.press(ASK))["text"]
    return olga


async def test_leaked_text_identifies_its_customer(marking: Stage) -> None:
    async with marking.running():
        ana, eva = await marking.person("Ana", username="ana"), await marking.person("Eva", username="eva")
        mine, hers = await inside(marking, ana), await inside(marking, eva)
        await PublishPost(marking.core.units(), marking.core.clock())("betis", "retabet", PostContent(text=PICK))
        leak = (await posted(marking, mine)).content["text"]
        assert leak != (await posted(marking, hers)).content["text"]
        olga = await asking(marking)
        reported = await olga.write(str(leak))
        assert "Es la copia de" in reported["text"]
        assert f"({ana.id})" in reported["text"]
        assert "pick betis" in reported["text"]
        assert "1 entre" in reported["text"]
        assert f"({eva.id})" not in reported["text"]
        await olga.write("Betis")
        await olga.phone.said("No se puede saber")
        await olga.write(str(leak))
        assert str(ana.id) in (await olga.press("👤"))["text"]


async def test_forwarded_picture_identifies_its_customer(marking: Stage) -> None:
    async with marking.running():
        ana, eva = await marking.person("Ana"), await marking.person("Eva")
        mine, hers = await inside(marking, ana), await inside(marking, eva)
        picture = png(SCENES["poster"](np.random.default_rng(9)))
        async with files_server({"/1.png": (200, picture)}) as address:
            content = PostContent(text="Betis", photo_url=f"{address}/1.png")
            await PublishPost(marking.core.units(), marking.core.clock())("betis", "retabet", content)
            leak = await posted(marking, mine)
            await posted(marking, hers)
        olga = await asking(marking)
        telegram = marking.sandbox.world.telegram
        elsewhere = telegram.channels.create(olga.phone.id, "Picks gratis")
        copied = telegram.posts.post(olga.phone.id, elsewhere, leak.content)
        marking.sandbox.world.commit()
        await olga.phone.do("forward", to=olga.phone.bot, channel_id=bot_api_id(elsewhere.id), message_id=copied.id)
        reported = await olga.phone.said("Es la copia de")
        assert f"({ana.id})" in reported["text"]
        assert f"({eva.id})" not in reported["text"]


async def test_owners_but_not_support_can_search_leaks_while_the_feature_is_draining(stage: Stage) -> None:
    await drain(stage)
    async with stage.running():
        olga = await asking(stage)
        reported = await olga.write(PICK)
        assert "No se puede saber" in reported["text"]
        marta = await staff(stage, StaffRole.SUPPORT)
        assert ASK not in words(await marta.open())


async def test_leak_search_button_is_hidden_and_an_outdated_button_refused_while_the_feature_is_off(
    stage: Stage,
) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        chats = await olga.press("💬 Chats")
        assert ASK not in words(chats)
        refused = await olga.tap(chats, "a:leak")
        assert "Reenvíame" not in refused["text"]

"""`umbral leak` with a real database, as entered by the operator."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from features.marks.adapters.pictures import MarkedPictures
from features.marks.domain.pick_marks import PickMarks
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.outgoing.addresses import Addresses
from tests.fakes.shop import database_shop
from tests.features.marks.fakes import marked_newsroom
from tests.features.marks.pictures import SCENES, png, screenshot, telegram
from tests.support.files_server import files_server
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

HERE = Addresses([ip_network("127.0.0.0/8")])

KEY = "a key of sixteen or more"
PICK = PostContent(
    text="Betis – Sevilla: más de 2,5 goles @ 1.95. El Betis gana casi todo en casa y el Sevilla llega sin su portero."
)


async def test_leak_command_names_the_customer_of_a_text(
    database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    engine = create_engine(database_url)
    news = marked_newsroom(database_shop(engine), PickMarks(KEY.encode()))
    plan = await news.shop.plan(name="Retabet")
    chats = [await news.channel(plan) for _ in range(3)]
    pick = await news.accept("betis", plan.soft_id, PICK)
    await news.work()
    async with news.shop.units() as uow:
        assert [each.id for each in await uow.of(POSTS_KEY).newest(5)] == [pick.id]
        channel = await uow.channels.by_chat_id(chats[1])
        assert channel is not None
        assert channel.customer_id is not None
        who = await uow.customers.get(channel.customer_id)
    assert who is not None
    [leak] = news.sender.in_channel(chats[1])
    await engine.dispose()
    terminal = Terminal({"DATABASE_URL": database_url, "PICK_MARKS": "on", "PICK_MARK_KEY": KEY}, fork_client)

    named = await terminal.run("leak", leak)
    assert (named.status, named.err) == (0, "")
    assert named.out.startswith(f"{who.mention} ({who.telegram_id}): pick betis of Retabet, ")
    assert "Compared with 3 copies." in named.out
    (tmp_path / "leak.txt").write_text(leak, encoding="utf-16")
    output = json.loads((await terminal.run("leak", str(tmp_path / "leak.txt"), "--json")).out)
    assert (output["verdict"], [each["telegram_id"] for each in output["suspects"]]) == ("named", [who.telegram_id])
    assert output["suspects"][0]["wrong"] <= 0.001
    unknown = await terminal.run("leak", "Betis")
    assert (unknown.status, unknown.out) == (0, "Can't tell: a text this short is the same in every copy.\n")
    keyless = await terminal.run("leak", leak, PICK_MARK_KEY="")
    assert (keyless.status, keyless.out) == (1, "")
    assert "PICK_MARK_KEY is not set" in keyless.err


async def test_leak_command_names_the_customer_of_a_picture(
    database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    engine = create_engine(database_url)
    news = marked_newsroom(database_shop(engine), PickMarks(KEY.encode()), MarkedPictures(HERE))
    plan = await news.shop.plan(name="Retabet")
    chats = [await news.channel(plan) for _ in range(3)]
    picture = png(SCENES["poster"](np.random.default_rng(5)))
    async with files_server({"/1.png": (200, picture)}) as address:
        await news.accept("betis", plan.soft_id, PostContent(text="Betis", photo_url=f"{address}/1.png"))
        await news.work()
    async with news.shop.units() as uow:
        channel = await uow.channels.by_chat_id(chats[2])
        assert channel is not None
        assert channel.customer_id is not None
        who = await uow.customers.get(channel.customer_id)
    assert who is not None
    leak = screenshot(telegram(news.sender.pictures[chats[2]]), np.random.default_rng(6))
    await engine.dispose()
    terminal = Terminal({"DATABASE_URL": database_url, "PICK_MARKS": "on", "PICK_MARK_KEY": KEY}, fork_client)

    async def notified(name: str, content: bytes) -> dict[str, Any]:
        (tmp_path / name).write_bytes(content)
        ran = await terminal.run("leak", str(tmp_path / name), "--json")
        assert (ran.status, ran.err) == (0, "")
        answer: dict[str, Any] = json.loads(ran.out)
        return answer

    named = await notified("leak.jpg", png(leak))
    assert (named["verdict"], [each["telegram_id"] for each in named["suspects"]]) == ("named", [who.telegram_id])
    assert (await notified("small.png", png(Image.new("RGB", (40, 40)))))["verdict"] == "too_small"
    assert (await notified("large.jpg", b"\xff\xd8" + bytes(20_000_000)))["verdict"] == "too_large"
    assert (await notified("broken.jpg", b"\xff\xd8\xff\xe0"))["verdict"] == "no_picture"
    assert (await notified("other.png", png(SCENES["photo"](np.random.default_rng(7)))))["verdict"] == "unknown_pick"

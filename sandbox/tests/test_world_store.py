"""The store, the clock, the ids and the feed: persistence, and waking of waiters."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from umbral_sandbox.world.store import Store
from umbral_sandbox.world.world import World


class Note(BaseModel):
    text: str


def test_records_are_restored_after_a_flush(tmp_path: Path) -> None:
    store = Store(tmp_path / "world.sqlite")
    notes = store.collection("notes", Note)
    notes.put("a", Note(text="first"))
    notes.put(2, Note(text="second"))
    notes.put("gone", Note(text="x"))
    assert store.flush()
    notes.delete("gone")
    assert store.flush()
    assert not store.flush()
    store.close()
    again = Store(tmp_path / "world.sqlite").collection("notes", Note)
    assert [note.text for note in again.values()] == ["second", "first"]
    assert again.get("a") == Note(text="first")
    assert "gone" not in again
    assert len(again) == 2


def test_numbered_records_are_restored_in_numeric_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "world.sqlite")
    notes = store.collection("notes", Note)
    for number in (9, 10, 100, 2):
        notes.put(number, Note(text=str(number)))
    store.close()
    again = Store(tmp_path / "world.sqlite").collection("notes", Note)
    assert [note.text for note in again.values()] == ["2", "9", "10", "100"]


def test_collection_cannot_be_opened_twice() -> None:
    store = Store()
    store.collection("notes", Note)
    with pytest.raises(ValueError, match="open already"):
        store.collection("notes", Note)


def test_committed_records_survive_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    program = (
        "import os, signal, sys; from pathlib import Path; from umbral_sandbox.world.world import World\n"
        "world = World(Path(sys.argv[1]), seed=5)\n"
        "ana = world.telegram.people.add_person('Ana')\n"
        "bot = world.telegram.people.add_bot('umbral_bot', 'Umbral')\n"
        "world.telegram.chats.start(ana.id, bot.id)\n"
        "world.commit()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "PYTHONPATH": str(source)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    world = World(path)
    bot = world.telegram.people.find_bot("umbral_bot")
    assert bot is not None
    assert world.telegram.people.by_token(bot.token) == bot
    [update] = world.telegram.updates.fetch(bot.id)
    assert update["update_id"] == 700_000_001
    assert world.ids.seed == 5
    world.close()


def test_sandbox_state_is_restored_from_its_file(tmp_path: Path) -> None:
    world = World(tmp_path / "world.sqlite")
    telegram = world.telegram
    owner, ana = telegram.people.add_person("Op", phone="34600111222"), telegram.people.add_person("Ana")
    bot = telegram.people.add_bot("umbral_bot", "Umbral")
    channel = telegram.channels.create(owner.id, "Canal", protected=True)
    telegram.channels.edit_admin(owner.id, channel, bot.id, {"can_invite_users", "can_post_messages"})
    link = telegram.invites.export(bot.id, channel, request=True, expires=world.clock.now() + timedelta(days=1))
    telegram.joins.open(ana.id, link.hash)
    post = telegram.posts.post(bot.id, channel, {"text": "pick"})
    telegram.posts.edit(bot.id, channel, post.id, {"text": "pick 2"}, None)
    telegram.chats.start(ana.id, bot.id)
    before = (telegram.posts.messages(channel), telegram.updates.fetch(bot.id), telegram.chats.messages(ana.id, bot.id))
    world.close()
    again = World(tmp_path / "world.sqlite").telegram
    assert again.channels.find(channel.id) == channel
    assert (
        again.posts.messages(channel),
        again.updates.fetch(bot.id),
        again.chats.messages(ana.id, bot.id),
    ) == before
    assert again.accounts.access_hash(owner.id, channel.id) == telegram.accounts.access_hash(owner.id, channel.id)
    assert again.channels.create(owner.id, "Otro").id == channel.id + 1
    assert again.posts.post(bot.id, channel, {"text": "pick 3"}).seq == post.seq + 1


def test_clock_moves_forward_only_and_keeps_its_offset_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    world = World(path)
    before = world.clock.now()
    world.clock.advance(timedelta(days=31))
    assert world.clock.now() - before >= timedelta(days=31)
    with pytest.raises(ValueError, match="forward"):
        world.clock.advance(timedelta(seconds=-1))
    world.close()
    again = World(path)
    assert again.clock.offset == timedelta(days=31)
    assert again.clock.now() - before >= timedelta(days=31)
    again.close()


def test_sandbox_clock_can_start_at_another_time() -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    world = World(start=start)
    assert timedelta(0) <= world.clock.now() - start < timedelta(minutes=1)


def test_same_seed_creates_the_same_ids_and_tokens() -> None:
    first, second, other = World(seed=1), World(seed=1), World(seed=2)
    bots = [world.telegram.people.add_bot("umbral_bot", "Umbral") for world in (first, second, other)]
    assert bots[0].token == bots[1].token
    assert bots[0].token != bots[2].token
    assert first.ids.token("link", 16) != first.ids.token("link", 16)
    assert first.ids.derive("hash", 1, 2) == second.ids.derive("hash", 1, 2)
    assert first.ids.derive("hash", 1, 2) != first.ids.derive("hash", 2, 1)


async def test_commit_sends_a_new_revision_to_subscribers_and_closing_ends_their_stream() -> None:
    world = World()
    revisions: asyncio.Queue[int] = asyncio.Queue()

    async def listen() -> None:
        async for revision in world.feed.subscribe():
            await revisions.put(revision)

    async with asyncio.timeout(90):
        listener = asyncio.create_task(listen())
        first = await revisions.get()
        world.telegram.people.add_person("Ana")
        world.commit()
        assert await revisions.get() == first + 1
        world.commit()
        assert world.feed.revision == first + 1
        world.close()
        await listener


async def test_ticks_continue_when_one_handler_fails(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    seen: list[datetime] = []

    async def broken(_: datetime) -> None:
        raise RuntimeError("on purpose")

    async def working(now: datetime) -> None:
        seen.append(now)

    world.on_tick(broken)
    world.on_tick(working)
    now = await world.advance(timedelta(hours=1))
    assert len(seen) == 1
    assert now >= seen[0]
    assert "a tick handler failed" in caplog.text


def test_reset_removes_all_records_of_the_sandbox() -> None:
    world = World(seed=7)
    ana = world.telegram.people.add_person("Ana")
    bot = world.telegram.people.add_bot("umbral_bot", "Umbral")
    world.telegram.chats.start(ana.id, bot.id)
    world.telegram.channels.create(ana.id, "Canal")
    world.clock.advance(timedelta(days=1))
    dropped: list[bool] = []
    world.on_reset(lambda: dropped.append(True))
    world.reset()
    assert dropped == [True]
    assert world.telegram.people.all_people() == []
    assert world.telegram.channels.all() == []
    assert world.telegram.updates.count(bot.id) == 0
    assert world.clock.offset == timedelta(0)
    assert world.telegram.people.add_person("Eva").id == ana.id
    assert world.telegram.people.add_bot("umbral_bot", "Umbral").token == bot.token

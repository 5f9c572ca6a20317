"""Faults of MTProto, as seen by an unmodified Telethon client with retries disabled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions

from tests.support.mtproto import DataCentre, create_channel, running_data_centre
from umbral_sandbox.world.faults import Fault, WrongFault
from umbral_sandbox.world.telegram.records import Person

LOST = (ConnectionError, asyncio.IncompleteReadError)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


@pytest.fixture
def owner(centre: DataCentre) -> Person:
    return centre.world.telegram.people.add_person("Owner", phone="34600000001")


@pytest.fixture
async def client(centre: DataCentre, owner: Person) -> AsyncIterator[TelegramClient]:
    async with centre.connected(centre.session_of(owner.id)) as connected:
        yield connected


def switch(centre: DataCentre, do: str, method: str | None = "CreateChannel", **fields: Any) -> None:
    fault = Fault(on="mtproto", do=do, method=method, **fields)
    centre.world.wire.set_faults([fault])


async def until(centre: DataCentre, state: str) -> None:
    """Wait until the newest CreateChannel call in the log is in this state."""

    async def seen() -> None:
        while not any(call.method == "CreateChannel" and call.state == state for call in centre.world.wire.calls()):
            await centre.world.feed.wait(1)

    await asyncio.wait_for(seen(), 90)


@pytest.mark.parametrize(
    ("do", "fields", "error"),
    [
        ("channels_too_much", {}, errors.ChannelsTooMuchError),
        ("restricted", {}, errors.UserRestrictedError),
        ("auth_lost", {}, errors.AuthKeyUnregisteredError),
        ("error", {"code": 500}, errors.RpcCallFailError),
        ("error", {"code": 401}, errors.AuthKeyUnregisteredError),
        ("error", {"code": 403}, errors.UserRestrictedError),
        ("error", {"code": 418}, errors.RPCError),
    ],
)
async def test_call_refused_by_a_fault_has_no_effect(
    centre: DataCentre, client: TelegramClient, do: str, fields: dict[str, Any], error: type[Exception]
) -> None:
    switch(centre, do, times=1, **fields)
    with pytest.raises(error):
        await create_channel(client)
    assert centre.world.telegram.channels.all() == []
    await create_channel(client)


async def test_flood_wait_error_states_the_wait_in_seconds(centre: DataCentre, client: TelegramClient) -> None:
    switch(centre, "flood", seconds=77, times=1)
    with pytest.raises(errors.FloodWaitError) as caught:
        await create_channel(client)
    assert caught.value.seconds == 77
    assert centre.world.telegram.channels.all() == []


@pytest.mark.parametrize(("do", "channels"), [("drop_before", 0), ("drop_after", 1)])
async def test_completed_work_is_retained_after_a_cut_connection(
    centre: DataCentre, client: TelegramClient, owner: Person, do: str, channels: int
) -> None:
    switch(centre, do, times=1)
    with pytest.raises(LOST):
        await create_channel(client)
    assert len(centre.world.telegram.channels.all()) == channels
    await client.disconnect()
    await client.connect()
    assert (await client.get_me()).id == owner.id
    assert len(centre.world.telegram.channels.all()) == channels


async def test_error_after_the_call_is_executed_leaves_exactly_one_channel(
    centre: DataCentre, client: TelegramClient
) -> None:
    switch(centre, "error_after", code=500, times=1)
    with pytest.raises(errors.RpcCallFailError):
        await create_channel(client)
    assert len(centre.world.telegram.channels.all()) == 1


async def test_garbage_answer_is_sent_after_the_call_is_executed(centre: DataCentre, client: TelegramClient) -> None:
    switch(centre, "garbage", times=1)
    with pytest.raises(errors.TypeNotFoundError):
        await create_channel(client)
    assert len(centre.world.telegram.channels.all()) == 1
    await create_channel(client)


async def test_response_held_by_a_fault_arrives_after_its_release(centre: DataCentre, client: TelegramClient) -> None:
    switch(centre, "hold_after", times=1)
    creating = asyncio.ensure_future(create_channel(client))
    await until(centre, "held")
    assert len(centre.world.telegram.channels.all()) == 1
    # Other calls of the same connection continue.
    assert (await client(functions.help.GetNearestDcRequest())).this_dc == 2
    centre.world.wire.release()
    channel = await creating
    assert channel.channel_id == centre.world.telegram.channels.all()[0].id


async def test_held_call_is_executed_after_release_even_if_its_client_has_disconnected(
    centre: DataCentre, client: TelegramClient
) -> None:
    switch(centre, "hold_before", times=1)
    creating = asyncio.ensure_future(create_channel(client))
    await until(centre, "held")
    assert centre.world.telegram.channels.all() == []
    await client.disconnect()
    await _ended(creating)
    centre.world.wire.release()
    await until(centre, "done")
    assert len(centre.world.telegram.channels.all()) == 1
    await client.connect()
    await create_channel(client)


async def test_held_calls_do_not_block_a_closing_server(tmp_path: Path) -> None:
    async with running_data_centre(tmp_path) as centre:
        owner = centre.world.telegram.people.add_person("Owner", phone="34600000001")
        client = centre.client(centre.session_of(owner.id))
        await client.connect()
        switch(centre, "hold_before")
        creating = asyncio.ensure_future(create_channel(client))
        await until(centre, "held")
    with pytest.raises(LOST):
        await creating
    await client.disconnect()


async def test_fault_with_a_method_name_that_is_not_in_the_tl_schema_is_refused(centre: DataCentre) -> None:
    for method in ("CreateChannel", "EditAdmin", "ToggleNoForwards", "HideChatJoinRequest", "GetConfig"):
        switch(centre, "error", method, code=500)
    with pytest.raises(WrongFault):
        switch(centre, "error", "createChannel", code=500)


async def test_calls_are_logged(centre: DataCentre, client: TelegramClient, owner: Person) -> None:
    await create_channel(client, "Title", "About")
    call = centre.world.wire.calls()[-1]
    assert (call.protocol, call.method, call.who, call.state) == (
        "mtproto",
        "CreateChannel",
        str(owner.id),
        "done",
    )
    assert {"title": "Title", "about": "About", "broadcast": True}.items() <= call.params.items()
    names = [call.method for call in centre.world.wire.calls()]
    assert names[:4] == ["GetConfig", "GetUsers", "GetState", "GetDifference"]


async def test_secrets_are_not_logged(centre: DataCentre) -> None:
    async with centre.connected() as client:
        centre.world.telegram.people.add_person("Ana", phone="34600111222", password="right horse")
        await client.send_code_request("34600111222")
        (code,) = centre.world.telegram.accounts.codes()
        with pytest.raises(errors.SessionPasswordNeededError):
            await client.sign_in("34600111222", code.code)
    sent = next(call for call in centre.world.wire.calls() if call.method == "SendCode")
    assert sent.who == "34600111222"
    assert "0123456789abcdef" not in str(sent.params)


async def _ended(work: Awaitable[object]) -> None:
    with pytest.raises((ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError)):
        await work

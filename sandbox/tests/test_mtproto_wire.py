"""MTProto's transport layer: message ids, salts, repeated messages, and invalid bytes."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions

from tests.support.mtproto import DataCentre, create_channel, running_data_centre


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


@pytest.fixture
async def client(centre: DataCentre) -> AsyncIterator[TelegramClient]:
    owner = centre.world.telegram.people.add_person("Owner", phone="34600000001")
    async with centre.connected(centre.session_of(owner.id)) as connected:
        yield connected


@pytest.mark.parametrize("offset_s", [-4000, 4000])
async def test_client_with_a_wrong_clock_receives_the_correct_time(client: TelegramClient, offset_s: int) -> None:
    state = client._sender._state
    state.time_offset, state._last_msg_id = offset_s, 0
    assert (await client(functions.help.GetNearestDcRequest())).this_dc == 2
    assert abs(state.time_offset) < 5


async def test_client_with_a_wrong_server_salt_receives_the_correct_salt(client: TelegramClient) -> None:
    client._sender._state.salt = 12345
    assert (await client(functions.help.GetNearestDcRequest())).this_dc == 2
    assert client._sender._state.salt != 12345


async def test_ping_salt_and_session_service_messages_are_answered(client: TelegramClient) -> None:
    pong = await client._sender.send(functions.PingRequest(5))
    assert pong.ping_id == 5
    assert (await client._sender.send(functions.PingDelayDisconnectRequest(6, 75))).ping_id == 6
    salts = await client._sender.send(functions.GetFutureSaltsRequest(1))
    assert [salt.salt for salt in salts.salts] == [client._sender._state.salt]
    gone = await client._sender.send(functions.DestroySessionRequest(1))
    assert gone.session_id == 1


async def test_server_disconnects_when_the_next_ping_is_missing(client: TelegramClient) -> None:
    await client._sender.send(functions.PingDelayDisconnectRequest(1, 3))
    await client._sender.send(functions.PingDelayDisconnectRequest(2, 5))
    async with asyncio.timeout(90):
        # The second delay replaced the first.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(client.disconnected), 4)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.disconnected


async def test_client_of_another_layer_is_refused(client: TelegramClient) -> None:
    query = functions.help.GetNearestDcRequest()
    with pytest.raises(errors.InputLayerInvalidError):
        await client._sender.send(functions.InvokeWithLayerRequest(228, query))


async def test_client_without_init_connection_is_refused(centre: DataCentre, client: TelegramClient) -> None:
    shy = centre.client(centre.session_of(centre.world.telegram.accounts.all()[0].id))
    connection = shy._connection(
        centre.server.host, centre.server.port, 2, loggers=shy._log, proxy=None, local_addr=None
    )
    await shy._sender.connect(connection)
    try:
        with pytest.raises(errors.ConnectionNotInitedError):
            await shy._sender.send(functions.help.GetNearestDcRequest())
    finally:
        await shy.disconnect()


async def test_repeated_message_is_executed_once(centre: DataCentre, client: TelegramClient) -> None:
    state, buffer = client._sender._state, io.BytesIO()
    request = functions.channels.CreateChannelRequest(title="Once", about="", broadcast=True)
    state.write_data_as_message(buffer, bytes(request), content_related=True)
    packet = state.encrypt_message_data(buffer.getvalue())
    for _ in range(3):
        await client._sender._connection.send(packet)
        await client(functions.help.GetNearestDcRequest())
    assert [channel.title for channel in centre.world.telegram.channels.all()] == ["Once"]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\xef\x0a" + b"\x00" * 40,
        b"\xee\xee\xee\xee\x28\x00\x00\x00" + b"\x01" * 40,
        b"\xee\xee\xee\xee\x04\x00\x00\x00" + b"\x01" * 4,
        os.urandom(64),
    ],
    ids=["http", "short header", "long packet", "short packet", "noise"],
)
async def test_invalid_bytes_do_not_affect_other_clients(
    centre: DataCentre, client: TelegramClient, nonsense: bytes
) -> None:
    reader, writer = await asyncio.open_connection(centre.server.host, centre.server.port)
    writer.write(nonsense)
    writer.write_eof()
    answer = await asyncio.wait_for(_everything(reader), 90)
    assert len(answer) <= 16
    writer.close()
    await create_channel(client)


async def test_tampered_packet_cuts_the_connection(centre: DataCentre, client: TelegramClient) -> None:
    state, buffer = client._sender._state, io.BytesIO()
    request = functions.channels.CreateChannelRequest(title="Forged", about="", broadcast=True)
    state.write_data_as_message(buffer, bytes(request), content_related=True)
    packet = bytearray(state.encrypt_message_data(buffer.getvalue()))
    packet[-1] ^= 1
    await client._sender._connection.send(bytes(packet))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client(functions.help.GetNearestDcRequest())
    assert centre.world.telegram.channels.all() == []


async def _everything(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""

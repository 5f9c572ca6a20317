"""Login over MTProto with an unmodified Telethon client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon import errors
from telethon.crypto import AuthKey
from telethon.network import ConnectionTcpAbridged, ConnectionTcpIntermediate
from telethon.sessions import StringSession
from telethon.tl import functions
from telethon.tl.alltlobjects import LAYER

from tests.support.mtproto import DataCentre, running_data_centre

PHONE = "34600111222"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


def test_installed_telethon_uses_the_simulated_api_layer() -> None:
    assert LAYER == 229


async def test_new_client_logs_in_by_phone_and_code(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    async with centre.connected() as client:
        assert not await client.is_user_authorized()
        await client.send_code_request(PHONE)
        (code,) = centre.world.telegram.accounts.codes()
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in(PHONE, "wrong")
        me = await client.sign_in(PHONE, code.code)
        assert (me.id, me.first_name, me.phone, me.is_self) == (account.id, "Ana", PHONE, True)
        session = client.session.save()
    async with centre.connected(session) as client:
        assert (await client.get_me()).id == account.id


async def test_two_step_password_is_required_and_checked(centre: DataCentre) -> None:
    centre.world.telegram.people.add_person("Ana", phone=PHONE, password="right horse")
    async with centre.connected() as client:
        await client.send_code_request(PHONE)
        (code,) = centre.world.telegram.accounts.codes()
        with pytest.raises(errors.SessionPasswordNeededError):
            await client.sign_in(PHONE, code.code)
        assert not await client.is_user_authorized()
        with pytest.raises(errors.PasswordHashInvalidError):
            await client.sign_in(password="wrong horse")
        assert (await client.sign_in(password="right horse")).phone == PHONE
        assert await client.is_user_authorized()


async def test_unknown_phone_is_refused(centre: DataCentre) -> None:
    async with centre.connected() as client:
        with pytest.raises(errors.PhoneNumberInvalidError):
            await client.send_code_request("34999999999")


async def test_calls_without_login_are_refused(centre: DataCentre) -> None:
    async with centre.connected() as client:
        with pytest.raises(errors.AuthKeyUnregisteredError):
            await client(functions.contacts.ResolveUsernameRequest("somebody"))


async def test_logout_ends_the_session(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    session = centre.session_of(account.id)
    async with centre.connected(session) as client:
        assert await client.is_user_authorized()
        assert await client.log_out()
    async with centre.connected(session) as client:
        assert not await client.is_user_authorized()


async def test_unknown_key_is_refused_by_the_transport(centre: DataCentre) -> None:
    stored = StringSession()
    stored.set_dc(2, centre.server.host, centre.server.port)
    stored.auth_key = AuthKey(b"\x07" * 256)
    client = centre.client(stored.save())
    with pytest.raises(errors.AuthKeyNotFound):
        await client.connect()
    await client.disconnect()


@pytest.mark.parametrize("transport", [ConnectionTcpAbridged, ConnectionTcpIntermediate])
async def test_abridged_and_intermediate_transports_are_supported(centre: DataCentre, transport: type) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    client = centre.client(centre.session_of(account.id))
    client._connection = transport
    try:
        await client.connect()
        assert (await client.get_me()).id == account.id
    finally:
        await client.disconnect()


async def test_authorization_keys_and_logins_survive_a_restart(tmp_path: Path) -> None:
    async with running_data_centre(tmp_path) as first:
        account = first.world.telegram.people.add_person("Ana", phone=PHONE)
        session = first.session_of(account.id)
        public_key = first.server.public_key_pem
    async with running_data_centre(tmp_path) as second:
        assert second.server.public_key_pem == public_key
        async with second.connected(session) as client:
            assert (await client.get_me()).id == account.id


async def test_authorization_keys_survive_a_killed_server(tmp_path: Path) -> None:
    async with running_data_centre(tmp_path) as killed:
        account = killed.world.telegram.people.add_person("Ana", phone=PHONE)
        async with killed.connected() as client:
            await client.send_code_request(PHONE)
            (code,) = killed.world.telegram.accounts.codes()
            await client.sign_in(PHONE, code.code)
            session = client.session.save()
        # The first server does not close its world before: the second one finds only data that were on disk by then.
        async with running_data_centre(tmp_path) as second, second.connected(session) as client:
            assert (await client.get_me()).id == account.id


async def test_authorization_key_is_unknown_after_a_sandbox_reset(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    async with centre.connected(centre.session_of(account.id)) as client:
        centre.world.reset()
        with pytest.raises(errors.AuthKeyNotFound):
            await client(functions.help.GetConfigRequest())


async def test_two_connections_on_one_key_revoke_the_key(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    session = centre.session_of(account.id)
    async with centre.connected(session) as client:
        rival = centre.client(session)
        with pytest.raises(errors.AuthKeyDuplicatedError):
            await rival.connect()
        await rival.disconnect()
        with pytest.raises(errors.AuthKeyDuplicatedError):
            await client(functions.help.GetConfigRequest())
    later = centre.client(session)
    with pytest.raises(errors.AuthKeyDuplicatedError):
        await later.connect()
    await later.disconnect()


async def test_reconnection_does_not_count_as_a_duplicate_connection(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    client = centre.client(centre.session_of(account.id))
    for _ in range(5):
        await client.connect()
        assert await client.is_user_authorized()
        await client.disconnect()


async def test_simultaneous_calls_are_each_answered(centre: DataCentre) -> None:
    account = centre.world.telegram.people.add_person("Ana", phone=PHONE)
    async with centre.connected(centre.session_of(account.id)) as client:
        answers = await asyncio.gather(*(client(functions.help.GetNearestDcRequest()) for _ in range(40)))
        assert {answer.this_dc for answer in answers} == {2}
        with pytest.raises(errors.BadRequestError, match="METHOD_NOT_SIMULATED_GetAllStickers"):
            await client(functions.messages.GetAllStickersRequest(hash=0))

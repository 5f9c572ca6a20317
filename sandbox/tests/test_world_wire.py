"""The log of calls, and every fault that can be injected."""

import asyncio
from pathlib import Path

import pytest

from umbral_sandbox.world.faults import (
    Fault,
    FaultDrop,
    FaultError,
    FaultFlood,
    FaultGarbage,
    FaultNamed,
    WireFault,
    WrongFault,
)
from umbral_sandbox.world.world import World

TOKEN = "6000000001:" + "A" * 35


class Caller:
    """Client of the simulators, which records the calls that took effect."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: list[str] = []

    async def call(self, method: str = "sendMessage", on: str = "bot_api", **params: object) -> str:
        def act() -> str:
            self.done.append(method)
            return f"{method} answered"

        return await self.world.wire.run(on, protocol=on, who="umbral_bot", method=method, params=params, act=act)

    async def until_held(self) -> None:
        async with asyncio.timeout(90):
            while not any(call.state == "held" for call in self.world.wire.calls()):
                await self.world.feed.wait(1)


@pytest.fixture
def caller() -> Caller:
    world = World()
    world.wire.known_methods["bot_api"] = {"sendMessage", "getMe"}
    world.wire.known_methods["mtproto"] = {"CreateChannel"}
    return Caller(world)


async def test_call_is_logged_with_masked_tokens(caller: Caller) -> None:
    await caller.call(
        text=f"see {TOKEN}",
        secret_token="hush",
        chat_id=5,
        nested={"password": "hush", "list": [1, None, b"\x01\x02", b"x" * 100]},
        key="sk_test_abcdefghijkl",
    )
    [call] = caller.world.wire.calls()
    assert (call.protocol, call.who, call.method, call.state, call.error) == (
        "bot_api",
        "umbral_bot",
        "sendMessage",
        "done",
        None,
    )
    written = str(call.params)
    assert "hush" not in written
    assert "A" * 35 not in written
    assert "abcdefghijkl" not in written
    assert call.params["chat_id"] == 5
    assert call.params["nested"] == {"password": "•••", "list": [1, None, "0102", "<100 bytes>"]}


async def test_failed_call_is_logged_with_its_error(caller: Caller) -> None:
    def act() -> None:
        raise RuntimeError("CHAT_ADMIN_REQUIRED")

    with pytest.raises(RuntimeError):
        await caller.world.wire.run("mtproto", protocol="mtproto", who="1", method="X", params={}, act=act)
    [call] = caller.world.wire.calls()
    assert (call.state, call.error) == ("failed", "CHAT_ADMIN_REQUIRED")


async def test_logged_calls_after_a_given_id_can_be_read(caller: Caller) -> None:
    await caller.call()
    await caller.call("getMe")
    first, second = caller.world.wire.calls()
    assert caller.world.wire.calls(after=first.id) == [second]


async def test_asynchronous_call_is_awaited(caller: Caller) -> None:
    async def act() -> int:
        return 42

    wire = caller.world.wire
    assert await wire.run("bot_api", protocol="bot_api", who="x", method="getMe", params={}, act=act) == 42


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (Fault(on="bot_api", do="flood", seconds=7), FaultFlood, False),
        (Fault(on="bot_api", do="error", code=502), FaultError, False),
        (Fault(on="bot_api", do="error_after", code=500), FaultError, True),
        (Fault(on="bot_api", do="drop_before"), FaultDrop, False),
        (Fault(on="bot_api", do="drop_after"), FaultDrop, True),
        (Fault(on="bot_api", do="garbage"), FaultGarbage, True),
        (Fault(on="mtproto", do="channels_too_much"), FaultNamed, False),
        (Fault(on="mtproto", do="auth_lost"), FaultNamed, False),
        (Fault(on="mtproto", do="restricted"), FaultNamed, False),
    ],
)
async def test_each_fault_occurs_before_or_after_the_call_is_executed(
    caller: Caller, fault: Fault, error: type[WireFault], done: bool
) -> None:
    caller.world.wire.set_faults([fault])
    method = "sendMessage" if fault.on == "bot_api" else "CreateChannel"
    with pytest.raises(error):
        await caller.call(method, fault.on)
    assert caller.done == ([method] if done else [])
    assert caller.world.wire.calls()[-1].state == "failed"
    caller.world.wire.set_faults([])
    await caller.call(method, fault.on)


async def test_flood_fault_reports_its_wait_and_error_fault_its_code(caller: Caller) -> None:
    caller.world.wire.set_faults([Fault(on="bot_api", do="flood", seconds=7)])
    with pytest.raises(FaultFlood) as flood:
        await caller.call()
    assert flood.value.seconds == 7
    caller.world.wire.set_faults([Fault(on="bot_api", do="error_after", code=503)])
    with pytest.raises(FaultError) as error:
        await caller.call()
    assert (error.value.code, error.value.done) == (503, True)


async def test_fault_applies_the_given_number_of_times_and_to_its_method_only(caller: Caller) -> None:
    caller.world.wire.set_faults([Fault(on="bot_api", do="error", method="sendMessage", times=2)])
    await caller.call("getMe")
    for _ in range(2):
        with pytest.raises(FaultError):
            await caller.call()
    assert caller.world.wire.faults == []
    await caller.call()
    assert caller.done == ["getMe", "sendMessage"]


@pytest.mark.parametrize(("do", "done_while_held"), [("hold_before", []), ("hold_after", ["sendMessage"])])
async def test_held_call_is_executed_after_its_release(caller: Caller, do: str, done_while_held: list[str]) -> None:
    caller.world.wire.set_faults([Fault(on="bot_api", do=do, times=1)])
    held = asyncio.create_task(caller.call())
    await caller.until_held()
    assert caller.done == done_while_held
    assert not held.done()
    [call] = caller.world.wire.calls()
    caller.world.wire.release()
    assert await held == "sendMessage answered"
    assert caller.world.wire.calls() == [call]
    assert call.state == "done"


async def test_ending_all_faults_releases_held_calls(caller: Caller) -> None:
    caller.world.wire.set_faults([Fault(on="bot_api", do="hold_before")])
    held = asyncio.create_task(caller.call())
    await caller.until_held()
    caller.world.wire.set_faults([])
    assert await held == "sendMessage answered"


async def test_slow_fault_and_error_fault_can_both_apply_to_the_same_call(caller: Caller) -> None:
    caller.world.wire.set_faults(
        [Fault(on="bot_api", do="slow", seconds=0.01, times=1), Fault(on="bot_api", do="error", code=500, times=1)]
    )
    with pytest.raises(FaultError):
        await caller.call()
    assert caller.world.wire.faults == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(on="telegram", do="error"),
        Fault(on="bot_api", do="explode"),
        Fault(on="bot_api", do="duplicate"),
        Fault(on="webhooks", do="flood"),
        Fault(on="bot_api", do="channels_too_much"),
        Fault(on="bot_api", do="error", method="CreateChannel"),
        Fault(on="paypal", do="error", method="POST /v1/x"),
    ],
)
def test_invalid_faults_are_refused_and_change_nothing(caller: Caller, fault: Fault) -> None:
    kept = Fault(on="bot_api", do="error")
    caller.world.wire.set_faults([kept])
    with pytest.raises(WrongFault):
        caller.world.wire.set_faults([fault])
    assert caller.world.wire.faults == [kept]


async def test_calls_and_faults_survive_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path / "world.sqlite")
    caller = Caller(world)
    await caller.call()
    world.wire.set_faults([Fault(on="bot_api", do="hold_before", times=2)])
    held = asyncio.create_task(caller.call())
    await caller.until_held()
    again = World(tmp_path / "world.sqlite")
    assert [call.state for call in again.wire.calls()] == ["done", "failed"]
    assert again.wire.faults == [Fault(on="bot_api", do="hold_before", times=1)]
    again.close()
    world.wire.release()
    await held
    world.close()

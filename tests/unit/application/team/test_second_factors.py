"""Check that the console's second factor refuses guessed, used and old codes, and codes of another person."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from subscriptions.application.people.enter_console import EnterConsole
from subscriptions.application.staff.actor import SHELL, Caller, Program
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.team.second_factors import Answer, SecondFactors, Stage
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.second_factor import MISSES, RECOVERY_CODES, REST
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.one_time_codes import TotpCodes
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

PERIOD = timedelta(seconds=30)


class App:
    """Authenticator app, which knows the secret and the time."""

    def __init__(self, shop: Shop, secret: str) -> None:
        self.shop, self.secret = shop, secret

    def code(self, before: timedelta = timedelta()) -> str:
        at = (self.shop.clock.now() - before).timestamp()
        totp = TOTP(base64.b32decode(self.secret), 6, SHA1(), 30)  # noqa: S303
        return totp.generate(int(at)).decode()


class Console:
    """Sign-in of the console, and an owner who signs in with links from the chat."""

    def __init__(self, key: str | None = None, *, owners_prove: bool = False) -> None:
        self.shop = memory_shop()
        self.staff = Staff(self.shop)
        seals = WebhookSeals(key or Fernet.generate_key().decode(), Addresses(()))
        desk = self.staff.desk
        self.sign_in = EnterConsole(self.shop.units, self.shop.clock, desk, owners_prove=owners_prove)
        self.factors = SecondFactors(self.shop.units, self.shop.clock, TotpCodes(), seals, "Retador")

    async def owner(self) -> Customer:
        return await self.shop.customer(staff_role=StaffRole.OWNER, username="olga")

    async def enter(self, who: Customer) -> str:
        key = await self.sign_in(await self.sign_in.offer(who.telegram_id))
        assert key is not None
        return key

    async def inside(self, key: str) -> bool:
        return await self.sign_in.visitor(key) is not None

    async def set_up(self, who: Customer) -> tuple[App, list[str]]:
        key = await self.enter(who)
        factor_state = await self.factors.look(key)
        assert factor_state is not None
        app = App(self.shop, factor_state.secret)
        codes = await self.factors.set_up(key, app.code())
        assert not isinstance(codes, Answer)
        assert await self.inside(key)
        self.shop.clock.advance(PERIOD)
        return app, list(codes)

    def record(self) -> list[str]:
        lines = [line for line in self.shop.memory.rows("audit_log") if line.action.startswith("factor.")]
        people = {str(row.id) for row in self.shop.memory.rows("customers")}
        assert {line.subject for line in lines} <= people, "whose it is"
        return [line.action for line in lines]


@pytest.fixture
def console() -> Console:
    return Console()


async def test_enrolled_owner_signs_in_only_with_a_code_of_the_app(console: Console) -> None:
    olga = await console.owner()
    app, codes = await console.set_up(olga)
    key = await console.enter(olga)

    assert (await console.inside(key), await console.sign_in.waits(key)) == (False, True)
    factor_state = await console.factors.look(key)
    assert factor_state is not None
    assert (factor_state.stage, factor_state.secret, factor_state.address) == (Stage.CODE, "", ""), (
        "the secret is shown no more"
    )
    assert await console.factors.prove(key, "000000") is Answer.WRONG
    assert not await console.inside(key)
    assert await console.factors.prove(key, app.code()) is Answer.RIGHT
    assert (await console.inside(key), await console.sign_in.waits(key)) == (True, False)
    assert console.record() == ["factor.set_up", "factor.refused", "factor.proved"]
    kept = repr(console.shop.memory.tables)
    assert app.secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


async def test_used_or_old_code_is_refused(console: Console) -> None:
    olga = await console.owner()
    app, _ = await console.set_up(olga)
    seen = app.code()
    assert await console.factors.prove(await console.enter(olga), seen) is Answer.RIGHT
    assert await console.factors.prove(await console.enter(olga), seen) is Answer.WRONG
    console.shop.clock.advance(PERIOD * 3)
    assert await console.factors.prove(await console.enter(olga), app.code(PERIOD * 2)) is Answer.WRONG
    assert await console.factors.prove(await console.enter(olga), app.code(PERIOD)) is Answer.RIGHT, (
        "a clock that is late"
    )


async def test_repeated_wrong_codes_end_pending_sessions_and_lock_the_sign_in_temporarily(console: Console) -> None:
    olga = await console.owner()
    app, codes = await console.set_up(olga)
    key, other = await console.enter(olga), await console.enter(olga)
    reported = [await console.factors.prove(key, "000000") for _ in range(MISSES)]
    assert reported == [Answer.WRONG] * (MISSES - 1) + [Answer.LOCKED]
    assert [await console.factors.prove(each, app.code()) for each in (key, other)] == [Answer.OVER, Answer.OVER]
    again = await console.enter(olga)
    assert await console.factors.prove(again, app.code()) is Answer.LOCKED
    assert await console.factors.prove(again, codes[0]) is Answer.LOCKED
    console.shop.clock.advance(REST)
    assert await console.factors.prove(await console.enter(olga), app.code()) is Answer.RIGHT


async def test_five_wrong_codes_notify_the_staff_member_and_the_owners_once(console: Console) -> None:
    olga = await console.owner()
    await console.set_up(olga)
    key = await console.enter(olga)
    for wrong in range(MISSES - 1):
        await console.factors.prove(key, f"{wrong:06}")
    assert (await console.shop.notified("second_factor_locked"), await console.shop.alarms()) == ([], [])

    await console.factors.prove(key, "999999")
    await console.factors.prove(await console.enter(olga), "999999")
    (notification,) = await console.shop.notified("second_factor_locked")
    assert notification["customer_id"] == str(olga.id)
    assert await console.shop.alarms() == ["second_factor_locked"]


async def test_recovery_code_can_be_used_once(console: Console) -> None:
    olga = await console.owner()
    _, codes = await console.set_up(olga)
    assert len(set(codes)) == RECOVERY_CODES
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in codes)
    assert await console.factors.prove(await console.enter(olga), codes[0].upper().replace("-", " ")) is Answer.RIGHT
    assert await console.factors.prove(await console.enter(olga), codes[0]) is Answer.WRONG
    assert console.record()[-2:] == ["factor.recovered", "factor.refused"]


async def test_code_of_another_person_is_refused(console: Console) -> None:
    olga, rosa = await console.owner(), await console.owner()
    (app, codes), _ = await console.set_up(olga), await console.set_up(rosa)
    key = await console.enter(rosa)
    assert [await console.factors.prove(key, each) for each in (app.code(), codes[0])] == [Answer.WRONG, Answer.WRONG]


async def test_enrollment_ends_other_sessions_and_cannot_be_repeated(console: Console) -> None:
    olga = await console.owner()
    before = await console.enter(olga)
    await console.set_up(olga)
    assert not await console.inside(before)
    key = await console.enter(olga)
    assert await console.factors.set_up(key, "000000") is Answer.OVER, "a visit that waits replaces nothing"


async def test_required_second_factor_blocks_owners_until_enrolled() -> None:
    console = Console(owners_prove=True)
    olga, marta = await console.owner(), await console.shop.customer(staff_role=StaffRole.MANAGER)
    assert await console.inside(await console.enter(marta))
    key = await console.enter(olga)
    assert not await console.inside(key)
    factor_state = await console.factors.look(key)
    assert factor_state is not None
    assert (factor_state.stage, "Retador" in factor_state.address) == (Stage.SETUP, True)
    assert await console.factors.prove(key, "000000") is Answer.OVER
    assert await console.factors.set_up(key, "000000") is Answer.WRONG
    assert not await console.inside(key)
    await console.factors.set_up(key, App(console.shop, factor_state.secret).code())
    assert await console.inside(key)


async def test_code_is_refused_for_an_expired_or_unknown_sign_in(console: Console) -> None:
    olga = await console.owner()
    app, _ = await console.set_up(olga)
    key = await console.enter(olga)
    console.shop.clock.advance(timedelta(minutes=31))
    assert await console.factors.prove(key, app.code()) is Answer.OVER
    assert await console.factors.prove("made up", app.code()) is Answer.OVER


async def test_second_factor_is_reset_only_by_another_authorized_person_or_the_shell(console: Console) -> None:
    olga, rosa = await console.owner(), await console.owner()
    await console.set_up(olga)
    key = await console.enter(olga)
    await console.staff(SHELL, "make_role", "", role_name="Personal", permissions="panel.open, staff.manage")
    ana = await console.shop.customer()
    await console.staff(SHELL, "role", ana.telegram_id, role="Personal")
    refusals: dict[Caller, str] = {
        olga.telegram_id: "other_person",
        ana.telegram_id: "factor_beyond",
        Program("crm", frozenset({Ability.MANAGE_STAFF})): "people_only",
    }
    for caller, why in refusals.items():
        with pytest.raises(InputsRefused) as refused:
            await console.staff(caller, "reset_factor", olga.telegram_id, reason="lo pide")
        assert refused.value.errors["reason"].key == why
    assert await console.sign_in.waits(key)
    await console.staff(rosa.telegram_id, "reset_factor", olga.telegram_id, reason="perdió el teléfono")
    assert not await console.sign_in.waits(key)
    assert await console.inside(await console.enter(olga))
    with pytest.raises(NothingToDo):
        await console.staff(SHELL, "reset_factor", olga.telegram_id, reason="otra vez")
    assert console.record()[-1] == "factor.reset"


async def test_codes_are_refused_without_the_encryption_key() -> None:
    console = Console()
    olga = await console.owner()
    app, _ = await console.set_up(olga)
    key = await console.enter(olga)
    other = WebhookSeals(Fernet.generate_key().decode(), Addresses(()))
    elsewhere = SecondFactors(console.shop.units, console.shop.clock, TotpCodes(), other, "Retador")
    with pytest.raises(InvalidInput):
        await elsewhere.prove(key, app.code())
    assert not await console.inside(key)

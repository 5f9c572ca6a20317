"""Account transfer: the purchases of a lost account move to the backup account, and attempts to steal an account
fail.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from features.transfer.alarms import is_over
from features.transfer.domain import (
    AFTER_OBJECTION,
    AGREED_WITHIN,
    CODE_LIFETIME,
    PERIOD_TO_OBJECT,
    REST,
    AccountTransfer,
)
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.move_accounts import MoveAccounts
from features.transfer.use_cases.name_account import NameAccount
from features.transfer.use_cases.take_over import TakeOver
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.customers import FindCustomer, MeetCustomer, Person
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.subscriptions.plan_buyers import had_before
from subscriptions.application.subscriptions.subscription_handler import CannotUndo, UndoCancellation
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.services.trial_marks import NO_MARKS
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.fakes.telegram import MemoryNotifier

FIRST, SECOND, THIEF = TelegramId(7000004242), TelegramId(7000000777), TelegramId(6000000666)
ANA, BERTA = TelegramId(901), TelegramId(902)


@dataclass
class Lost:
    """Paying customer, the use cases of the account transfer, and the accounts of the customer and the thief."""

    shop: Shop
    customer: Customer
    name: NameAccount
    take: TakeOver
    move: MoveAccounts
    staff: Staff
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)

    async def code(self, account: TelegramId = FIRST) -> str:
        link = await self.name.offer(account)
        assert not isinstance(link, Refusal)
        return link.partition("start=acc_")[2]

    async def named(self, account: TelegramId = SECOND) -> None:
        proved = await self.name.prove(account, await self.code())
        assert isinstance(proved, Customer), proved
        self.shop.clock.advance(REST)

    async def notify(self) -> None:
        """Send the queued notices of the transfer, one for each queued job."""
        announce = Announce(self.shop.units, self.notifier, self.shop.clock, self.shop.policy, self.shop.gateways)
        for job in await self.shop.notified("takeover_asked"):
            await announce(job["kind"], CustomerId(UUID(job["customer_id"])), UUID(job["subject"]), job["key"])

    async def has_moved(self) -> bool:
        """Send the queued notices, run the transfer now and one day later, and return True if the first account lost
        its purchases.
        """
        await self.notify()
        return await self.has_moved_unnotified()

    async def has_moved_unnotified(self) -> bool:
        """Run the transfer now and one day later without sending the queued notices, and return True if the first
        account lost its purchases.
        """
        await self.move()
        self.shop.clock.advance(PERIOD_TO_OBJECT)
        await self.move()
        async with self.shop.units() as uow:
            customer = await uow.customers.get(self.customer.id)
        assert customer is not None
        return customer.telegram_id != self.customer.telegram_id


@pytest.fixture
async def lost() -> Lost:
    shop = memory_shop()
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    customer = await shop.customer(telegram_id=FIRST)
    _, session = await shop.checkout(customer, await shop.plan())
    await shop.deliver(*shop.provider.pay(session))
    for account in (SECOND, THIEF):
        await shop.customer(telegram_id=account)
    for account in (ANA, BERTA):
        await shop.customer(telegram_id=account, staff_role=StaffRole.MANAGER)
    units, clock = shop.units, shop.clock
    return Lost(
        shop, customer, NameAccount(units, clock), TakeOver(units, clock), MoveAccounts(units, clock), Staff(shop)
    )


async def test_purchases_move_to_the_second_account_after_a_day(lost: Lost) -> None:
    shop = lost.shop
    async with shop.units() as uow:
        (before,) = await uow.accesses.of_customer(lost.customer.id)
        access = await uow.accesses.get(before.id, lock=True)
        assert access is not None
        access.join(shop.clock.now())
        await uow.accesses.save(access)
        receipts = await uow.receipts.of_customer(lost.customer.id, 10)
        await uow.commit()
    await lost.named()

    asked = await lost.take.ask(SECOND)
    assert isinstance(asked, AccountTransfer)
    assert await lost.move() == 0, "not before the day is over"
    assert await lost.has_moved()

    async with shop.units() as uow:
        customer = await uow.customers.by_telegram_id(SECOND)
        former = await uow.customers.by_telegram_id(FIRST)
        assert customer is not None
        assert customer.id == lost.customer.id
        assert former is not None
        assert former.id != lost.customer.id
        (subscription,) = await uow.subscriptions.of_customer(customer.id)
        assert subscription.live
        assert await uow.receipts.of_customer(customer.id, 10) == receipts
        assert not await uow.subscriptions.of_customer(former.id)
        (access,) = await uow.accesses.of_customer(customer.id)
        assert access.status is AccessStatus.PENDING
        assert await uow.of(FORMER_ACCOUNTS_KEY).gave_up(FIRST)
        assert not await uow.of(FORMER_ACCOUNTS_KEY).gave_up(SECOND)
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(customer.id) is None
    removals = [job.payload for job in shop.memory.jobs_named("bot.remove_stranger")] if shop.memory else []
    assert [payload["telegram_id"] for payload in removals] == [FIRST]
    assert len(await shop.notified("takeover_asked")) == len(await shop.notified("takeover_closed")) == 1
    assert await lost.move() == 0


async def test_confirmation_link_opened_again_by_the_second_account_is_accepted_until_it_expires(lost: Lost) -> None:
    """If the first response was never sent, the second must not report the link as invalid."""
    code = await lost.code()
    for _ in range(2):
        proved = await lost.name.prove(SECOND, code)
        assert isinstance(proved, Customer), proved
        assert proved.id == lost.customer.id
    lost.shop.clock.advance(CODE_LIFETIME)
    assert await lost.name.prove(SECOND, code) is Refusal.CODE


async def test_first_account_stops_the_transfer_with_one_press(lost: Lost) -> None:
    await lost.named()
    await lost.take.ask(SECOND)

    assert isinstance(await lost.take.object(FIRST), AccountTransfer)
    assert await lost.take.object(FIRST) is Refusal.NOTHING
    assert not await lost.has_moved()
    assert await lost.shop.alarms() == ["takeover_objected"]
    assert await lost.take.ask(SECOND) is Refusal.NOBODY


async def test_removing_the_second_account_stops_the_transfer(lost: Lost) -> None:
    await lost.named()
    await lost.take.ask(SECOND)

    await lost.name.forget(FIRST)

    assert not await lost.has_moved()
    assert await lost.shop.alarms() == ["takeover_objected"]


async def test_account_lost_by_a_transfer_cannot_use_one_time_offers_again(lost: Lost) -> None:
    """Trials and other one-time offers remain used for the released Telegram account."""
    await lost.named()
    await lost.take.ask(SECOND)
    assert await lost.has_moved()

    former = await _of(lost, FIRST)
    (view,) = await lost.shop.plans.all()
    newcomer = await lost.shop.customer(telegram_id=TelegramId(31))
    async with lost.shop.units() as uow:
        plan = await uow.plans.by_soft_id(view.soft_id)
        assert plan is not None
        assert [await had_before(uow, each, plan, NO_MARKS) for each in (former, newcomer)] == [True, False]


async def test_question_sent_before_the_transfer_is_answered_in_the_account_that_sent_it(lost: Lost) -> None:
    """A customer who lost an account requests help from the other account. The answer must not go to the lost
    account.
    """
    asked_at = lost.shop.clock.now()
    asker = await _of(lost, SECOND)
    await lost.named()
    await lost.take.ask(SECOND)
    assert await lost.has_moved()

    find = FindCustomer(lost.shop.units)
    answered = [await find(asker.id, at) for at in (asked_at, lost.shop.clock.now())]
    assert [each.telegram_id for each in answered if each is not None] == [SECOND, FIRST]


async def test_transfer_needs_two_staff_members(lost: Lost) -> None:
    await lost.staff(ANA, "move_account", lost.customer.id, account=SECOND, reason="showed two receipts")
    assert not await lost.has_moved(), "one person alone"

    outcome = await lost.staff(BERTA, "agree_move", lost.customer.id, reason="talked to them by phone")

    assert outcome.name == "move_agreed"
    assert len(await lost.shop.notified("takeover_asked")) == 1, "the first account can object here too"
    assert await lost.has_moved()


async def test_unapproved_transfer_expires_and_allows_another_transfer(lost: Lost) -> None:
    await lost.staff(ANA, "move_account", lost.customer.id, account=THIEF, reason="showed two receipts")
    assert await lost.name.offer(FIRST) is Refusal.UNDER_WAY
    lost.shop.clock.advance(AGREED_WITHIN)

    assert not await lost.has_moved()

    assert [each.status for each in await _account_transfers(lost)] == ["dropped"]
    assert not await lost.shop.notified("takeover_closed"), "nobody was told that it began"
    await lost.named()
    assert isinstance(await lost.take.ask(SECOND), AccountTransfer)


async def test_staff_can_stop_a_transfer(lost: Lost) -> None:
    await lost.named()
    await lost.take.ask(SECOND)

    await lost.staff(ANA, "stop_move", lost.customer.id, reason="they called us")

    assert not await lost.has_moved()
    with pytest.raises(NothingToDo):
        await lost.staff(ANA, "stop_move", lost.customer.id, reason="they called us")


async def test_transfer_waits_a_day_from_the_delivery_of_a_late_notice(lost: Lost) -> None:
    await lost.named()
    asked = await lost.take.ask(SECOND)
    assert isinstance(asked, AccountTransfer)
    assert asked.due_at is None
    lost.notifier.errors = [RetryLater("Telegram does not answer"), Ambiguous("no answer")]
    for error in (RetryLater, Ambiguous):
        with pytest.raises(error):
            await lost.notify()
        assert not await lost.has_moved_unnotified()

    await lost.notify()
    lost.shop.clock.advance(PERIOD_TO_OBJECT - timedelta(seconds=1))
    await lost.move()
    (waiting,) = await _account_transfers(lost)
    assert (waiting.status, waiting.due_at) == ("waiting", lost.shop.clock.now() + timedelta(seconds=1))

    # A restarted worker reads the state from the database.
    lost.move = MoveAccounts(lost.shop.units, lost.shop.clock)
    lost.shop.clock.advance(timedelta(seconds=1))
    await lost.move()
    assert (await _of(lost, SECOND)).id == lost.customer.id
    assert await lost.shop.alarms() == []


UNDELIVERABLE = {
    "blocked": ActionRequired("blocked_bot", "403"),
    "deleted": ActionRequired("deleted_account", "403"),
    "refused": Permanent("chat not found"),
}


@pytest.mark.parametrize("error", UNDELIVERABLE.values(), ids=UNDELIVERABLE)
async def test_transfer_is_held_if_the_notice_to_the_first_account_cannot_be_delivered(
    lost: Lost, error: Exception
) -> None:
    """A thief with brief access to the phone adds a second account and blocks the bot. No transfer may proceed without
    a delivered notice.
    """
    await lost.named(THIEF)
    await lost.take.ask(THIEF)
    lost.notifier.errors = [error]

    assert not await lost.has_moved()
    lost.move = MoveAccounts(lost.shop.units, lost.shop.clock)
    assert not await lost.has_moved()

    assert "takeover_unannounced" in await lost.shop.alarms()
    view = await lost.take.look(THIEF)
    assert view.incoming_transfer is not None
    assert view.incoming_transfer.is_held
    # The customer may still object, and staff may stop it.
    assert isinstance(await lost.take.object(FIRST), AccountTransfer)


async def test_transfer_is_held_if_the_first_account_blocked_the_bot_before_the_request(lost: Lost) -> None:
    await lost.named(THIEF)
    await _block(lost)
    await lost.take.ask(THIEF)

    assert not await lost.has_moved()

    assert (await lost.shop.alarms(), lost.notifier.sent) == (["takeover_unannounced"], [])
    await lost.staff(ANA, "stop_move", lost.customer.id, reason="they never asked for it")
    assert [each.status for each in await _account_transfers(lost)] == ["dropped"]


async def test_two_staff_members_confirm_a_transfer_without_a_notice(lost: Lost) -> None:
    await lost.named()
    await _block(lost)
    await lost.take.ask(SECOND)
    assert not await lost.has_moved()

    first = await lost.staff(ANA, "agree_move", lost.customer.id, reason="showed two receipts")
    assert not await lost.has_moved(), "one person alone"
    with pytest.raises(InputsRefused):
        await lost.staff(ANA, "agree_move", lost.customer.id, reason="me again")
    second = await lost.staff(BERTA, "agree_move", lost.customer.id, reason="talked to them by phone")

    assert (first.name, second.name) == ("move_confirmed", "move_released")
    (waiting,) = await _account_transfers(lost)
    assert (waiting.confirmed_by, waiting.agreed_by) == (str(ANA), str(BERTA))
    assert waiting.due_at == lost.shop.clock.now() + PERIOD_TO_OBJECT
    with pytest.raises(NothingToDo):
        await lost.staff(BERTA, "agree_move", lost.customer.id, reason="once more")
    assert await lost.has_moved()


async def test_transfer_confirmed_by_two_staff_members_alerts_the_owner_if_the_notice_fails(lost: Lost) -> None:
    """Two staff members have already confirmed. The day starts when the notice failed, and the owner can stop the
    transfer.
    """
    await _block(lost)
    await lost.staff(ANA, "move_account", lost.customer.id, account=SECOND, reason="showed two receipts")
    await lost.staff(BERTA, "agree_move", lost.customer.id, reason="talked to them by phone")
    lost.shop.clock.advance(PERIOD_TO_OBJECT)
    await lost.notify()

    await lost.move()
    assert (await _of(lost, FIRST)).id == lost.customer.id
    assert await lost.shop.alarms() == ["takeover_unannounced"]
    assert await lost.has_moved()


async def test_transfer_waits_a_day_after_the_bot_is_unblocked(lost: Lost) -> None:
    await lost.named()
    await _block(lost)
    await lost.take.ask(SECOND)
    assert not await lost.has_moved()
    assert not await _is_alarm_over(lost)
    await lost.staff(ANA, "agree_move", lost.customer.id, reason="showed two receipts")

    await _unblock(lost)
    await lost.move()
    (held,) = await _account_transfers(lost)
    assert held.is_held, "the notice is on its way again, and not delivered"
    await lost.notify()
    await lost.move()

    (waiting,) = await _account_transfers(lost)
    assert (waiting.is_held, waiting.confirmed_by) == (False, None)
    assert waiting.due_at == lost.shop.clock.now() + PERIOD_TO_OBJECT
    assert await _is_alarm_over(lost)
    assert await lost.has_moved()


async def test_late_delivery_of_the_notice_postpones_a_transfer_released_by_staff(lost: Lost) -> None:
    await lost.named()
    await _block(lost)
    await lost.take.ask(SECOND)
    assert not await lost.has_moved()
    for person in (ANA, BERTA):
        await lost.staff(person, "agree_move", lost.customer.id, reason="showed two receipts")
    lost.shop.clock.advance(PERIOD_TO_OBJECT - timedelta(minutes=1))

    await _unblock(lost)
    await lost.notify()
    lost.shop.clock.advance(timedelta(minutes=1))
    await lost.move()

    (waiting,) = await _account_transfers(lost)
    assert waiting.due_at == lost.shop.clock.now() + PERIOD_TO_OBJECT - timedelta(minutes=1)
    assert isinstance(await lost.take.object(FIRST), AccountTransfer)


async def test_transfer_without_a_sent_notice_is_held_and_raises_an_alarm(lost: Lost) -> None:
    """A process of an earlier version receives the notice and cannot render it: no customer is notified, and no
    purchase moves.
    """
    await lost.named()
    await lost.take.ask(SECOND)
    for _ in range(3):
        assert not await lost.has_moved_unnotified()
    assert await lost.shop.alarms() == ["takeover_unannounced"]


async def test_due_transfer_created_by_an_earlier_version_is_held_without_a_delivered_notice(lost: Lost) -> None:
    await lost.named()
    asked = await lost.take.ask(SECOND)
    assert isinstance(asked, AccountTransfer)
    async with lost.shop.units() as uow:
        await uow.customers.get(lost.customer.id, lock=True)
        account_transfer = await uow.of(ACCOUNT_TRANSFERS_KEY).get(asked.id)
        assert account_transfer is not None
        account_transfer.due_at, account_transfer.waits_since = lost.shop.clock.now() + PERIOD_TO_OBJECT, None
        await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
        await uow.commit()
    await _block(lost)
    await lost.notify()

    assert not await lost.has_moved_unnotified()

    assert await lost.shop.alarms() == ["takeover_unannounced"]


async def test_held_transfer_expires_without_confirmation(lost: Lost) -> None:
    await lost.named()
    await _block(lost)
    await lost.take.ask(SECOND)
    assert not await lost.has_moved()
    lost.shop.clock.advance(AGREED_WITHIN)

    assert not await lost.has_moved()

    assert [each.status for each in await _account_transfers(lost)] == ["dropped"]


AlarmLink = Callable[[Lost], Awaitable[object]]


async def _without_being_named(lost: Lost) -> object:
    return await lost.take.ask(THIEF)


async def _a_guessed_code(lost: Lost) -> object:
    await lost.code()
    return await lost.name.prove(THIEF, "a" * 32)


async def _guessing_on(lost: Lost) -> object:
    code = await lost.code()
    for each in ("a", "b", "c"):
        assert await lost.name.prove(THIEF, each) is Refusal.CODE
    return await lost.name.prove(THIEF, code)


async def _an_old_code(lost: Lost) -> object:
    code = await lost.code()
    lost.shop.clock.advance(CODE_LIFETIME)
    return await lost.name.prove(THIEF, code)


async def _a_used_code(lost: Lost) -> object:
    code = await lost.code()
    assert isinstance(await lost.name.prove(SECOND, code), Customer)
    return await lost.name.prove(THIEF, code)


async def _a_code_that_another_replaced(lost: Lost) -> object:
    code = await lost.code()
    await lost.code()
    return await lost.name.prove(THIEF, code)


async def _ones_own_code(lost: Lost) -> object:
    return await lost.name.prove(FIRST, await lost.code())


async def _codes_without_end(lost: Lost) -> object:
    for _ in range(3):
        await lost.code()
    return await lost.name.offer(FIRST)


async def _with_the_phone_for_an_hour(lost: Lost) -> object:
    assert isinstance(await lost.name.prove(THIEF, await lost.code()), Customer)
    lost.shop.clock.advance(timedelta(hours=1))
    return await lost.take.ask(THIEF)


async def _after_the_second_account_was_removed(lost: Lost) -> object:
    await lost.named(THIEF)
    await lost.name.forget(FIRST)
    return await lost.take.ask(THIEF)


async def _named_again_after_an_objection(lost: Lost) -> object:
    await lost.named(THIEF)
    await lost.take.ask(THIEF)
    await lost.take.object(FIRST)
    await lost.named(THIEF)
    lost.shop.clock.advance(AFTER_OBJECTION - REST - timedelta(seconds=1))
    return await lost.take.ask(THIEF)


async def _with_an_account_that_has_a_plan(lost: Lost) -> object:
    customer = await lost.shop.customer(telegram_id=TelegramId(555))
    _, session = await lost.shop.checkout(customer, await lost.shop.plan(soft_id="other", name="Other"))
    await lost.shop.deliver(*lost.shop.provider.pay(session))
    return await lost.name.prove(TelegramId(555), await lost.code())


async def _an_account_that_is_somebody_elses_second(lost: Lost) -> object:
    await lost.named()
    other = await lost.shop.customer(telegram_id=TelegramId(444))
    return await lost.name.prove(SECOND, await lost.code(other.telegram_id))


async def _as_staff(lost: Lost) -> object:
    return await lost.name.prove(ANA, await lost.code())


async def _barred(lost: Lost) -> object:
    await lost.staff(ANA, "block", (await _of(lost, THIEF)).id, reason="fraud elsewhere")
    return await lost.name.prove(THIEF, await lost.code())


async def _objecting_for_another(lost: Lost) -> object:
    await lost.named()
    await lost.take.ask(SECOND)
    refusal = await lost.take.object(THIEF)
    await lost.take.object(FIRST)
    return refusal


async def _banned_by_hand(lost: Lost) -> object:
    await lost.named()
    await _ban(lost)
    return await lost.take.ask(SECOND)


async def _ban(lost: Lost) -> None:
    async with lost.shop.units() as uow:
        (known,) = await uow.accesses.of_customer(lost.customer.id)
        access = await uow.accesses.get(known.id, lock=True)
        assert access is not None
        assert access.ban(lost.shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()


async def _block(lost: Lost) -> None:
    await MarkUnreachable(lost.shop.units, lost.shop.clock)(FIRST)


async def _unblock(lost: Lost) -> None:
    person = Person(telegram_id=FIRST, first_name="Ana", username=None, language_code="es")
    await MeetCustomer(lost.shop.units, lost.shop.clock)(person)


async def _is_alarm_over(lost: Lost) -> bool:
    (raised,) = await lost.shop.jobs("bot.alarm")
    alarm = new_alarm(raised["key"], raised["kind"], dict(raised["facts"]), lost.shop.clock.now())
    async with lost.shop.units() as uow:
        return await is_over(uow, alarm, lost.shop.clock.now())


async def _of(lost: Lost, account: TelegramId) -> Customer:
    async with lost.shop.units() as uow:
        customer = await uow.customers.by_telegram_id(account)
    assert customer is not None
    return customer


@pytest.mark.parametrize(
    ("way", "refusal"),
    [
        (_without_being_named, Refusal.NOBODY),
        (_a_guessed_code, Refusal.CODE),
        (_guessing_on, Refusal.TOO_OFTEN),
        (_an_old_code, Refusal.CODE),
        (_a_used_code, Refusal.CODE),
        (_a_code_that_another_replaced, Refusal.CODE),
        (_ones_own_code, Refusal.OWN),
        (_codes_without_end, Refusal.TOO_OFTEN),
        (_with_the_phone_for_an_hour, Refusal.TOO_SOON),
        (_after_the_second_account_was_removed, Refusal.NOBODY),
        (_named_again_after_an_objection, Refusal.OBJECTED),
        (_with_an_account_that_has_a_plan, Refusal.TAKEN),
        (_an_account_that_is_somebody_elses_second, Refusal.TAKEN),
        (_as_staff, Refusal.STAFF),
        (_barred, Refusal.BARRED),
        (_banned_by_hand, Refusal.BANNED),
        (_objecting_for_another, Refusal.NOTHING),
    ],
    ids=lambda each: each.__name__.strip("_") if callable(each) else str(each),
)
async def test_attempt_to_steal_an_account_is_refused(lost: Lost, way: AlarmLink, refusal: Refusal) -> None:
    assert await way(lost) is refusal
    assert not await lost.has_moved()


async def test_customer_banned_during_an_account_transfer_keeps_the_account(lost: Lost) -> None:
    await lost.named()
    assert isinstance(await lost.take.ask(SECOND), AccountTransfer)
    await _ban(lost)
    assert not await lost.has_moved()


async def test_staff_cannot_move_a_banned_customer(lost: Lost) -> None:
    await _ban(lost)
    with pytest.raises(InputsRefused) as refused:
        await lost.staff(ANA, "move_account", lost.customer.id, account=SECOND, reason="a lost phone")
    assert refused.value.errors["account"].key == "account_banned"


async def test_account_cannot_be_moved_by_one_staff_member_alone(lost: Lost) -> None:
    wanted = {"account": THIEF, "reason": "they asked nicely"}
    for caller in (SHELL, Program("crm", frozenset(Ability))):
        with pytest.raises(InputsRefused):
            await lost.staff(caller, "move_account", lost.customer.id, **wanted)
    await lost.staff(ANA, "move_account", lost.customer.id, **wanted)
    with pytest.raises(NothingToDo):
        await lost.staff(BERTA, "move_account", lost.customer.id, **wanted)
    with pytest.raises(InputsRefused):
        await lost.staff(ANA, "agree_move", lost.customer.id, reason="me again")
    with pytest.raises(InputsRefused):
        await lost.staff(SHELL, "agree_move", lost.customer.id, reason="from the shell")
    assert not await lost.has_moved()
    for account in (uuid4().int % 2**40, ANA, FIRST):
        with pytest.raises(InputsRefused):
            await lost.staff(BERTA, "move_account", lost.customer.id, account=account, reason="somebody")


async def test_account_with_its_own_purchase_receives_no_transfer(lost: Lost) -> None:
    await lost.named()
    await lost.take.ask(SECOND)
    _, session = await lost.shop.checkout(await _of(lost, SECOND), await lost.shop.plan(soft_id="other", name="Other"))
    await lost.shop.deliver(*lost.shop.provider.pay(session))

    assert not await lost.has_moved()
    (account_transfer,) = await _account_transfers(lost)
    assert account_transfer.status == "dropped"


async def test_renewals_that_the_first_account_pays_in_stars_cannot_be_resumed_by_the_second(lost: Lost) -> None:
    shop = lost.shop
    plan = await shop.plan(soft_id="stars", name="Stars", price=Money(1500, "XTR"))
    _, session = await shop.checkout(lost.customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    await lost.named()
    await lost.take.ask(SECOND)
    assert await lost.has_moved()
    shop.provider.change("sub-2", cancel_at_period_end=True)
    await shop.deliver(shop.provider.updated("sub-2"))

    subscription = (await shop.holding(lost.customer, plan)).subscription
    assert subscription.cancel_at_period_end
    assert not subscription.undoable(shop.clock.now())
    with pytest.raises(CannotUndo):
        await UndoCancellation(shop.units, shop.gateways, shop.follow)(SECOND, plan.soft_id)


async def _account_transfers(lost: Lost) -> list[AccountTransfer]:
    async with lost.shop.units() as uow:
        return list(await uow.of(ACCOUNT_TRANSFERS_KEY).of_customer(lost.customer.id))

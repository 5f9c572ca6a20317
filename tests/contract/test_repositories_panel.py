"""Stored objects of the staff panel, such as dialogues and alarms, with the same results in memory and
in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from subscriptions.domain.entities import variable
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.dialogue import LIFETIME, Dialogue
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, Origin
from subscriptions.domain.ports.repositories.people import Record
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

OLGA = TelegramId(7)


async def test_dialogue_is_read_as_saved(units: Units) -> None:
    dialogue = Dialogue.begin(OLGA, "plan.new", "name", NOON, plan="x")
    dialogue.answers["name"] = "<b>&_* \x00 ñ"
    dialogue.message_id = 12
    async with units() as uow:
        await uow.dialogues.save(dialogue)
        await uow.commit()
    async with units() as uow:
        found = await uow.dialogues.find(OLGA, NOON, lock=True)
    assert found is not None
    assert (found.id, found.kind, found.step, found.message_id) == (dialogue.id, "plan.new", "name", 12)
    assert found.answers["plan"] == "x"
    assert found.answers["name"].startswith("<b>&_*")


async def test_record_of_a_used_trial_is_kept_until_pruned(units: Units) -> None:
    year = timedelta(days=365)
    async with units() as uow:
        for at in (NOON, NOON + year):
            await uow.personal_data.keep_trial_mark("5ca1ab1e", at)
        known = [await uow.personal_data.has_trial_mark(mark) for mark in ("5ca1ab1e", "5")]
        assert known == [True, False]
        assert await uow.personal_data.prune(Record.TRIAL_MARKS, NOON + year, year, 9) == 0
        assert await uow.personal_data.prune(Record.TRIAL_MARKS, NOON + year + timedelta(seconds=1), year, 9) == 1
        assert not await uow.personal_data.has_trial_mark("5ca1ab1e")


async def test_latest_dialogue_of_a_person_replaces_the_earlier_dialogue(units: Units) -> None:
    async with units() as uow:
        await uow.dialogues.save(Dialogue.begin(OLGA, "plan.new", "name", NOON))
        second = Dialogue.begin(OLGA, "token.new", "plan", NOON)
        await uow.dialogues.save(second)
        await uow.dialogues.save(Dialogue.begin(TelegramId(8), "plan.new", "name", NOON))
        assert await uow.dialogues.find(OLGA, NOON) == second
        await uow.dialogues.end(OLGA)
        await uow.dialogues.end(OLGA)
        assert await uow.dialogues.find(OLGA, NOON) is None
        assert await uow.dialogues.find(TelegramId(8), NOON) is not None


async def test_expired_dialogue_is_not_returned_and_is_pruned(units: Units) -> None:
    async with units() as uow:
        await uow.dialogues.save(Dialogue.begin(OLGA, "plan.new", "name", NOON))
        later = Dialogue.begin(TelegramId(8), "plan.new", "name", NOON)
        later.go("price", NOON + timedelta(minutes=30))
        await uow.dialogues.save(later)
        end = NOON + LIFETIME
        assert await uow.dialogues.find(OLGA, end) is None
        assert await uow.personal_data.prune(Record.DIALOGUES, end, timedelta(), 100) == 1
        assert await uow.personal_data.prune(Record.DIALOGUES, end, timedelta(), 100) == 0
        assert await uow.dialogues.find(TelegramId(8), end) == later


async def test_alarm_is_raised_once_and_open_until_closed(units: Units) -> None:
    first = Alarm.begin("pool_dry:1", "pool_dry", {"accounts": "2"}, NOON)
    second = Alarm.begin("pool_dry:2", "pool_dry", {}, NOON + timedelta(hours=1))
    async with units() as uow:
        assert await uow.alarms.add_if_new(first)
        assert not await uow.alarms.add_if_new(replace(first, id=second.id))
        assert await uow.alarms.add_if_new(second)
        assert list(await uow.alarms.open(10)) == [second, first]
        assert list(await uow.alarms.open(1)) == [second]
        known = await uow.alarms.get(first.id, lock=True)
        assert known is not None
        assert known.close(OLGA, NOON)
        assert not known.close(OLGA, NOON)
        await uow.alarms.save(known)
        assert list(await uow.alarms.open(10)) == [second]
        assert await uow.alarms.count_open() == 1
        assert await uow.alarms.newest("pool_dry", "pool_dry:") == second
        assert await uow.alarms.newest("pool_dry", "pool_dry:1") == known
        assert await uow.alarms.newest("pool_share", "pool_dry:") is None
        assert await uow.alarms.newest("pool_dry", "pool%") is None
        await uow.commit()


async def test_staff_is_listed_oldest_customer_first(units: Units) -> None:
    olga = samples.customer(staff_role=StaffRole.OWNER)
    marta = samples.customer(staff_role=StaffRole.SUPPORT, created_at=NOON + timedelta(days=1))
    async with units() as uow:
        for person in (marta, samples.customer(), olga):
            await uow.customers.save(person)
        assert [person.id for person in await uow.customers.staff()] == [olga.id, marta.id]


async def test_staff_and_customers_with_an_open_or_paid_order_are_listed_as_known(units: Units) -> None:
    bought, buys, left, new = (samples.customer() for _ in range(4))
    olga, plan = samples.customer(staff_role=StaffRole.SUPPORT), samples.plan()
    paid = samples.order(bought, plan, status=OrderStatus.PAID)
    async with units() as uow:
        await uow.plans.save(plan)
        for person in (bought, buys, left, new, olga):
            await uow.customers.save(person)
        for order in (paid, samples.order(buys, plan), samples.order(left, plan, status=OrderStatus.EXPIRED)):
            await uow.orders.save(order)
        await uow.subscriptions.save(samples.subscription(paid, status=SubscriptionStatus.EXPIRED))
        known = {who.telegram_id for who in (bought, buys, olga)}
        others = {left.telegram_id, new.telegram_id, TelegramId(7_777)}
        assert await uow.customers.list_known(known | others) == known
        assert await uow.customers.list_known(others) == set()


async def test_variable_raised_to_a_smaller_value_keeps_the_greatest_value(units: Units) -> None:
    async with units() as uow:
        for value in ("2026-03-02T00:00:00+00:00", "2026-03-10T00:00:00+00:00", "2026-03-09T23:00:00+00:00"):
            await uow.variables.raise_to(variable.text("seen"), value)
        assert await uow.variables.get(variable.text("seen")) == "2026-03-10T00:00:00+00:00"
        assert abs(await uow.variables.database_time() - datetime.now(UTC)) < timedelta(minutes=1)


async def test_audit_lists_one_subject_newest_first(units: Units) -> None:
    async with units() as uow:
        for number in range(3):
            await uow.audit.record(
                actor="7", action=f"a{number}", subject="one", reason="because", at=NOON, facts={"n": str(number)}
            )
        await uow.audit.record(actor="7", action="b", subject="two", reason="", at=NOON)
        lines = await uow.audit.of_subject("one", 2)
        since = await uow.audit.list_since(NOON, {"a0", "a2", "b"}, 2)
        assert not await uow.audit.list_since(NOON + timedelta(seconds=1), {"a0"}, 2)
    assert [(line.action, line.facts) for line in lines] == [("a2", {"n": "2"}), ("a1", {"n": "1"})]
    assert [line.action for line in since] == ["b", "a2"]


async def test_payment_methods_are_listed_in_the_configured_order(units: Units) -> None:
    card = PaymentMethod(provider="card", position=1, changed_by=OLGA, changed_at=NOON)
    coins = PaymentMethod(provider="coins", enabled=False, position=0, changed_at=NOON)
    async with units() as uow:
        assert list(await uow.payment_methods.all(lock=True)) == []
        await uow.payment_methods.save(card)
        await uow.payment_methods.save(coins)
        await uow.commit()
    async with units() as uow:
        assert list(await uow.payment_methods.all()) == [coins, card]
        card.position, coins.position = 0, 1
        for method in (card, coins):
            await uow.payment_methods.save(method)
        assert [method.provider for method in await uow.payment_methods.all()] == ["card", "coins"]


async def test_newest_webhook_event_of_a_provider_is_found_by_origin_and_time(units: Units) -> None:
    def entry(hours: int, provider: str, origin: Origin) -> InboxEntry:
        event = samples.event(event_key=f"evt-{hours}", provider=provider)
        at = NOON + timedelta(hours=hours)
        status = InboxStatus.APPLIED
        return InboxEntry(id=InboxId(new_uuid()), event=event, body=b"", status=status, received_at=at, origin=origin)

    notified = [entry(0, "acme", Origin.TOLD), entry(2, "acme", Origin.TOLD)]
    async with units() as uow:
        for each in (*notified, entry(3, "acme", Origin.ASKED), entry(4, "else", Origin.TOLD)):
            assert await uow.inbox.add_if_new(each)
        assert await uow.inbox.newest("acme", Origin.TOLD, NOON + timedelta(hours=9)) == notified[1]
        assert await uow.inbox.newest("acme", Origin.TOLD, NOON + timedelta(hours=1)) == notified[0]
        assert await uow.inbox.newest("acme", Origin.ASKED, NOON + timedelta(hours=2)) is None

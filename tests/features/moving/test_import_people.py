"""Import of customers: each row counts once, regardless of later events of the customer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from features.moving.use_cases.bring_in import Fate
from features.moving.use_cases.import_people import ImportPeople
from features.moving.use_cases.people_files import ImportRow
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes import samples
from tests.fakes.resources import vip
from tests.fakes.shop import TRIAL_MARKS, Shop, memory_shop
from tests.fakes.telegram import MemoryNotifier

ANA = TelegramId(7000000001)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


def importing(shop: Shop) -> ImportPeople:
    return ImportPeople(shop.units, shop.clock, GiveTime(GrantAccess(shop.policy)), CodeSeal())


async def line(shop: Shop, **more: Any) -> ImportRow:
    plan = await shop.plan()
    until = shop.clock.now() + timedelta(days=20)
    ana = ImportRow(line=2, key="m1", telegram_id=ANA, username="ana", name="Ana", plan=plan.soft_id, access_end=until)
    return replace(ana, **more)


async def test_erased_customer_is_not_imported_again(shop: Shop) -> None:
    ana, people = await line(shop), importing(shop)
    assert (await people(ana, dry_run=False)).fate is Fate.GIVEN
    [known] = shop.memory.rows("customers")
    erase = ErasePerson(shop.units, shop.clock, GrantAccess(shop.policy), TRIAL_MARKS)
    assert (await erase(ANA, "erased")).obstacle is None
    async with shop.units() as uow:
        for access in await uow.accesses.of_customer(known.id):
            access.apply(AccessEvent.REMOVED)
            await uow.accesses.save(access)
        await uow.customers.save(replace(known, telegram_id=known.stand_in))
        await uow.commit()
    assert (await people(ana, dry_run=False)).fate is Fate.DONE
    assert [each.telegram_id for each in shop.memory.rows("customers")] == [known.stand_in]


async def test_repeated_import_grants_no_days_to_a_customer_moved_to_another_plan(shop: Shop) -> None:
    ana, people, other = await line(shop), importing(shop), await shop.plan()
    await people(ana, dry_run=False)
    async with shop.units() as uow:
        [subscription] = shop.memory.rows("subscriptions")
        await uow.subscriptions.save(replace(subscription, plan_id=other.id))
        await uow.commit()
    assert (await people(ana, dry_run=False)).fate is Fate.DONE
    assert len(shop.memory.rows("subscriptions")) == 1


async def imported_ends(shop: Shop) -> list[Any]:
    return [each.access_until for each in shop.memory.rows("subscriptions")]


async def test_second_export_with_a_later_end_extends_the_time_once(shop: Shop) -> None:
    ana, people = await line(shop), importing(shop)
    later = replace(ana, access_end=ana.access_end + timedelta(days=28))
    assert (await people(ana, dry_run=False)).fate is Fate.GIVEN
    shop.clock.advance(timedelta(days=5))
    assert (await people(later, dry_run=True)).fate is Fate.EXTENDED
    extended = await people(later, dry_run=False)
    assert (extended.fate, extended.fate.change, extended.days) == (Fate.EXTENDED, "extended", 28)
    assert await imported_ends(shop) == [later.access_end]
    for again in (ana, later):
        assert (await people(again, dry_run=False)).fate is Fate.DONE
    assert await imported_ends(shop) == [later.access_end]


async def test_second_export_extends_time_that_has_ended(shop: Shop) -> None:
    ana, people = await line(shop), importing(shop)
    await people(ana, dry_run=False)
    shop.clock.advance(timedelta(days=25))
    later = replace(ana, access_end=ana.access_end + timedelta(days=28))
    assert (await people(later, dry_run=False)).fate is Fate.EXTENDED
    assert max(each for each in await imported_ends(shop) if each) == later.access_end
    assert (await people(later, dry_run=False)).fate is not Fate.EXTENDED


async def take_ten_days(shop: Shop) -> None:
    """Take back ten days as staff."""
    async with shop.units() as uow:
        [subscription] = shop.memory.rows("subscriptions")
        taken = LedgerEntry(
            subscription_id=subscription.id,
            kind=LedgerKind.ADMIN_GRANT,
            source_key="staff",
            starts_at=shop.clock.now(),
            length=-timedelta(days=10),
            created_at=shop.clock.now() + timedelta(seconds=1),
        )
        assert await uow.write(LEDGER).add_if_new(taken)
        await GrantAccess(shop.policy).recount(uow, subscription)
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_repeated_import_returns_no_days_that_staff_took_away(shop: Shop) -> None:
    ana, people = await line(shop), importing(shop)
    await people(ana, dry_run=False)
    await take_ten_days(shop)
    assert (await people(ana, dry_run=False)).fate is Fate.DONE
    assert await imported_ends(shop) == [ana.access_end - timedelta(days=10)]


async def test_later_end_is_refused_after_the_customer_changed_plans_or_was_erased(shop: Shop) -> None:
    ana, people, other = await line(shop), importing(shop), await shop.plan()
    await people(ana, dry_run=False)
    later = replace(ana, access_end=ana.access_end + timedelta(days=28))
    async with shop.units() as uow:
        [subscription] = shop.memory.rows("subscriptions")
        await uow.subscriptions.save(replace(subscription, plan_id=other.id))
        await uow.commit()
    assert (await people(later, dry_run=False)).fate is Fate.MOVED
    [known] = shop.memory.rows("customers")
    async with shop.units() as uow:
        await uow.subscriptions.save(subscription)
        await uow.customers.save(replace(known, telegram_id=known.stand_in))
        await uow.commit()
    assert (await people(later, dry_run=False)).fate is Fate.MOVED
    assert len(shop.memory.rows("subscriptions")) == len(shop.memory.rows("customers")) == 1


async def test_unused_code_is_extended_by_a_later_end_and_never_shortened(shop: Shop) -> None:
    eva, people = await line(shop, telegram_id=None), importing(shop)
    made = await people(eva, dry_run=False)
    shop.clock.advance(timedelta(days=5))
    later = await people(replace(eva, access_end=eva.access_end + timedelta(days=28)), dry_run=False)
    assert [(each.fate, each.days) for each in (made, later)] == [(Fate.CODE, 20), (Fate.EXTENDED, 43)]
    assert made.link == later.link
    earlier = replace(eva, access_end=eva.access_end - timedelta(days=3))
    assert (await people(earlier, dry_run=False)).fate is Fate.DONE
    [token] = shop.memory.rows("activation_tokens")
    assert token.duration_days == 43


async def use(shop: Shop, link: str | None) -> None:
    """Use the code of a link as Ana."""
    async with shop.units() as uow:
        if await uow.customers.by_telegram_id(ANA) is None:
            await uow.customers.save(samples.customer(telegram_id=ANA))
            await uow.commit()
    activate = ActivateToken(shop.units, GiveTime(GrantAccess(shop.policy)), shop.clock, CodeSeal())
    await activate(ANA, link or "")


async def test_used_code_is_extended_once_by_a_later_end(shop: Shop) -> None:
    eva, people = await line(shop, telegram_id=None), importing(shop)
    await use(shop, (await people(eva, dry_run=False)).link)
    later = replace(eva, access_end=eva.access_end + timedelta(days=28))
    assert (await people(later, dry_run=False)).fate is Fate.EXTENDED
    await take_ten_days(shop)
    for _ in range(2):
        assert (await people(later, dry_run=False)).fate is Fate.DONE
    assert await imported_ends(shop) == [later.access_end - timedelta(days=10)]


@pytest.mark.parametrize("is_used", [True, False])
async def test_export_that_adds_the_telegram_id_gives_no_time_twice(shop: Shop, is_used: bool) -> None:
    eva, people = await line(shop, telegram_id=None), importing(shop)
    link = (await people(eva, dry_run=False)).link
    known = replace(eva, telegram_id=ANA)
    if is_used:
        await use(shop, link)
        await take_ten_days(shop)
        assert (await people(known, dry_run=False)).fate is Fate.DONE
        assert await imported_ends(shop) == [eva.access_end - timedelta(days=10)]
        return
    assert (await people(known, dry_run=True)).fate is Fate.GIVEN
    assert (await people(known, dry_run=False)).fate is Fate.GIVEN
    await use(shop, link)
    assert await imported_ends(shop) == [eva.access_end]
    assert (await people(known, dry_run=False)).fate is Fate.DONE


async def test_barred_customer_is_granted_no_access(shop: Shop) -> None:
    ana = await line(shop)
    await shop.customer(telegram_id=ANA, barred_at=shop.clock.now())
    assert (await importing(shop)(ana, dry_run=False)).fate is Fate.BARRED
    assert shop.memory.rows("subscriptions") == []


async def test_import_row_whose_time_is_over_creates_no_customer(shop: Shop) -> None:
    ana = await line(shop, access_end=shop.clock.now())
    assert (await importing(shop)(ana, dry_run=False)).fate is Fate.OVER
    assert shop.memory.rows("customers") == []


async def test_invite_is_sent_when_an_imported_customer_opens_the_bot(shop: Shop) -> None:
    await importing(shop)(await line(shop), dry_run=False)
    notifier = MemoryNotifier()
    announce = Announce(shop.units, notifier, shop.clock, shop.policy, shop.gateways)
    [known], [subscription] = shop.memory.rows("customers"), shop.memory.rows("subscriptions")
    async with shop.units() as uow:
        [planned] = shop.memory.rows("telegram_channels")
        channel = replace(samples.ready_channel(subscription), id=planned.id)
        invite = samples.invite(channel)
        await uow.channels.save(channel)
        await uow.channels.add_invite(invite)
        await uow.commit()
    await announce(MessageKind.INVITE_READY, known.id, invite.id, str(invite.id))
    assert notifier.sent == []
    await MeetCustomer(shop.units, shop.clock)(
        Person(telegram_id=ANA, first_name="Ana", username="ana", language_code="es")
    )
    [job] = [job for job in await shop.jobs("bot.announce") if job["kind"] == MessageKind.INVITE_READY]
    await announce(job["kind"], known.id, invite.id, job["key"])
    assert len(notifier.sent) == 1


async def test_repeated_import_returns_the_same_code_and_reports_no_new_days(shop: Shop) -> None:
    eva, people = await line(shop, telegram_id=None), importing(shop)
    made, again = await people(eva, dry_run=False), await people(eva, dry_run=False)
    assert [(each.fate, each.days) for each in (made, again)] == [(Fate.CODE, 20), (Fate.DONE, 0)]
    assert made.link == again.link is not None


async def test_chat_members_without_a_plan_are_listed(shop: Shop) -> None:
    assert await importing(shop).guests() == []
    async with shop.units() as uow:
        channel = Channel.for_resource(vip(), ChatId(-1008), "VIP", shop.clock.now())
        assert await uow.channels.add_if_new(channel)
        for person in (ANA, TelegramId(7000000002)):
            await uow.resources.note_guest(channel.id, person, shop.clock.now())
        await uow.commit()
    assert await importing(shop).guests() == [str(ANA), "7000000002"]


@pytest.mark.parametrize(("key", "kept"), [("m1", True), ("ana@example.com", False)])
async def test_note_of_a_code_contains_no_personal_data(shop: Shop, key: str, kept: bool) -> None:
    eva = await line(shop, key=key, telegram_id=None, name="Eva", username="eva_luna")
    assert (await importing(shop)(eva, dry_run=False)).fate is Fate.CODE
    [token] = shop.memory.rows("activation_tokens")
    assert (token.note == key) is kept
    assert not any(word in token.note for word in ("Eva", "eva", "@", "example"))
    assert token.note

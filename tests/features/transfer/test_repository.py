"""Second accounts and account transfers, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from features.transfer.domain import AGREED_WITHIN, PERIOD_TO_OBJECT, REST, AccountTransfer, SecondAccount
from features.transfer.messages import ACCOUNT_TRANSFER_ASKED
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.move_accounts import MoveAccounts
from features.transfer.use_cases.name_account import NameAccount
from features.transfer.use_cases.take_over import TakeOver
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY, MemoryGateways
from tests.fakes.telegram import MemoryNotifier
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

FIRST, SECOND, THIRD = TelegramId(4242), TelegramId(777), TelegramId(778)


async def customers(units: Units) -> list[Customer]:
    made = [samples.customer(telegram_id=each) for each in (FIRST, SECOND, THIRD)]
    async with units() as uow:
        for each in made:
            assert await uow.customers.add_if_new(each)
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    return made


def account_transfer(customer: Customer, to: TelegramId, **more: object) -> AccountTransfer:
    said = {"status": AccountTransferStatus.WAITING, "due_at": NOON} | more
    return AccountTransfer(
        id=new_uuid(),
        customer_id=customer.id,
        from_account=customer.telegram_id,
        to_account=to,
        asked_by="777",
        asked_at=NOON,
        **said,  # type: ignore[arg-type]
    )


async def test_customer_and_account_have_at_most_one_open_transfer(units: Units) -> None:
    first, _, third = await customers(units)
    asked = account_transfer(first, SECOND)
    async with units() as uow:
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(asked)
        assert not await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(account_transfer(first, THIRD))
        assert not await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(account_transfer(third, SECOND))
        assert list(await uow.of(ACCOUNT_TRANSFERS_KEY).list_due(NOON, 5)) == [asked]
        assert not await uow.of(ACCOUNT_TRANSFERS_KEY).list_due(NOON - timedelta(seconds=1), 5)
        proposed = account_transfer(third, THIRD, status=AccountTransferStatus.PROPOSED, due_at=None)
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(proposed)
        assert list(await uow.of(ACCOUNT_TRANSFERS_KEY).list_due(NOON + AGREED_WITHIN - timedelta(seconds=1), 5)) == [
            asked
        ]
        assert proposed in await uow.of(ACCOUNT_TRANSFERS_KEY).list_due(NOON + AGREED_WITHIN, 5)
        proposed.close(AccountTransferStatus.DROPPED, NOON)
        await uow.of(ACCOUNT_TRANSFERS_KEY).save(proposed)
        await uow.commit()
    asked.close(AccountTransferStatus.DONE, NOON)
    async with units() as uow:
        await uow.of(ACCOUNT_TRANSFERS_KEY).save(asked)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).get(asked.id) == asked
        assert [await uow.of(FORMER_ACCOUNTS_KEY).gave_up(each) for each in (FIRST, SECOND, THIRD)] == [
            True,
            False,
            False,
        ]
        assert await uow.of(FORMER_ACCOUNTS_KEY).account_at(first.id, NOON - timedelta(days=1)) == FIRST
        assert await uow.of(FORMER_ACCOUNTS_KEY).account_at(first.id, NOON) is None
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(account_transfer(first, THIRD))
        assert len(await uow.of(ACCOUNT_TRANSFERS_KEY).of_customer(first.id)) == 2


async def test_open_transfers_whose_notice_was_not_delivered_are_listed(units: Units) -> None:
    first, second, third = await customers(units)
    dated = account_transfer(first, SECOND)
    on_its_way = account_transfer(second, THIRD, due_at=None)
    held = account_transfer(third, FIRST, due_at=NOON, undelivered="blocked_bot", agreed_by="901", confirmed_by="902")
    async with units() as uow:
        for each in (dated, on_its_way, held):
            assert await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(each)
        await uow.commit()
    async with units() as uow:
        found = await uow.of(ACCOUNT_TRANSFERS_KEY).list_unannounced()
        assert sorted(each.id for each in found) == sorted([on_its_way.id, held.id])
        assert held in found
        held.close(AccountTransferStatus.DROPPED, NOON)
        await uow.of(ACCOUNT_TRANSFERS_KEY).save(held)
        assert list(await uow.of(ACCOUNT_TRANSFERS_KEY).list_unannounced()) == [on_its_way]


async def test_second_account_is_found_by_code_and_telegram_id(units: Units) -> None:
    first, second, _ = await customers(units)
    named = SecondAccount(customer_id=first.id, code="digest", offered_at=NOON)
    async with units() as uow:
        await uow.of(ACCOUNT_TRANSFERS_KEY).save_second(named)
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).by_code("digest") == named
        named.telegram_id, named.code, named.proved_at = second.telegram_id, None, NOON
        await uow.of(ACCOUNT_TRANSFERS_KEY).save_second(named)
        await uow.commit()
    async with units() as uow:
        assert (
            await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(second.telegram_id)
            == await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(first.id)
            == named
        )
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).by_code("digest") is None
        await uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(first.id)
        await uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(first.id)
        assert await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(first.id) is None


async def test_account_transfer_with_stored_data_completes_from_code_to_exchanged_telegram_ids(units: Units) -> None:
    """The test runs the use cases from the code to the exchange of Telegram ids on the real repositories."""
    first, second, _ = await customers(units)
    clock = ManualClock(NOON)
    name, take, move = NameAccount(units, clock), TakeOver(units, clock), MoveAccounts(units, clock)

    link = await name.offer(FIRST)
    assert isinstance(await name.prove(SECOND, link.partition("acc_")[2]), Customer)
    clock.advance(REST)
    asked = await take.ask(SECOND)
    assert isinstance(asked, AccountTransfer)
    assert (await take.look(FIRST)).outgoing_transfer is not None
    notifier = MemoryNotifier()
    announce = Announce(units, notifier, clock, POLICY, MemoryGateways({}))
    await announce(ACCOUNT_TRANSFER_ASKED, first.id, asked.id, str(asked.id))
    assert await move() == 0
    assert [each.recipient for each in notifier.sent] == [FIRST]
    clock.advance(PERIOD_TO_OBJECT)
    assert (await move(), await move()) == (1, 0)

    async with units() as uow:
        owner, former = await uow.customers.get(first.id), await uow.customers.get(second.id)
    assert owner is not None
    assert former is not None
    assert (owner.telegram_id, former.telegram_id) == (SECOND, FIRST)

    # The former account is erased. Providers still name it, and those events belong to the customer's new account.
    async with units() as uow:
        await uow.personal_data.erase(FIRST, former, former.stand_in, clock.now())
        assert await uow.of(FORMER_ACCOUNTS_KEY).account_at(first.id, NOON) == FIRST
        assert (
            await uow.of(FORMER_ACCOUNTS_KEY).taken_from(FIRST),
            await uow.of(FORMER_ACCOUNTS_KEY).taken_from(SECOND),
        ) == (
            {first.id},
            set(),
        )

"""Account transfers: every provider still charges the subscription afterwards, and the subscription can be canceled
from the new account.
"""

from __future__ import annotations

from datetime import timedelta

from features.transfer.domain import PERIOD_TO_OBJECT, REST, AccountTransfer
from features.transfer.messages import ACCOUNT_TRANSFER_ASKED, AccountTransferClosedMessage
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.name_account import NameAccount
from features.transfer.use_cases.take_over import TakeOver
from features.transfer.wiring import TransferContainer
from subscriptions.application.messages.announce import Announce
from subscriptions.application.messages.announcement import Sources
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import TelegramId, identifiers_from
from tests.fakes.telegram import MemoryNotifier
from tests.shuffle.back_office import BackOffice
from tests.shuffle.market import Market, open_market
from tests.shuffle.postman import Postman
from tests.year.chance import Chance, Stream

PLAN = "monthly"
HALF_A_DAY = timedelta(hours=12)


class Shopping:
    """Simulated market in which customers buy plans, and the provider's events are delivered without faults."""

    def __init__(self, market: Market, chance: Chance) -> None:
        self.market = market
        self.postman = Postman(market, chance.of("postman"))
        self.office = BackOffice(market, chance.of("office"))

    async def buy(self, person: TelegramId, code: str) -> None:
        view = await self.market.container.start_checkout()(person, PLAN, code)
        if self.market.in_chat(code):
            await self.market.shown(person, view.url)
        stand_in = self.market.payments.simulators[code]
        page = next(each for each in stand_in.checkouts() if each.url == view.url)
        stand_in.act_on_checkout(page.id, "pay", None)
        await self.receive()

    async def receive(self) -> None:
        await self.postman.collect()
        for letter in await self.postman.round(last=True):
            await self.postman.hand_in(letter)
        await self.office.look_at_clock()
        await self.office.run_due_jobs()

    async def wait(self, time: timedelta) -> None:
        while time > timedelta():
            await self.market.advance(min(time, HALF_A_DAY))
            await self.receive()
            time -= HALF_A_DAY

    def subscription_of(self, person: TelegramId) -> Subscription | None:
        memory = self.market.memory
        owner = next(row for row in memory.rows("customers") if row.telegram_id == person)
        return next((row for row in memory.rows("subscriptions") if row.customer_id == owner.id), None)

    def paid(self, subscription: Subscription) -> int:
        return sum(row.subscription_id == subscription.id for row in self.market.memory.rows("payments"))


class EveryVariant(Stream):
    """Random stream that always decides in favour, so that every provider has every optional behaviour; for example,
    Cryptomus charges automatically.
    """

    def happens(self, share: float) -> bool:
        return True


async def test_subscription_of_each_provider_renews_and_can_be_canceled_after_an_account_transfer() -> None:
    chance = Chance(1)
    with identifiers_from(chance.of("identifiers").randbytes):
        async with open_market(EveryVariant(1), 1, 12) as market:
            there, core = Shopping(market, chance), market.container.core
            name, take = NameAccount(core.units(), core.clock()), TakeOver(core.units(), core.clock())
            accounts = iter(market.people)
            moved: dict[str, tuple[TelegramId, TelegramId, Subscription]] = {}
            for code in market.gateways.enabled_names():
                before, after = next(accounts), next(accounts)
                await there.buy(before, code)
                bought = there.subscription_of(before)
                if bought is not None and bought.provider_ref is not None:
                    moved[code] = (before, after, bought)
            assert {"stripe", "paypal", "cryptomus", "stars"} <= set(moved)
            for before, after, _ in moved.values():
                link = await name.offer(before)
                assert not isinstance(link, Refusal)
                assert isinstance(await name.prove(after, link.partition("acc_")[2]), Customer)
            await there.wait(REST)
            takeovers = {code: await take.ask(after) for code, (_, after, _) in moved.items()}
            notifier = MemoryNotifier()
            announce = Announce(core.units(), notifier, core.clock(), core.policy(), market.gateways)
            for each in takeovers.values():
                assert isinstance(each, AccountTransfer)
                await announce(ACCOUNT_TRANSFER_ASKED, each.customer_id, each.id, str(each.id))
            assert {each.recipient for each in notifier.sent} == {before for before, _, _ in moved.values()}
            await there.wait(PERIOD_TO_OBJECT)
            assert await TransferContainer(core=market.container.worker.core).move_accounts()() == len(moved)
            await there.receive()

            for code, (before, after, bought) in moved.items():
                subscription = there.subscription_of(after)
                assert subscription is not None
                assert (subscription.id, there.subscription_of(before)) == (bought.id, None)
                ends = market.in_chat(code)
                assert (subscription.status is SubscriptionStatus.CANCELED) is ends, code
                account_transfer = takeovers[code]
                assert isinstance(account_transfer, AccountTransfer)
                async with core.units()() as uow:
                    said = await AccountTransferClosedMessage.load(
                        Sources(uow, core.policy(), market.now()), account_transfer.id
                    )
                assert said == AccountTransferClosedMessage(done=True, objected=False, by_account=ends)

            await there.wait(timedelta(days=33))
            for code, (_, after, bought) in moved.items():
                subscription = there.subscription_of(after)
                assert subscription is not None
                if market.in_chat(code):
                    assert (subscription.live, there.paid(bought)) == (False, 1), "the other account is not charged"
                    continue
                assert (subscription.status, there.paid(bought)) == (SubscriptionStatus.ACTIVE, 2), code
                await market.container.cancel_subscription()(after, PLAN)
                await there.receive()
                canceled = there.subscription_of(after)
                assert canceled is not None
                assert canceled.status is SubscriptionStatus.CANCELED, code

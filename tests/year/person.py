"""Simulated customer, who arrives, pays, joins, renews or not, leaves, and returns."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.people.customers import Person as Writer
from subscriptions.application.subscriptions.subscription_handler import CannotUndo, NothingToCancel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from tests.fakes.provisioner import MadeChannel
from tests.year.agenda import Act
from tests.year.chance import Stream
from tests.year.offer import choose
from tests.year.shared_chats import VIP_CHAT
from tests.year.vip_guest import Club, VipGuest

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Person:
    """One of the forty customers. number: Telegram id. vip: behaviour in the VIP channel."""

    def __init__(self, number: int, club: Club, chance: Stream, vip_chance: Stream) -> None:
        self.number = TelegramId(number)
        self._around = club.around
        self._strangers = club.strangers
        self._chance = chance
        self._language = "en" if chance.happens(0.3) else "es"
        self._name = 1
        self._vip = VipGuest(self.number, club, vip_chance, self._write, self._pay_for)

    def arrive(self, within: timedelta) -> None:
        """Plan the first visit."""
        self._around.agenda.after(self._chance.wait(MINUTE, within), self._first_visit)

    def read(self, message: Notification) -> None:
        """React to a message of the bot."""
        if self._vip.read(message):
            return
        drawn = self._chance.random()
        if message.kind == MessageKind.INVITE_READY:
            most = 40 * HOUR if drawn < 0.1 else 2 * HOUR
            for url in _links(message):
                self._later(MINUTE, most, partial(self._ask_to_join, url))
                if self._chance.happens(0.3 if self._around.brisk else 0.1):
                    self._later(SECOND, HOUR, partial(self._strangers.use, url))
        elif message.kind == MessageKind.JOINED:
            self._plan_future(drawn)
        elif message.kind in {MessageKind.RENEWED, MessageKind.RENEWAL_COMING, MessageKind.TRIAL_ENDING} and drawn < (
            0.25 if self._around.brisk else 0.1
        ):
            self._later(MINUTE, 2 * DAY, self._cancel)
        elif message.kind == MessageKind.CANCELED and drawn < 0.35:
            self._later(MINUTE, 3 * DAY, self._undo)
        elif message.kind in {MessageKind.EXPIRED, MessageKind.REFUNDED, MessageKind.DISPUTE_LOST} and drawn < 0.7:
            self._later(MINUTE, (5 if self._around.brisk else 45) * DAY, self._buy_again)
        elif message.kind == MessageKind.COME_BACK and drawn < 0.2:
            self._later(MINUTE, DAY, self._buy_again)

    def _plan_future(self, drawn: float) -> None:
        if drawn < 0.1:
            self._later(HOUR, 5 * DAY, self._cancel)
        elif drawn < 0.2:
            self._later(HOUR, 10 * DAY, self._walk_out)
        elif drawn < 0.3:
            self._later(HOUR, 20 * DAY, self._buy_again)
        elif drawn < 0.35:
            self._later(HOUR, 20 * DAY, self._block)

    async def _first_visit(self) -> None:
        self._log("arrives", self._language)
        await self._write()
        if self._around.partners is not None:
            await self._around.partners.come(self.number)
        await self._come()

    async def _come(self) -> None:
        if self._vip.is_tempted():
            await self._vip.come()
        else:
            await self._accept_and_buy(self._plan())

    async def _pay_for(self, plan: str) -> None:
        await self._write()
        await self._accept_and_buy(plan)

    async def _accept_and_buy(self, plan: str) -> None:
        """Accept the terms and buy. A customer who came with a code has not accepted the terms yet. Acceptance once is
        enough.
        """
        await self._around.house.bot.accept_terms()(self.number)
        await self._buy(plan)

    async def _write(self) -> Customer:
        """Write to the bot, which records the person's current name."""
        self._around.api.blocked.discard(self.number)
        if self._chance.happens(0.05):
            self._name += 1
        writer = Writer(
            telegram_id=self.number,
            first_name=f"Ana {self.number % 1000}",
            username=f"ana{self.number % 1000}_{self._name}",
            language_code=self._language,
        )
        return await self._around.house.core.meet_customer()(writer)

    async def _buy_again(self) -> None:
        await self._write()
        await self._come()

    async def _buy(self, plan: str) -> None:
        try:
            view = await self._around.house.bot.start_checkout()(self.number, plan)
        except (AlreadySubscribed, GatewayRejected):
            return
        except RetryLater:
            self._later(MINUTE, HOUR, partial(self._buy, plan))
            return
        self._log("opens a checkout", plan, view.reference)
        if self._chance.happens(0.1):
            self._later(HOUR, 3 * DAY, partial(self._buy, plan))
            return
        session = next(s.id for s in self._around.provider.sessions.values() if s.url == view.url)
        self._later(SECOND, 40 * MINUTE, partial(self._pay, session, plan))

    async def _pay(self, session: str, plan: str) -> None:
        agreement = self._around.provider.checkout_paid(session)
        if agreement is None:
            self._log("comes too late to pay", session)
            self._later(MINUTE, DAY, partial(self._buy, plan))
            return
        self._log("pays", session, agreement.ref)
        if self._chance.happens(0.2):
            self._later(SECOND, 2 * MINUTE, self._verify)

    async def _verify(self) -> None:
        self._log("asks whether the payment came")
        try:
            await self._around.house.bot.verify_payments()(self.number)
        except RetryLater:
            return

    async def _ask_to_join(self, url: str) -> None:
        channel = self._channel_of(url)
        if channel is None:
            await self._ask_for_links()
            return
        if self.number in channel.members:
            return
        self._log("asks to join", channel.chat_id)
        channel.waiting.add(self.number)
        await self._around.knock(channel.chat_id, self.number)

    async def _ask_for_links(self) -> None:
        """Request links: `/estado` creates a new link if the customer is entitled to one."""
        await self._write()
        walked_out = self._around.api.walked_out
        walked_out -= {one for one in walked_out if one[1] == self.number}
        for shown in (await self._around.house.bot.show_status()(self.number)).subscriptions:
            urls = {each.url for each in shown.chats}
            if not shown.vip:
                await self._around.house.bot.renew_invite()(self.number, shown.soft_id)
                urls.add(shown.channel_url)
            for channel in self._around.api.telegram.channels:
                if _url_inside(channel.chat_id) in urls and self.number not in channel.members:
                    # The bot was not notified of the exit: it checks by itself, and gives no link before that.
                    walked_out.add((channel.chat_id, self.number))
                    self._later(HOUR, DAY, self._ask_for_links)
        await self._vip.ask_status()

    async def _walk_out(self) -> None:
        """Leave a channel voluntarily, to return later."""
        own = [channel for channel in self._around.api.telegram.channels if channel.chat_id != VIP_CHAT]
        inside = [channel for channel in own if self.number in channel.members]
        if not inside:
            return
        self._log("walks out", inside[0].chat_id)
        inside[0].members.discard(self.number)
        self._around.api.walked_out.add((inside[0].chat_id, self.number))
        if self._chance.happens(0.7):
            await self._around.house.core.join_desk().record_exit(inside[0].chat_id, self.number)
        else:
            self._around.audit_members_soon()
        self._later(2 * HOUR, 5 * DAY, self._ask_for_links)

    async def _block(self) -> None:
        self._log("blocks the bot")
        self._around.api.blocked.add(self.number)
        self._later(DAY, 60 * DAY, self._ask_for_links)

    async def _cancel(self) -> None:
        if self._chance.happens(0.3):
            await self._cancel_at_the_provider()
            return
        try:
            await self._around.house.bot.cancel_subscription()(self.number)
        except NothingToCancel:
            return
        except RetryLater:
            self._later(MINUTE, HOUR, self._cancel)
            return
        self._log("cancels")

    async def _cancel_at_the_provider(self) -> None:
        """Cancel on the provider's page."""
        for agreement in self._around.provider.running(self.number):
            self._log("cancels at the provider", agreement.ref)
            self._around.provider.cancel_at_period_end(agreement.ref)

    async def _undo(self) -> None:
        try:
            await self._around.house.bot.undo_cancellation()(self.number)
        except CannotUndo:
            return
        except RetryLater:
            self._later(MINUTE, HOUR, self._undo)
            return
        self._log("takes it back")

    def _channel_of(self, url: str) -> MadeChannel | None:
        telegram = self._around.api.telegram
        for channel in telegram.channels:
            if any(link.url == url for link in telegram.live_links(channel)):
                return channel
        return None

    def _plan(self) -> str:
        return choose(self._chance, brisk=self._around.brisk, daily=self._around.daily)

    def _later(self, least: timedelta, most: timedelta, act: Act) -> None:
        self._around.agenda.after(self._chance.wait(least, most), act)

    def _log(self, what: str, *facts: object) -> None:
        self._around.journal.log(what, f"{self.number}", *facts, person=self.number)


def _links(message: Notification) -> list[str]:
    """Return the links of a message: to one channel, or to each resource of a plan."""
    return [line.rpartition("\t")[2] for line in message.params["chats"].splitlines()] or [message.params["url"]]


def _url_inside(chat: int) -> str:
    """Return the URL that opens a chat for its members (core.telegram.org/api/links#private-message-links)."""
    return f"https://t.me/c/{-chat - 10**12}/1"

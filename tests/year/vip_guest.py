"""Simulated customer of the VIP channel, who comes with a code or pays, completes the entry steps or stops, leaves, and
returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot.routers.entry import EntryDesk
from subscriptions.application.people.customers import Person as Writer
from subscriptions.application.vip.code_answers import Activation
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from tests.fakes.provisioner import MadeChannel
from tests.support.of_features import of_features
from tests.year.agenda import Act
from tests.year.chance import Stream
from tests.year.codes import Code, Codes
from tests.year.offer import VIP_PASS, VIP_PLANS
from tests.year.ritual import Ritual
from tests.year.shared_chats import KEPT, TITLE, VIP_CHAT
from tests.year.strangers import Strangers
from tests.year.surroundings import Surroundings

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = of_features("year", "STEPS")
"""Functions that return the service of the entry steps; empty if the folder of that feature does not exist."""
ENDED = frozenset({MessageKind.EXPIRED, MessageKind.REFUNDED, MessageKind.DISPUTE_LOST})


@dataclass(frozen=True)
class Club:
    """Environment shared by all customers of the VIP channel. in_vain: callback for entitled people who got no link.
    circle: all of these customers, to whom codes may be passed on. is_open: False if no customer comes for the VIP
    channel.
    """

    around: Surroundings
    codes: Codes
    ritual: Ritual
    strangers: Strangers
    in_vain: Callable[[int], None]
    is_open: bool
    circle: list[VipGuest] = field(default_factory=list)

    @property
    def desk(self) -> EntryDesk:
        """Return the use cases behind the bot's buttons."""
        vip = self.around.house.bot.vip()
        return EntryDesk(vip.show_vip(), vip.invites())


class VipGuest:
    """Customer of the VIP channel. number: Telegram id. write: function that writes to the bot. buy: function that buys
    a plan, or None if the customer only uses codes.
    """

    def __init__(
        self,
        number: TelegramId,
        club: Club,
        chance: Stream,
        write: Callable[[], Awaitable[Customer]],
        buy: Callable[[str], Awaitable[None]] | None,
    ) -> None:
        self.number = number
        self._club = club
        self._around = club.around
        self._chance = chance
        self._write = write
        self._buy = buy
        club.circle.append(self)

    def is_tempted(self) -> bool:
        """Return True if the customer comes for the VIP channel this time."""
        share = 0.0 if self._around.daily or not self._club.is_open else 0.45 if self._around.brisk else 0.12
        return self._chance.happens(share)

    async def come(self) -> None:
        """Pay for the plan, or request a code from the owner."""
        if self._buy is not None and self._chance.happens(0.4):
            await self._buy(self._plan())
        else:
            await self._ask_for_code(self._plan())

    def read(self, message: Notification) -> bool:
        """React to a message of the bot. Return True if the message concerned the VIP channel only."""
        facts = message.params
        if message.kind == MessageKind.VIP_ENTRY:
            self._go_on(int(facts["stage"]) if facts["stage"] else None, facts["url"] or None)
        elif message.kind == MessageKind.PAYMENT_RECEIVED and facts.get("stage"):
            self._go_on(int(facts["stage"]), None)
        elif message.kind == MessageKind.JOINED and facts["plan_name"] == TITLE:
            self._plan_future()
        elif message.kind in ENDED and facts.get("vip"):
            if self._chance.happens(0.8 if self._around.brisk else 0.4):
                self._later(MINUTE, (1 if self._around.brisk else 30) * DAY, self.come)
        elif message.kind == MessageKind.ENDING_SOON and facts.get("vip"):
            self._renew(0.4 if self._around.brisk else 0.2)
        else:
            return False
        return True

    async def ask_status(self) -> None:
        """Request the status with `/estado`, which gives a link if the customer may join."""
        await self._look(await self._write())

    def _plan_future(self) -> None:
        drawn = self._chance.random()
        if drawn < 0.15:
            self._later(HOUR, 2 * DAY, self._walk_out)
        elif drawn < 0.45:
            self._later(HOUR, 2 * DAY, partial(self._ask_for_code, self._plan()))
        elif drawn < 0.6:
            self._renew(1)

    def _renew(self, share: float) -> None:
        if self._chance.happens(share):
            self._later(HOUR, (1 if self._around.brisk else 5) * DAY, self.come)

    async def _ask_for_code(self, plan: str) -> None:
        """Request a code from the owner. Some codes are used late, revoked, or passed on."""
        drawn = self._chance.random()
        validity = DAY if drawn < 0.1 else None
        code = await self._club.codes.make(plan, validity)
        if drawn < 0.1:
            self._later(12 * HOUR, 36 * HOUR, partial(self._bring, code))
            return
        self._later(MINUTE, 4 * HOUR, partial(self._bring, code))
        if drawn < 0.2:
            self._later(MINUTE, 4 * HOUR, partial(self._club.codes.revoke, code))
        elif drawn < 0.4:
            friend = self._chance.choice(self._club.circle)
            self._later(MINUTE, DAY, partial(friend.bring, code))
        elif drawn < 0.5:
            self._later(MINUTE, DAY, partial(self._bring, code))

    async def bring(self, code: Code) -> None:
        """Use a code that another customer passed on."""
        if self.number not in self._around.api.blocked:
            await self._bring(code)

    async def _bring(self, code: Code) -> None:
        customer = await self._write()
        typed = code.text.lower() if self._chance.happens(0.2) else code.text
        try:
            outcome = await self._club.codes.use(code, self.number, f" {typed}")
        except RetryLater:
            self._later(MINUTE, HOUR, partial(self._bring, code))
            return
        if not isinstance(outcome, Activation):
            if self._chance.happens(0.5):
                self._later(HOUR, DAY, self.come)
            return
        if outcome.stage == 1 and not outcome.is_repeat:
            self._club.ritual.begins(self.number)
        await self._look(customer)

    async def _press(self, stage: int) -> None:
        """Press a step's button, even an outdated button."""
        customer = await self._write()
        went_on = await STEPS["vip"](self._around.house.bot).advance_stage(self.number, stage)
        self._club.ritual.pressed(self.number, stage, went_on=went_on)
        await self._look(customer)

    async def _look(self, customer: Customer) -> None:
        """Look at the screen of the entry steps, and plan the next action."""
        view = await self._club.desk.view(customer)
        if view is None:
            return
        if view.is_inside:
            if self.number not in self._channel().members:
                # Telegram could not be asked about an exit without an update: the customer tries again.
                self._later(MINUTE, HOUR, self._unless_inside)
            return
        self._around.api.walked_out.discard((VIP_CHAT, self.number))
        if view.lacks_link:
            self._club.in_vain(self.number)
            self._later(HOUR, DAY, self._unless_inside)
        elif view.stage in {1, 2} or view.invite_url is not None:
            self._go_on(view.stage, view.invite_url)

    def _go_on(self, stage: int | None, url: str | None) -> None:
        drawn = self._chance.random()
        if stage in {1, 2}:
            self._next_stage(stage or 1, drawn)
        elif url is not None:
            late = drawn < 0.15
            self._later(24 * HOUR if late else SECOND, (36 if late else 2) * HOUR, partial(self._knock, url))
            if self._chance.happens(0.3 if self._around.brisk else 0.15):
                self._later(SECOND, 2 * HOUR, partial(self._club.strangers.use, url))

    def _next_stage(self, stage: int, drawn: float) -> None:
        """Continue after a step. Most people continue at once; some press a wrong button, return on another day, or
        never continue.
        """
        if drawn < 0.65:
            self._later(SECOND, 20 * MINUTE, partial(self._press, stage))
        elif drawn < 0.8:
            self._later(SECOND, 20 * MINUTE, partial(self._press, 3 - stage))
        elif drawn < 0.95:
            self._later(HOUR, (1 if self._around.brisk else 3) * DAY, self._unless_inside)

    async def _knock(self, url: str) -> None:
        channel = self._channel()
        if self.number in channel.members:
            return
        live = any(link.url == url for link in self._around.api.telegram.live_links(channel))
        if not live or self.number in channel.banned:
            await self.ask_status()
            return
        self._log("asks to be let into the VIP channel")
        channel.waiting.add(self.number)
        await self._around.knock(VIP_CHAT, self.number)
        self._later(2 * HOUR, 12 * HOUR, self._unless_inside)

    async def _unless_inside(self) -> None:
        if self.number not in self._channel().members:
            await self.ask_status()

    async def _walk_out(self) -> None:
        """Leave the channel voluntarily, to return later."""
        channel = self._channel()
        if self.number not in channel.members:
            return
        self._log("walks out of the VIP channel")
        channel.members.discard(self.number)
        self._around.api.walked_out.add((VIP_CHAT, self.number))
        if self._chance.happens(0.7):
            await self._around.house.core.join_desk().record_exit(VIP_CHAT, self.number)
        self._later(2 * HOUR, 2 * DAY, self.ask_status)

    def _channel(self) -> MadeChannel:
        return self._around.api.telegram.channel(VIP_CHAT)

    def _plan(self) -> str:
        return VIP_PASS if self._chance.happens(0.65) else self._chance.choice(VIP_PLANS)

    def _later(self, least: timedelta, most: timedelta, act: Act) -> None:
        self._around.agenda.after(self._chance.wait(least, most), act)

    def _log(self, what: str) -> None:
        self._around.journal.log(what, f"{self.number}", person=self.number)


def kept_guests(club: Club, streams: Callable[[str], Stream]) -> Sequence[VipGuest]:
    """Return the owner and a person on the allow list, who repeatedly come with codes."""
    return [
        VipGuest(TelegramId(number), club, streams(f"vip {number}"), partial(_writes, club, number), None)
        for number in sorted(KEPT)
    ]


async def _writes(club: Club, number: int) -> Customer:
    writer = Writer(telegram_id=TelegramId(number), first_name="Olga", username=f"olga{number}", language_code="es")
    return await club.around.house.core.meet_customer()(writer)

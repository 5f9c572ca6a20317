"""A Telegram account of the operator that owns channels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import AccountId


class AccountStatus(StrEnum):
    """active · restricted: Telegram limits it · full: no more channels · dead: logged out or banned · retired."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    FULL = "full"
    DEAD = "dead"
    RETIRED = "retired"


class AccountTrouble(StrEnum):
    """What Telegram did to an account: an alarm each, because each wants something else of the operator."""

    FULL = "account_full"
    RESTRICTED = "account_restricted"
    PEER_FLOOD = "account_peer_flood"
    FROZEN = "account_frozen"
    LOGGED_OUT = "account_logged_out"
    SESSION_DOUBLED = "account_session_doubled"
    BANNED = "account_banned"


FIRST_PAUSE: Final = {AccountStatus.RESTRICTED: timedelta(hours=1), AccountStatus.FULL: timedelta(days=1)}
"""How long an account is left alone after the first refusal; each further one doubles it."""
LONGEST_PAUSE: Final = timedelta(days=7)
LIKELY_WAIT: Final = timedelta(days=1)

BAN_ERRORS: Final = frozenset({"UserDeactivatedBanError", "UserDeactivatedError", "PhoneNumberBannedError"})
"""Telegram's words for an account that does not come back by signing in, as its status' reason has them."""

CHANNEL_METHODS: Final = frozenset(
    {
        "connect",
        "CreateChannel",
        "EditAdmin",
        "EditChatAbout",
        "EditTitle",
        "ExportChatInvite",
        "GetExportedChatInvites",
        "GetFullChannel",
        "GetHistory",
        "ResolveUsername",
        "SendMessage",
        "ToggleNoForwards",
        "UpdatePinnedMessage",
    }
)
"""What a channel takes until its customer has a link: an account that has to wait for one would make it for nobody."""
HANDOVER_METHODS: Final = CHANNEL_METHODS - {"CreateChannel"} | {"GetChannels", "GetParticipants"}
"""The same of a channel from stock, which is looked at instead of made."""


PHONE_DIGITS: Final = range(7, 16)
"""How long a number with its country code is (ITU-T E.164)."""


def phone_number(text: str) -> str:
    """`+34 600-111-222` as `+34600111222`. Raises InvalidInput("phone")."""
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) not in PHONE_DIGITS or set(text) - set("0123456789+-.() \t"):
        raise InvalidInput("phone", "must be a number with its country code, e.g. +34600111222")
    return f"+{digits}"


@dataclass(kw_only=True)
class UserbotAccount:
    """session: encrypted text. flood_until: waits ordered by Telegram, by method; `*` stands for all methods.

    retry_at: when a restricted or full account is tried again. setbacks: how often in a row Telegram refused it since
    it last made a channel.
    """

    id: AccountId
    phone: str
    label: str = ""
    session: str
    status: AccountStatus = AccountStatus.ACTIVE
    status_reason: str | None = None
    telegram_id: int | None = None
    channel_cap: int
    day_cap: int
    pace: timedelta
    channels_used: int = 0
    created_today: int = 0
    day: datetime | None = None
    next_create_at: datetime | None = None
    flood_until: dict[str, str] = field(default_factory=dict)
    retry_at: datetime | None = None
    setbacks: int = 0
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether it makes channels, when its turn comes."""
        return self.status is AccountStatus.ACTIVE

    @property
    def is_dead(self) -> bool:
        """Whether nobody gets into it any more: it can do nothing, and nobody can reach its channels."""
        return self.status is AccountStatus.DEAD

    @property
    def is_banned(self) -> bool:
        """Whether it is dead, and signing in again is no way back."""
        return self.is_dead and self.status_reason in BAN_ERRORS

    @property
    def in_service(self) -> bool:
        """Whether the operator counts on it: neither dead nor retired."""
        return self.status not in {AccountStatus.DEAD, AccountStatus.RETIRED}

    @property
    def room(self) -> int:
        """How many channels it holds when it is full: Telegram's own word on that goes before ours."""
        if not self.in_service:
            return 0
        full = self.status is AccountStatus.FULL
        return self.channels_used if full else max(self.channel_cap, self.channels_used)

    @property
    def room_left(self) -> int:
        """How many channels it may still make."""
        return max(self.channel_cap - self.channels_used, 0) if self.is_active else 0

    def may_call(self, method: str, now: datetime) -> bool:
        """Whether Telegram lets it connect and call `method` now."""
        return not any(self.waits_until(what, now) for what in ("connect", method))

    def waits_until(self, method: str, now: datetime) -> datetime | None:
        """Until when Telegram (or our own pace) wants no `method` from this account; None = may go now."""
        times = [datetime.fromisoformat(self.flood_until[key]) for key in (method, "*") if key in self.flood_until]
        latest = max(times, default=None)
        return latest if latest is not None and latest > now else None

    def order_wait(self, method: str, wait_end: datetime) -> None:
        """Telegram ordered a wait; it is kept in the database because the client forgets it at a restart."""
        self.flood_until = {**self.flood_until, method: wait_end.isoformat()}

    def may_create_from(self, now: datetime) -> datetime | None:
        """When this account may create its next channel: `now`, a later moment, or None for not at all."""
        if not self.is_active or self.channels_used >= self.channel_cap:
            return None
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments = [now]
        if self.day == midnight and self.created_today >= self.day_cap:
            moments.append(midnight + timedelta(days=1))
        # Far later than by its pace, it was put down by a clock that was wrong.
        if self.next_create_at is not None and self.next_create_at - now <= max(self.pace, timedelta(days=1)):
            moments.append(self.next_create_at)
        return max([*moments, *self._ordered_waits(now)])

    def made_today(self, now: datetime) -> int:
        """How many channels were asked for since midnight UTC."""
        return self.created_today if self.day == now.replace(hour=0, minute=0, second=0, microsecond=0) else 0

    def is_hindered(self, now: datetime) -> bool:
        """Whether this account should not begin a channel now, counters aside: they hold the channel already."""
        return not self.is_active or bool(self._ordered_waits(now))

    def may_hand_over(self, now: datetime) -> bool:
        """Whether a channel that it has made already can be opened for a customer now."""
        if self.status not in {AccountStatus.ACTIVE, AccountStatus.FULL}:
            return False
        return all(self.waits_until(method, now) is None for method in HANDOVER_METHODS)

    def may_stock_up(self, now: datetime) -> bool:
        """Whether it may make a channel ahead of demand now, and room for one is left to who pays today."""
        has_room_today = self.made_today(now) + 1 < self.day_cap
        return self.may_create_from(now) == now and has_room_today and self.channels_used + 1 < self.channel_cap

    def may_share(self, now: datetime) -> bool:
        """Whether it may stand behind another account in a channel: it is well, and has room."""
        return not self.is_hindered(now) and self.channels_used < self.channel_cap

    def rests_until(self, now: datetime) -> datetime | None:
        """Until when Telegram wants it to do nothing, or none of what a channel takes; None = it may go on."""
        return max(self._ordered_waits(now), default=None)

    def reserve_channel(self, now: datetime) -> None:
        """Count one channel against capacity, day and pace, before it is asked for."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.created_today = self.created_today + 1 if self.day == midnight else 1
        self.day = midnight
        self.channels_used += 1
        self.next_create_at = now + self.pace

    def release_channel(self, now: datetime) -> None:
        """A counted channel was not made after all. The pace stays: asking counts for Telegram too."""
        self.channels_used = max(0, self.channels_used - 1)
        if self.day == now.replace(hour=0, minute=0, second=0, microsecond=0):
            self.created_today = max(0, self.created_today - 1)

    def channel_deleted(self) -> None:
        """One of its channels is no more: there is room for another."""
        self.recount(self.channels_used - 1)

    def recount(self, count: int) -> None:
        """So many it really has, as Telegram lists them."""
        fewer, self.channels_used = count < self.channels_used, max(0, count)
        if fewer and self.status is AccountStatus.FULL:
            self.status, self.status_reason, self.retry_at = AccountStatus.ACTIVE, None, None

    def signed_in_again(self, session: str, telegram_id: int) -> bool:
        """A new session for the same account. True: it was dead and lives again, with all its channels."""
        self.session, self.telegram_id = session, telegram_id
        if self.status is not AccountStatus.DEAD:
            return False
        self.status, self.status_reason = AccountStatus.ACTIVE, None
        self.retry_at, self.setbacks = None, 0
        return True

    def retire(self) -> None:
        """It makes no more channels; those it has stay served. One that is dead stays dead."""
        if self.status is not AccountStatus.DEAD:
            self.status, self.status_reason, self.retry_at = AccountStatus.RETIRED, None, None

    def change_status(self, status: AccountStatus, reason: str, now: datetime) -> bool:
        """Telegram said what the account is now. False: it was as bad or worse before.

        What may pass is tried again after a pause that grows from one refusal to the next.
        """
        if _GRAVITY[status] <= _GRAVITY[self.status]:
            return False
        self.status, self.status_reason = status, reason
        pause = FIRST_PAUSE.get(status)
        self.retry_at = None if pause is None else now + min(pause * 2 ** min(self.setbacks, 10), LONGEST_PAUSE)
        self.setbacks += 0 if pause is None else 1
        return True

    def forget_waits(self, now: datetime) -> bool:
        """What a wrong clock put off counts no more; a wait that may well be Telegram's is kept. False: nothing was."""
        likely_waits = {
            key: end for key, end in self.flood_until.items() if datetime.fromisoformat(end) - now <= LIKELY_WAIT
        }
        if likely_waits == self.flood_until and (self.retry_at is None or self.retry_at <= now):
            return False
        self.flood_until = likely_waits
        if self.retry_at is not None:
            self.retry_at = min(self.retry_at, now)
        return True

    def recover(self, now: datetime) -> bool:
        """Its pause is over: the next channel shows whether Telegram has changed its mind. False: nothing to do."""
        if self.status not in FIRST_PAUSE or self.retry_at is None or self.retry_at > now:
            return False
        self.status, self.status_reason, self.retry_at = AccountStatus.ACTIVE, None, None
        return True

    def came_through(self) -> bool:
        """It made a channel: earlier refusals count no more. False: there were none."""
        setbacks, self.setbacks = self.setbacks, 0
        return bool(setbacks)

    def _ordered_waits(self, now: datetime) -> list[datetime]:
        waits = [self.waits_until(method, now) for method in CHANNEL_METHODS]
        return [moment for moment in waits if moment is not None]


_GRAVITY: Final = {
    AccountStatus.ACTIVE: 0,
    AccountStatus.FULL: 1,
    AccountStatus.RESTRICTED: 2,
    AccountStatus.RETIRED: 3,
    AccountStatus.DEAD: 4,
}


@dataclass(kw_only=True)
class Bot:
    """A bot of the operator. role: `subscription` or `sender`."""

    telegram_id: int
    username: str
    role: str
    updated_at: datetime


def in_use(bots: Sequence[Bot]) -> list[Bot]:
    """Those the bot's process named when it began last: one taken out of the settings is appointed nowhere any more."""
    last_start = max((bot.updated_at for bot in bots), default=None)
    return [bot for bot in bots if bot.updated_at == last_start]


@dataclass(kw_only=True)
class AccountBot:
    """What one account must know of one bot: access hashes differ by account."""

    account_id: AccountId
    bot_id: int
    access_hash: int

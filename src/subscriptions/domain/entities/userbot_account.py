"""Telegram account of the operator that owns channels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import AccountId


class AccountStatus(StrEnum):
    """Status of an account.

    - active: creates channels
    - restricted: limited by Telegram
    - full: cannot own more channels
    - dead: logged out or banned
    - retired: creates no more channels
    """

    ACTIVE = "active"
    RESTRICTED = "restricted"
    FULL = "full"
    DEAD = "dead"
    RETIRED = "retired"


class AccountTrouble(StrEnum):
    """Restriction of an account by Telegram. Each restriction has a separate alarm because each requires a different
    action.
    """

    FULL = "account_full"
    RESTRICTED = "account_restricted"
    PEER_FLOOD = "account_peer_flood"
    FROZEN = "account_frozen"
    LOGGED_OUT = "account_logged_out"
    SESSION_DOUBLED = "account_session_doubled"
    BANNED = "account_banned"


FIRST_PAUSE: Final = {AccountStatus.RESTRICTED: timedelta(hours=1), AccountStatus.FULL: timedelta(days=1)}
"""Pause after the first refusal; each further refusal doubles it."""
LONGEST_PAUSE: Final = timedelta(days=7)
LIKELY_WAIT: Final = timedelta(days=1)

BAN_ERRORS: Final = frozenset({"UserDeactivatedBanError", "UserDeactivatedError", "PhoneNumberBannedError"})
"""Telegram errors, as stored in the status reason, after which signing in again does not recover the account."""

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
"""Methods needed to create a channel and its invite link. An account that is rate limited for any of these methods
could not complete the channel.
"""
HANDOVER_METHODS: Final = CHANNEL_METHODS - {"CreateChannel"} | {"GetChannels", "GetParticipants"}
"""Methods needed to assign a pre-created channel, which has to be checked but not created."""


PHONE_DIGITS: Final = range(7, 16)
"""Number of digits of a phone number with its country code (ITU-T E.164)."""


def phone_number(text: str) -> str:
    """Normalize `+34 600-111-222` to `+34600111222`. Raise InvalidInput("phone") for any other text."""
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) not in PHONE_DIGITS or set(text) - set("0123456789+-.() \t"):
        raise InvalidInput("phone", "must be a number with its country code, e.g. +34600111222")
    return f"+{digits}"


@dataclass(kw_only=True)
class UserbotAccount:
    """Telegram account of the operator that creates and owns channels.

    session: encrypted session string
    flood_until: end of the wait imposed by Telegram, keyed by method; `*` applies to all methods
    retry_at: time at which a restricted or full account is tried again
    setbacks: number of consecutive refusals since the account last created a channel
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
        """Return True if the account creates channels."""
        return self.status is AccountStatus.ACTIVE

    @property
    def is_dead(self) -> bool:
        """Return True if the account is lost: it is logged out or banned, and cannot be used to reach its channels."""
        return self.status is AccountStatus.DEAD

    @property
    def is_banned(self) -> bool:
        """Return True if the account is banned: signing in again does not recover it."""
        return self.is_dead and self.status_reason in BAN_ERRORS

    @property
    def in_service(self) -> bool:
        """Return True if the account is neither dead nor retired."""
        return self.status not in {AccountStatus.DEAD, AccountStatus.RETIRED}

    @property
    def room(self) -> int:
        """Maximum number of channels that the account may own; 0 for a dead or retired account. Telegram's limit takes
        precedence over the configured one.
        """
        if not self.in_service:
            return 0
        full = self.status is AccountStatus.FULL
        return self.channels_used if full else max(self.channel_cap, self.channels_used)

    @property
    def room_left(self) -> int:
        """Number of channels that the account may still create until its maximum is reached."""
        return max(self.channel_cap - self.channels_used, 0) if self.is_active else 0

    def may_call(self, method: str, now: datetime) -> bool:
        """Return True if Telegram's limits allow the account to connect and to call `method` now."""
        return not any(self.waits_until(what, now) for what in ("connect", method))

    def waits_until(self, method: str, now: datetime) -> datetime | None:
        """Return the end of the wait for `method`, imposed by Telegram or by Umbral's own pace; None if there is no
        wait.
        """
        times = [datetime.fromisoformat(self.flood_until[key]) for key in (method, "*") if key in self.flood_until]
        latest = max(times, default=None)
        return latest if latest is not None and latest > now else None

    def order_wait(self, method: str, wait_end: datetime) -> None:
        """Store a wait imposed by Telegram, because the Telegram client forgets waits at a restart."""
        self.flood_until = {**self.flood_until, method: wait_end.isoformat()}

    def may_create_from(self, now: datetime) -> datetime | None:
        """Return the earliest time at which the account may create its next channel, `now` or later. Return None if it
        may not create any.
        """
        if not self.is_active or self.channels_used >= self.channel_cap:
            return None
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments = [now]
        if self.day == midnight and self.created_today >= self.day_cap:
            moments.append(midnight + timedelta(days=1))
        # A time farther ahead than the pace allows was written while a clock was wrong.
        if self.next_create_at is not None and self.next_create_at - now <= max(self.pace, timedelta(days=1)):
            moments.append(self.next_create_at)
        return max([*moments, *self._ordered_waits(now)])

    def made_today(self, now: datetime) -> int:
        """Return the number of channels requested since midnight UTC."""
        return self.created_today if self.day == now.replace(hour=0, minute=0, second=0, microsecond=0) else 0

    def is_hindered(self, now: datetime) -> bool:
        """Return True if the account must not create the channel reserved for it now. The counters of channels are
        ignored, because they already include that channel.
        """
        return not self.is_active or bool(self._ordered_waits(now))

    def may_hand_over(self, now: datetime) -> bool:
        """Return True if a channel of this account can be handed over to a customer now."""
        if self.status not in {AccountStatus.ACTIVE, AccountStatus.FULL}:
            return False
        return all(self.waits_until(method, now) is None for method in HANDOVER_METHODS)

    def may_precreate(self, now: datetime) -> bool:
        """Return True if the account may pre-create a channel now and can still create one for a
        paying customer today.
        """
        has_room_today = self.made_today(now) + 1 < self.day_cap
        return self.may_create_from(now) == now and has_room_today and self.channels_used + 1 < self.channel_cap

    def may_share(self, now: datetime) -> bool:
        """Return True if the account can become a backup admin: Telegram does not limit it, and its maximum of channels
        is not reached.
        """
        return not self.is_hindered(now) and self.channels_used < self.channel_cap

    def ordered_waits_until(self, now: datetime) -> datetime | None:
        """Return the time at which all waits that Telegram imposed on channel methods are over; None if there is no
        such wait.
        """
        return max(self._ordered_waits(now), default=None)

    def reserve_channel(self, now: datetime) -> None:
        """Count a channel against the capacity, the daily limit and the pace before it is requested."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.created_today = self.created_today + 1 if self.day == midnight else 1
        self.day = midnight
        self.channels_used += 1
        self.next_create_at = now + self.pace

    def release_channel(self, now: datetime) -> None:
        """Remove a channel that was not created from the counters. The pace is kept, because Telegram also counts
        requests.
        """
        self.channels_used = max(0, self.channels_used - 1)
        if self.day == now.replace(hour=0, minute=0, second=0, microsecond=0):
            self.created_today = max(0, self.created_today - 1)

    def channel_deleted(self) -> None:
        """Remove a deleted channel from the count of the account's channels."""
        self.recount(self.channels_used - 1)

    def recount(self, count: int) -> None:
        """Set the number of channels to the number listed by Telegram. A full account becomes active if the number
        fell.
        """
        fewer, self.channels_used = count < self.channels_used, max(0, count)
        if fewer and self.status is AccountStatus.FULL:
            self.status, self.status_reason, self.retry_at = AccountStatus.ACTIVE, None, None

    def signed_in_again(self, session: str, telegram_id: int) -> bool:
        """Store a new session of the same account. Return True if the account was dead; it is then active again with
        its channels.
        """
        self.session, self.telegram_id = session, telegram_id
        if self.status is not AccountStatus.DEAD:
            return False
        self.status, self.status_reason = AccountStatus.ACTIVE, None
        self.retry_at, self.setbacks = None, 0
        return True

    def retire(self) -> None:
        """Retire the account: it creates no further channels and continues to serve existing ones. A dead account stays
        dead.
        """
        if self.status is not AccountStatus.DEAD:
            self.status, self.status_reason, self.retry_at = AccountStatus.RETIRED, None, None

    def change_status(self, status: AccountStatus, reason: str, now: datetime) -> bool:
        """Apply a status reported by Telegram. Return False if the current status is the same or worse.

        For a temporary status, schedule the next try after a pause that doubles with each refusal.
        """
        if _GRAVITY[status] <= _GRAVITY[self.status]:
            return False
        self.status, self.status_reason = status, reason
        pause = FIRST_PAUSE.get(status)
        self.retry_at = None if pause is None else now + min(pause * 2 ** min(self.setbacks, 10), LONGEST_PAUSE)
        self.setbacks += 0 if pause is None else 1
        return True

    def forget_waits(self, now: datetime) -> bool:
        """Remove waits that were written while a clock was wrong, and keep waits that Telegram may have imposed. Return
        False if no wait was removed.
        """
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
        """Activate the account after its pause, without knowing whether Telegram's limit has ended. Return False if no
        pause has ended.
        """
        if self.status not in FIRST_PAUSE or self.retry_at is None or self.retry_at > now:
            return False
        self.status, self.status_reason, self.retry_at = AccountStatus.ACTIVE, None, None
        return True

    def came_through(self) -> bool:
        """Reset the count of refusals after a channel was created. Return False if the count was already zero."""
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
    """Bot of the operator. `role`: `subscription` or `sender`."""

    telegram_id: int
    username: str
    role: str
    updated_at: datetime


def in_use(bots: Sequence[Bot]) -> list[Bot]:
    """Return the bots that the bot process recorded at its last start, without bots that were removed from the settings
    before.
    """
    last_start = max((bot.updated_at for bot in bots), default=None)
    return [bot for bot in bots if bot.updated_at == last_start]


@dataclass(kw_only=True)
class AccountBot:
    """Access hash of a bot for one account. Telegram gives each account a different access hash of the same bot."""

    account_id: AccountId
    bot_id: int
    access_hash: int

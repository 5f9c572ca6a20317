"""Entitlement of one customer to be in one channel."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.events import (
    AccessBanned,
    AccessEnding,
    AccessRequested,
    BanLifted,
    CustomerHindered,
    CustomerJoined,
    InviteReady,
    Recorder,
)
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, new_uuid


class AccessStatus(StrEnum):
    """Status of an access.

    - pending: the invite link is being prepared
    - invited: the customer has an invite link
    - active: the customer is in the channel
    - suspended: the customer was or is to be removed for a limited time
    - revoking: the customer is to be removed
    - revoked: the customer was removed
    - action_required: the customer must do something before Telegram admits them
    - failed: staff must solve a problem
    - left: the customer left the channel and may return
    - banned: an administrator of the chat banned the customer
    """

    PENDING = "pending"
    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKING = "revoking"
    REVOKED = "revoked"
    ACTION_REQUIRED = "action_required"
    FAILED = "failed"
    LEFT = "left"
    BANNED = "banned"


class AccessEvent(StrEnum):
    """Events that change the status of an access."""

    GRANTED = "granted"
    INVITED = "invited"
    JOINED = "joined"
    LEFT = "left"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REMOVED = "removed"
    NEEDS_CUSTOMER = "needs_customer"
    FAILED = "failed"
    RETURNING = "returning"
    BANNED = "banned"
    PARDONED = "pardoned"


MAY_ENTER: Final = frozenset(
    {
        AccessStatus.PENDING,
        AccessStatus.INVITED,
        AccessStatus.ACTIVE,
        AccessStatus.ACTION_REQUIRED,
        AccessStatus.LEFT,
    }
)
"""Statuses in which the customer's join request is approved."""

WAITS_FOR_LINK: Final = frozenset(
    {AccessStatus.PENDING, AccessStatus.INVITED, AccessStatus.ACTION_REQUIRED, AccessStatus.FAILED}
)
"""Statuses in which a customer who may enter needs a working invite link."""

TO_REMOVE: Final = frozenset({AccessStatus.REVOKING, AccessStatus.SUSPENDED})
"""Statuses in which the customer must not be in the channel but may still be."""

WITHOUT_RIGHT: Final = TO_REMOVE | {AccessStatus.REVOKED}
"""Statuses in which the customer has no right to be in the channel."""

_S, _E = AccessStatus, AccessEvent

_BANNABLE: Final = (_S.PENDING, _S.INVITED, _S.ACTIVE, _S.ACTION_REQUIRED, _S.FAILED, _S.LEFT)

ACCESS_TRANSITIONS: Final = TransitionTable[AccessStatus, AccessEvent](
    "access",
    {
        (_S.PENDING, _E.GRANTED): _S.PENDING,
        (_S.PENDING, _E.INVITED): _S.INVITED,
        (_S.PENDING, _E.JOINED): _S.ACTIVE,
        (_S.PENDING, _E.SUSPENDED): _S.SUSPENDED,
        (_S.PENDING, _E.ENDED): _S.REVOKING,
        (_S.PENDING, _E.NEEDS_CUSTOMER): _S.ACTION_REQUIRED,
        (_S.PENDING, _E.FAILED): _S.FAILED,
        (_S.INVITED, _E.GRANTED): _S.INVITED,
        (_S.INVITED, _E.INVITED): _S.INVITED,
        (_S.INVITED, _E.JOINED): _S.ACTIVE,
        (_S.INVITED, _E.SUSPENDED): _S.SUSPENDED,
        (_S.INVITED, _E.ENDED): _S.REVOKING,
        (_S.INVITED, _E.NEEDS_CUSTOMER): _S.ACTION_REQUIRED,
        (_S.INVITED, _E.FAILED): _S.FAILED,
        (_S.ACTIVE, _E.GRANTED): _S.ACTIVE,
        (_S.ACTIVE, _E.JOINED): _S.ACTIVE,
        (_S.ACTIVE, _E.INVITED): _S.ACTIVE,
        # Customers who leave keep their access and get a new link on request.
        (_S.ACTIVE, _E.LEFT): _S.LEFT,
        (_S.ACTIVE, _E.SUSPENDED): _S.SUSPENDED,
        (_S.ACTIVE, _E.ENDED): _S.REVOKING,
        (_S.SUSPENDED, _E.GRANTED): _S.PENDING,
        (_S.SUSPENDED, _E.ENDED): _S.REVOKING,
        (_S.REVOKING, _E.GRANTED): _S.PENDING,
        (_S.REVOKING, _E.REMOVED): _S.REVOKED,
        (_S.REVOKING, _E.ENDED): _S.REVOKING,
        (_S.REVOKED, _E.GRANTED): _S.PENDING,
        (_S.REVOKED, _E.ENDED): _S.REVOKED,
        (_S.ACTION_REQUIRED, _E.GRANTED): _S.PENDING,
        (_S.ACTION_REQUIRED, _E.NEEDS_CUSTOMER): _S.ACTION_REQUIRED,
        (_S.ACTION_REQUIRED, _E.INVITED): _S.INVITED,
        (_S.ACTION_REQUIRED, _E.JOINED): _S.ACTIVE,
        (_S.ACTION_REQUIRED, _E.SUSPENDED): _S.SUSPENDED,
        (_S.ACTION_REQUIRED, _E.ENDED): _S.REVOKING,
        (_S.FAILED, _E.GRANTED): _S.PENDING,
        (_S.FAILED, _E.INVITED): _S.INVITED,
        (_S.FAILED, _E.JOINED): _S.ACTIVE,
        (_S.FAILED, _E.SUSPENDED): _S.SUSPENDED,
        (_S.FAILED, _E.ENDED): _S.REVOKING,
        (_S.LEFT, _E.GRANTED): _S.LEFT,
        (_S.LEFT, _E.LEFT): _S.LEFT,
        (_S.LEFT, _E.RETURNING): _S.PENDING,
        (_S.LEFT, _E.JOINED): _S.ACTIVE,
        (_S.LEFT, _E.SUSPENDED): _S.SUSPENDED,
        (_S.LEFT, _E.ENDED): _S.REVOKING,
        # A ban by an administrator of the chat is lifted only manually; payments and pauses do not lift it.
        **{(state, _E.BANNED): _S.BANNED for state in _BANNABLE},
        (_S.BANNED, _E.GRANTED): _S.BANNED,
        (_S.BANNED, _E.SUSPENDED): _S.BANNED,
        (_S.BANNED, _E.JOINED): _S.ACTIVE,
        (_S.BANNED, _E.PARDONED): _S.PENDING,
        (_S.BANNED, _E.ENDED): _S.REVOKING,
    },
)


@dataclass(kw_only=True)
class Access:
    """Access of one customer to one channel; one row for each such pair.

    ends_at: latest end of the live subscriptions that give this access
    joined_at: time of the latest join
    left_at: time since which the customer is out of the channel
    next_invite_id: id of the invite link being created; chosen before the request to Telegram so that a retry uses the
        same id
    """

    id: AccessId
    customer_id: CustomerId
    channel_id: ChannelId
    status: AccessStatus = AccessStatus.PENDING
    ends_at: datetime | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None
    reason: str | None = None
    next_invite_id: UUID | None = None
    created_at: datetime
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def request(
        cls, customer_id: CustomerId, channel_id: ChannelId, now: datetime, *, is_shared: bool = False
    ) -> "Access":
        """Create a pending access. `is_shared`: True if the chat was not created by a userbot account."""
        access = cls(id=AccessId(new_uuid()), customer_id=customer_id, channel_id=channel_id, created_at=now)
        access.events.record(AccessRequested(access.id, channel_id, is_shared))
        return access

    def apply(self, event: AccessEvent) -> bool:
        """Apply the event if the transition table allows it. Return True if the status changed."""
        if not ACCESS_TRANSITIONS.allows(self.status, event):
            return False
        access_status, self.status = self.status, ACCESS_TRANSITIONS.next_state(self.status, event)
        return self.status is not access_status

    def grant(self, *, is_shared: bool = False) -> None:
        """Make the access pending again after new time was added, if it was suspended, ended or failed, or required an
        action of the customer. Access with any other status does not change, such as that of a customer who is in the
        channel.
        """
        if self.apply(AccessEvent.GRANTED):
            self.events.record(AccessRequested(self.id, self.channel_id, is_shared))

    def invite(self, invite_id: UUID) -> None:
        """Record that a new invite link is ready and must be sent to the customer."""
        if ACCESS_TRANSITIONS.allows(self.status, AccessEvent.INVITED):
            self.apply(AccessEvent.INVITED)
            self.next_invite_id = None
            self.events.record(InviteReady(self.id, self.customer_id, invite_id))

    def mark_invited(self) -> None:
        """Mark the access as invited without recording `InviteReady`, because the caller sends the link itself."""
        self.apply(AccessEvent.INVITED)
        self.next_invite_id = None

    def join(self, now: datetime, *, is_shared: bool = False) -> None:
        """Record that the customer joined the channel. A join ends a ban."""
        was_banned = self.status is AccessStatus.BANNED
        if self.apply(AccessEvent.JOINED):
            if was_banned:
                self.events.record(BanLifted(self.id, now))
            self.joined_at, self.left_at, self.reason = now, None, None
            self.events.record(CustomerJoined(self.id, self.customer_id, self.channel_id, now, is_shared))

    def leave(self, now: datetime) -> bool:
        """Record that the customer left or was removed. Return True if the status changed. The customer
        stays entitled.
        """
        if self.joined_at is not None:
            self.left_at = self.left_at or now
        return self.apply(AccessEvent.LEFT)

    def displace(self, now: datetime) -> bool:
        """Record that Umbral removed an entitled customer from the channel, and prepare a new link. Return True if the
        status changed.
        """
        is_moved = self.leave(now)
        return self.ask_back() or is_moved

    def ask_back(self) -> bool:
        """Prepare a new link for a customer who left and wants to return. Return True if the status changed."""
        return self.apply(AccessEvent.RETURNING)

    def ban(self, now: datetime) -> bool:
        """Block the access because an administrator of the chat banned the customer. Return True if
        the status changed.
        """
        was_inside = self.status is AccessStatus.ACTIVE
        if not self.apply(AccessEvent.BANNED):
            return False
        if was_inside:
            self.left_at = self.left_at or now
        self.next_invite_id = None
        self.events.record(AccessBanned(self.id, now))
        return True

    def pardon(self, now: datetime) -> bool:
        """Unblock the access because the ban was lifted or will be lifted. Return True if the status changed."""
        if not self.apply(AccessEvent.PARDONED):
            return False
        self.events.record(BanLifted(self.id, now))
        return True

    def hinder(self, what: str) -> bool:
        """Record that the customer must act before Telegram admits them. Return False if the current status does not
        allow this. `what`: kind of the ActionRequired error. The customer is notified once per kind.
        """
        if not ACCESS_TRANSITIONS.allows(self.status, AccessEvent.NEEDS_CUSTOMER):
            return False
        is_reported = self.status is AccessStatus.ACTION_REQUIRED and self.reason == what
        self.apply(AccessEvent.NEEDS_CUSTOMER)
        self.reason = what
        if not is_reported:
            self.events.record(CustomerHindered(self.id, self.customer_id, what, self.joined_at))
        return True

    def end(self, *, is_shared: bool = False) -> None:
        """End the access and schedule the removal of the customer. `is_shared`: True if many customers share the
        channel.
        """
        if self.apply(AccessEvent.ENDED):
            self.events.record(AccessEnding(self.id, self.channel_id, is_shared))

    def suspend(self, *, is_shared: bool = False) -> None:
        """Suspend the access and schedule the removal of the customer, who may return later."""
        if self.apply(AccessEvent.SUSPENDED):
            self.events.record(AccessEnding(self.id, self.channel_id, is_shared))

    def may_enter(self) -> bool:
        """Return True if the customer is entitled to join the channel, so that a join request is approved."""
        return self.status in MAY_ENTER

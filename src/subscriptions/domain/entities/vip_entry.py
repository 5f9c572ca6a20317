"""Entry steps of a shared channel: step 1 → 2 → 3 → None.

Step 1: the activation is confirmed. Step 2: the customer reads what to expect in the channel. Step 3: the invite link
is sent. None: the steps are complete, or canceled because the access ended. A customer without live access cannot
continue, whatever the step.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from subscriptions.domain.ids import CustomerId, ResourceId, random_bytes

FIRST_STAGE: Final = 1
SECOND_STAGE: Final = 2
THIRD_STAGE: Final = 3
"""Last of the three steps."""

_ENTRY_TOKEN_BYTES: Final = 48


def new_entry_token() -> str:
    """Return 64 URL-safe characters from the system's cryptographic source."""
    return urlsafe_b64encode(random_bytes(_ENTRY_TOKEN_BYTES)).decode()


def token_digest(token: str) -> str:
    """Return the digest under which an entry token is stored. The token has 384 random bits, so the digest needs no
    key.
    """
    return sha256(token.encode()).hexdigest()


@dataclass(kw_only=True)
class VipEntry:
    """Entry steps of a customer for a resource; one row for each such pair.

    resource_id: resource that the steps lead to; None for the VIP channel
    vip_entry_token: digest of the token, invalid as soon as the step is None
    invite_link_sent_at: time at which the link of step 3 was sent
    """

    customer_id: CustomerId
    resource_id: ResourceId | None = None
    vip_entry_stage: int | None = FIRST_STAGE
    vip_entry_token: str | None = None
    invite_link_sent_at: datetime | None = None
    created_at: datetime

    @property
    def under_way(self) -> bool:
        """Return True if the steps are not complete."""
        return self.vip_entry_stage is not None

    @property
    def has_valid_token(self) -> bool:
        """Return True if the last step is reached and its token exists."""
        return self.vip_entry_stage == THIRD_STAGE and self.vip_entry_token is not None

    @property
    def allows_joining(self) -> bool:
        """Return True if the customer may join: the steps are complete, or the last one is reached and its token
        exists.
        """
        return self.vip_entry_stage is None or self.has_valid_token

    def begin(self, stage: int | None = FIRST_STAGE) -> None:
        """Start from the first step for a new activation. `stage`: None if the resource has no entry steps."""
        self.vip_entry_stage, self.vip_entry_token, self.invite_link_sent_at = stage, None, None

    def renew(self, stage: int | None = FIRST_STAGE) -> int | None:
        """Restart incomplete steps after live access was extended. Return the resulting step. `stage`: None if the
        resource no longer has entry steps.
        """
        if self.vip_entry_stage is not None:
            self.begin(stage)
        return self.vip_entry_stage

    def advance(self, from_stage: int) -> bool:
        """Advance to the next step, 1 → 2 or 2 → 3, if `from_stage` is the current step. Return False if nothing
        changed.
        """
        if from_stage != self.vip_entry_stage or from_stage not in {FIRST_STAGE, SECOND_STAGE}:
            return False
        self.vip_entry_stage = from_stage + 1
        return True

    def complete(self) -> None:
        """Complete the steps after the customer has joined; the entry token becomes invalid."""
        self.vip_entry_stage, self.vip_entry_token = None, None

    def cancel(self) -> int | None:
        """Cancel the steps because the access ended. Return the step that the customer had reached; None if no steps
        were in progress.
        """
        stage = self.vip_entry_stage
        self.vip_entry_stage, self.vip_entry_token = None, None
        return stage

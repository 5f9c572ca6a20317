"""The ritual of entry to a shared channel: stage 1 → 2 → 3 → None.

1: the activation is confirmed · 2: expectations are aligned · 3: the invite is handed over · None: complete, or
cancelled because the access ended. Who has no live access has nothing to go on with, whatever the stage says.
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
"""The three stages."""

_ENTRY_TOKEN_BYTES: Final = 48


def new_entry_token() -> str:
    """64 URL-safe characters from the system's cryptographic source."""
    return urlsafe_b64encode(random_bytes(_ENTRY_TOKEN_BYTES)).decode()


def token_digest(token: str) -> str:
    """What is kept of an entry token: 384 random bits need no key."""
    return sha256(token.encode()).hexdigest()


@dataclass(kw_only=True)
class VipEntry:
    """One row per customer and resource. resource_id: what it leads to; None for the VIP channel. vip_entry_token: its
    digest; dead as soon as the stage is None. invite_link_sent_at: of stage 3.
    """

    customer_id: CustomerId
    resource_id: ResourceId | None = None
    vip_entry_stage: int | None = FIRST_STAGE
    vip_entry_token: str | None = None
    invite_link_sent_at: datetime | None = None
    created_at: datetime

    @property
    def under_way(self) -> bool:
        """Whether the ritual was begun and is not complete."""
        return self.vip_entry_stage is not None

    @property
    def has_valid_token(self) -> bool:
        """Return True if the last stage is reached and has the token that the step to it made."""
        return self.vip_entry_stage == THIRD_STAGE and self.vip_entry_token is not None

    @property
    def opens_the_door(self) -> bool:
        """Return True if the ritual lets the customer in: it is complete, or in the last stage with its token."""
        return self.vip_entry_stage is None or self.has_valid_token

    def begin(self, stage: int | None = FIRST_STAGE) -> None:
        """From the start, for a new activation. stage: None where there is no ritual."""
        self.vip_entry_stage, self.vip_entry_token, self.invite_link_sent_at = stage, None, None

    def renew(self) -> int | None:
        """Live access was extended: who is through stays so, anybody else starts again. The stage afterwards."""
        if self.vip_entry_stage is not None:
            self.begin()
        return self.vip_entry_stage

    def advance(self, from_stage: int) -> bool:
        """1 → 2 and 2 → 3, only from the stage it is in. False: nothing changed."""
        if from_stage != self.vip_entry_stage or from_stage not in {FIRST_STAGE, SECOND_STAGE}:
            return False
        self.vip_entry_stage = from_stage + 1
        return True

    def complete(self) -> None:
        """The customer is inside: the entry token is dead."""
        self.vip_entry_stage, self.vip_entry_token = None, None

    def cancel(self) -> int | None:
        """The access ended before the ritual did. The stage it was in, None where there was nothing to cancel."""
        stage = self.vip_entry_stage
        self.vip_entry_stage, self.vip_entry_token = None, None
        return stage

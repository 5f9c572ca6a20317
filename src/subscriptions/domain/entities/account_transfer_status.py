"""Status of an account transfer, which moves a customer's subscriptions and data to another Telegram account."""

from enum import StrEnum
from typing import Final


class AccountTransferStatus(StrEnum):
    """Status of an account transfer.

    - proposed: waiting for approval by a second staff member
    - waiting: the customer was notified at the old account and may object
    - done: completed; the old account stays recorded, because providers continue to name it
    - objected: the customer objected from the old account
    - dropped: the transfer could not be carried out, or staff stopped it
    """

    PROPOSED = "proposed"
    WAITING = "waiting"
    DONE = "done"
    OBJECTED = "objected"
    DROPPED = "dropped"


OPEN: Final = frozenset({AccountTransferStatus.PROPOSED, AccountTransferStatus.WAITING})

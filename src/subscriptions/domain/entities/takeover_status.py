"""Status of an account transfer, which moves what a customer has to another Telegram account."""

from enum import StrEnum
from typing import Final


class TakeoverStatus(StrEnum):
    """Status of an account transfer.

    proposed: waits for a second staff member. waiting: the first account is notified and may object. done: the former
    account is known from now on, because providers keep naming it. objected: the first account refused. dropped: the
    transfer could not be carried out, or staff stopped it.
    """

    PROPOSED = "proposed"
    WAITING = "waiting"
    DONE = "done"
    OBJECTED = "objected"
    DROPPED = "dropped"


OPEN: Final = frozenset({TakeoverStatus.PROPOSED, TakeoverStatus.WAITING})

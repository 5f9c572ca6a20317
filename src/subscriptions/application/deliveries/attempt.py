"""One attempt to send, change or delete a Telegram message, with a fixed set of outcomes."""

from collections.abc import Awaitable
from typing import TypeVar

from subscriptions.domain.entities.delivery import InDoubt, Missed, Outcome, Postponed, Refused, Sent
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.domain.ports.post_sender import TooLate

M = TypeVar("M")


async def attempt(send: Awaitable[M]) -> Outcome[M]:
    """Run one attempt to send, change or delete a message, and return its outcome. Errors of the sender are converted
    to outcomes. If the process dies, the delivery remains recorded as started.
    """
    try:
        return Sent(await send)
    except Ambiguous as error:
        return InDoubt(error)
    except RetryLater as error:
        return Postponed(error)
    except TooLate:
        return Missed()
    except ActionRequired as refusal:
        return Refused(refusal.kind, refusal)
    except Permanent as refusal:
        return Refused(str(refusal), refusal)

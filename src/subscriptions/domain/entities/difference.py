"""What somebody else says otherwise than our books."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """kind: what is otherwise, in one word (`refund`, `cancellation`). subject: whose, as an operator looks it up.

    cause: why we did not know, in one word. done: what was done about it by itself; None where nothing was, as in a dry
    run. decide: what a person has to decide, in one word; None where nobody has to. The words have their texts in the
    bot's `reconcile.toml`; one without is shown as it is.
    """

    kind: str
    subject: str
    cause: str
    done: str | None = None
    decide: str | None = None

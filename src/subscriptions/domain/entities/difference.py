"""Difference between Umbral's records and another system."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Difference found by reconciliation.

    kind: kind of difference, in one word, such as `refund` or `cancellation`
    subject: customer or object, in a form that an operator can look up
    cause: reason why Umbral's records were incomplete, in one word
    done: correction that was made automatically; None if there was none, as in a dry run
    decide: decision that staff must make, in one word; None if there is none

    The words are translated in the bot's `reconcile.toml`; a word without a translation is shown unchanged.
    """

    kind: str
    subject: str
    cause: str
    done: str | None = None
    decide: str | None = None

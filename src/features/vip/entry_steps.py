"""Registration of the entry steps of shared channels, which customers complete before they get the invite link."""

from typing import Final

from subscriptions.bootstrap.entry_steps import EntryStepsPart

ENTRY_STEPS: Final = EntryStepsPart()

"""Declaration that the feature adds entry steps before the links of shared channels."""

from typing import Final

from subscriptions.bootstrap.entry_steps import EntryStepsPart

ENTRY_STEPS: Final = EntryStepsPart()

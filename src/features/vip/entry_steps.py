"""Declaration that this feature adds steps before the links of shared channels."""

from typing import Final

from subscriptions.bootstrap.entry_steps import EntryStepsPart

ENTRY_STEPS: Final = EntryStepsPart()

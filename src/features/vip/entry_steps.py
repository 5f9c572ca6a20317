"""Declaration that the feature adds entry steps, which customers take before they get the invite link of a shared
channel.
"""

from typing import Final

from subscriptions.bootstrap.entry_steps import EntryStepsPart

ENTRY_STEPS: Final = EntryStepsPart()

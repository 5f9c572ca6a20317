"""Values that processes may write for the feature, whose codes are in the core's table `activation_tokens`."""

from typing import Final

MAY_WRITE: Final = (("audit", "web", "token.make"),)
"""Values that a process may write, as tuples of the rule, the process and the allowed values."""

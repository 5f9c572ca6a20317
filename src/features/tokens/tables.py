"""Additions of the feature to the database's write rules. Activation codes are stored in the core's table
`activation_tokens`.
"""

from typing import Final

MAY_WRITE: Final = (("audit", "web", "token.make"),)
"""Additions to the database's write rules (`infrastructure.database.grants`), as tuples of the rule, the process that
may write, and the values that it may write.
"""

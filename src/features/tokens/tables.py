"""Values that the feature adds to the write rules of the database. Its codes are in the core's table
`activation_tokens`.
"""

from typing import Final

MAY_WRITE: Final = (("audit", "web", "token.make"),)
"""Values that the feature adds to the write rules of the database (`infrastructure.database.grants`), as tuples of the
rule, the process and the values.
"""

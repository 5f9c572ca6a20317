"""Limits and normalized form of the tags by which staff group customers."""

import unicodedata
from typing import Final

from subscriptions.domain.errors import InvalidInput

LONGEST_TAG: Final = 30
"""Maximum length of a tag, in characters."""
MOST_TAGS: Final = 10
"""Maximum number of tags of one customer."""


def normalised(text: str) -> str:
    """Return a tag in the form in which tags are stored and compared: lower case, without `#`, words joined by hyphens.

    Raise InvalidInput: `tag_empty`, `tag_long`, or `tag_sign` for characters other than letters, digits, `-` and `_`.
    """
    tag = "-".join(unicodedata.normalize("NFKC", text).lower().strip().lstrip("#").split())
    if not tag:
        raise InvalidInput("tags", "tag_empty")
    if len(tag) > LONGEST_TAG:
        raise InvalidInput("tags", "tag_long")
    if not all(sign.isalnum() or sign in "-_" or unicodedata.combining(sign) for sign in tag):
        raise InvalidInput("tags", "tag_sign")
    return tag

"""Saved replies of support, each with a command such as `/gracias`."""

import re
from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.spoken import phrase

_NAME: Final = re.compile(r"^/([a-z0-9_-]{1,24})(?:[ \t]+|\n)", re.MULTILINE)
SETTING: Final = "SAVED_REPLIES"
"""Name of the setting that contains the replies."""
LONGEST: Final = 3000
"""Maximum number of characters of an answer, so that the answer and the heading above it fit into one message."""


def read_replies(text: str) -> Mapping[str, str]:
    """Parse saved replies, each starting on a new line with its command, such as `/gracias Gracias por escribirnos`,
    and return them keyed by command. Raises ValueError if a reply has no command or no text, is too long, or repeats a
    command.
    """
    preamble, *parts = _NAME.split(text.strip())
    replies = {f"/{name}": reply.strip() for name, reply in zip(parts[::2], parts[1::2], strict=True)}
    if preamble.strip() or not all(replies.values()):
        raise ValueError(
            phrase(
                "each begins a line with its word and has a text: /gracias Gracias por escribirnos",
                "cada una empieza una línea con su palabra y lleva un texto: /gracias Gracias por escribirnos",
            )
        )
    if len(replies) < len(parts) // 2:
        raise ValueError(phrase("each has a word of its own", "cada una tiene su propia palabra"))
    if any(len(reply) > LONGEST for reply in replies.values()):
        raise ValueError(phrase(f"none is longer than {LONGEST} letters", f"ninguna pasa de {LONGEST} letras"))
    return replies

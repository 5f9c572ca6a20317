"""Recognition of messages that are not commands: acknowledgements that need no answer, and cancellation requests."""

import re
from typing import Final

from aiogram.enums import ContentType
from aiogram.types import Message

_LONGEST_NOD: Final = 40
_LONGEST_WISH: Final = 200
"""Maximum length, in characters, of a message that counts as a cancellation request; a longer message has other content
as well.
"""
_THANKS: Final = re.compile(
    r"(ok(ay|ey)?|vale|gracias|muchas|perfecto|genial|entendido|muy bien|de acuerdo|thanks|thank you|great|perfect"
    r"|got it|cool|obrigad[oa]|muito|está bem|fixe)"
)
"""Words of thanks or agreement. "Sí" is excluded, because it may answer a question from staff."""
_CANCEL: Final = re.compile(
    r"\b(cancel(ar|a|o|en|ad|adla|arla|e|lation|ación|amento)?|darme de baja|dadme de baja|dame de baja|quiero la baja"
    r"|unsubscribe|stop (charging|billing)|end my (subscription|plan)|no (quiero )?(renovar|pagar más)"
    r"|anular (mi|la) suscripci[oó]n|dar baixa|anular a (minha )?(subscrição|assinatura))\b",
    re.IGNORECASE,
)
_NO_WORDS: Final = re.compile(r"[\W_]+")
"""Pattern of spaces, punctuation and emoji, which the recognition ignores."""


def is_nod(message: Message) -> bool:
    """Return True if a message only acknowledges: a sticker, emoji, or words of thanks."""
    if message.content_type == ContentType.STICKER:
        return True
    if message.content_type != ContentType.TEXT or "?" in (message.text or ""):
        return False
    text = (message.text or "").lower()
    rest = _NO_WORDS.sub("", _THANKS.sub("", text))
    return not rest and len(text) <= _LONGEST_NOD


def wants_to_cancel(text: str) -> bool:
    """Return True if a customer appears to want to cancel. The message is still forwarded to staff."""
    return len(text) <= _LONGEST_WISH and _CANCEL.search(text) is not None

"""What some words mean that fit no command: a nod that nobody has to answer, a wish to cancel."""

import re
from typing import Final

from aiogram.enums import ContentType
from aiogram.types import Message

_LONGEST_NOD: Final = 40
_LONGEST_WISH: Final = 200
"""Letters; who writes more says more than that."""
_THANKS: Final = re.compile(
    r"(ok(ay|ey)?|vale|gracias|muchas|perfecto|genial|entendido|muy bien|de acuerdo|thanks|thank you|great|perfect"
    r"|got it|cool|obrigad[oa]|muito|está bem|fixe)"
)
"""No «sí»: it may answer what the operator's people asked."""
_CANCEL: Final = re.compile(
    r"\b(cancel(ar|a|o|en|ad|adla|arla|e|lation|ación|amento)?|darme de baja|dadme de baja|dame de baja|quiero la baja"
    r"|unsubscribe|stop (charging|billing)|end my (subscription|plan)|no (quiero )?(renovar|pagar más)"
    r"|anular (mi|la) suscripci[oó]n|dar baixa|anular a (minha )?(subscrição|assinatura))\b",
    re.IGNORECASE,
)
_NO_WORDS: Final = re.compile(r"[\W_]+")
"""Blanks, signs and emoji: what is left says something."""


def is_nod(message: Message) -> bool:
    """Whether it only says that its reader has read: a sticker, an emoji or two, a word of thanks."""
    if message.content_type == ContentType.STICKER:
        return True
    if message.content_type != ContentType.TEXT or "?" in (message.text or ""):
        return False
    text = (message.text or "").lower()
    rest = _NO_WORDS.sub("", _THANKS.sub("", text))
    return not rest and len(text) <= _LONGEST_NOD


def wants_to_cancel(text: str) -> bool:
    """Whether somebody seems to want out; what they wrote reaches a person all the same."""
    return len(text) <= _LONGEST_WISH and _CANCEL.search(text) is not None

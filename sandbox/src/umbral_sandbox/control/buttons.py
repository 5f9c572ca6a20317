"""Look-up of a message's button by the button's text."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.control.errors import ControlError

Button = dict[str, JsonValue]

# Categories of the characters that emoji consist of: symbols, skin tones, and the invisible characters that join or
# vary them.
_SIGNS: Final = frozenset({"So", "Sk", "Sm", "Cf", "Cs", "Co", "Cn"})
_VARIATIONS: Final = re.compile("[\ufe00-\ufe0f\u20e3\U000e0100-\U000e01ef]")


def plain(text: str) -> str:
    """Return ``text`` without emoji, case-folded and with single spaces. A currency sign without other text counts as
    an icon.
    """
    bare = _VARIATIONS.sub("", unicodedata.normalize("NFC", text))
    kept = "".join(" " if unicodedata.category(sign) in _SIGNS else sign for sign in bare)
    words = (word for word in kept.split() if any(unicodedata.category(sign) != "Sc" for sign in word))
    return " ".join(words).casefold()


def by_text(rows: list[list[Button]], text: str) -> Button:
    """Return the button with this text, or else the only button whose text starts with it. Emoji are ignored unless the
    text consists of emoji alone.
    """
    buttons = [button for row in rows for button in row]
    wanted = plain(text)
    if not wanted:
        # A button that consists of emoji alone can only be named by them.
        return _only(buttons, text, lambda shown: shown.strip() == text.strip())
    whole = [button for button in buttons if plain(str(button.get("text", ""))) == wanted]
    if whole:
        return _only(whole, text, lambda _: True)
    return _only(buttons, text, lambda shown: plain(shown).startswith(wanted))


def _only(buttons: list[Button], text: str, fits: Callable[[str], bool]) -> Button:
    found = [button for button in buttons if fits(str(button.get("text", "")))]
    if len(found) > 1:
        raise ControlError(f"{len(found)} buttons match {text!r}")
    if not found:
        raise ControlError(f"no button matches {text!r}; {_listing([buttons])}")
    return found[0]


def _listing(rows: list[list[Button]]) -> str:
    names = [str(button.get("text", "")) for row in rows for button in row]
    return f"there are: {', '.join(names)}" if names else "the message has no buttons"

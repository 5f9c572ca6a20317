"""In which language somebody is written to."""

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts, load_texts

AS_TELEGRAM = "telegram"


def choice(t: Texts, chosen: str | None, *, done: bool = False) -> Screen:
    """Every language by its own name, and Telegram's. chosen: None where that counts. done: it was just chosen."""
    marked = chosen or AS_TELEGRAM
    ways = {code: texts.plain("chat.language.name") for code, texts in load_texts().items()}
    ways[AS_TELEGRAM] = t.plain("chat.language.as_telegram")
    # Its own sign goes for the mark: one a line.
    shown = {code: f"✅ {name.partition(' ')[2]}" if code == marked else name for code, name in ways.items()}
    rows = [button(name, callbacks.language(code)) for code, name in shown.items()]
    return Screen(t("chat.language.done" if done else "chat.language.ask"), keyboard(*rows))

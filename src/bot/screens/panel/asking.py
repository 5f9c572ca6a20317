"""A question of a guided dialogue, and its confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts

Told = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class Ways:
    """What the buttons of a dialogue carry. back: None at its first question; do: None before its end."""

    leave: str
    back: str | None = None
    do: str | None = None


def ask(
    t: Texts,
    kind: str,
    name: str,
    answers: Mapping[str, str],
    place: tuple[int, int],
    choices: Sequence[tuple[str, str]],
    columns: int,
    ways: Ways,
    wrong: Told | None,
) -> Screen:
    """One question. answers: those before it, which its text may show. wrong: why the last answer was not taken."""
    head = t(f"forms.{kind}.title", **answers)
    if place[1] > 1:
        head += t("forms.step", n=place[0], of=place[1])
    lines = [head, *_wrong(t, wrong), t(f"forms.{kind}.ask.{name}", **answers)]
    buttons = [button(label, carries) for label, carries in choices]
    rows = [buttons[at : at + columns] for at in range(0, len(buttons), columns)]
    return Screen("\n\n".join(lines), keyboard(*rows, *_out(t, ways)))


def confirm(t: Texts, kind: str, summary: str, ways: Ways, wrong: Told | None) -> Screen:
    """What was answered, waiting for a second tap. summary: HTML."""
    do = f"forms.{kind}.do"
    main = button(t.plain(do if t.has(do) else "forms.do"), ways.do) if ways.do else None
    return Screen("\n\n".join([summary, *_wrong(t, wrong)]), keyboard(main, *_out(t, ways)))


def _out(t: Texts, ways: Ways) -> list[InlineKeyboardButton]:
    """«⬅️ Volver» last: to the question before, or out of the dialogue where there is none."""
    if ways.back is None:
        return [button(t.plain("buttons.back"), ways.leave)]
    return [button(t.plain("forms.cancel"), ways.leave), button(t.plain("buttons.back"), ways.back)]


def _wrong(t: Texts, wrong: Told | None) -> list[str]:
    if wrong is None:
        return []
    key, facts = wrong
    known = f"forms.wrong.{key}"
    return [f"⚠️ {t(known if t.has(known) else 'forms.wrong.other', **facts)}"]

"""Screens of a guided dialogue: its questions and its confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from bot.formats import format_fact
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.screens.panel.frame import pairs
from bot.texts import Texts
from subscriptions.application.dto.typed_answers import Fact

Sentence = tuple[str, Mapping[str, Fact]]


@dataclass(frozen=True)
class Navigation:
    """Callback data of a dialogue's navigation buttons.

    leave: data of the button that cancels the dialogue. previous: data of the button that returns to the previous
    question; None at the first question. do: data of the button that carries out the dialogue; None before the
    confirmation.
    """

    leave: str
    previous: str | None = None
    do: str | None = None


@dataclass(frozen=True)
class Words:
    """Texts of a question.

    texts: prefix of the dialogue's texts. asks: prefix of its questions' texts. name: the question's name. answers:
    earlier answers, which the text may show.
    """

    texts: str
    asks: str
    name: str
    answers: Mapping[str, str]


def ask(
    t: Texts,
    words: Words,
    progress: tuple[int, int],
    choices: Sequence[tuple[str, str]],
    columns: int,
    navigation: Navigation,
    wrong: Sentence | None,
) -> Screen:
    """Return the screen of a question. wrong: reason why the previous answer was refused."""
    head = _title(t, words)
    if progress[1] > 1:
        head += t("forms.step", n=progress[0], of=progress[1])
    lines = [head, *_wrong(t, wrong), t(f"{words.asks}.ask.{words.name}", **words.answers)]
    buttons = [button(label, carries) for label, carries in choices]
    rows = [buttons[at : at + columns] for at in range(0, len(buttons), columns)]
    return Screen("\n\n".join(lines), keyboard(*rows, *_exit_buttons(t, navigation)))


def confirm(
    t: Texts,
    texts: str,
    summary: str,
    navigation: Navigation,
    wrong: Sentence | None,
    opens: Sequence[tuple[str, str]] = (),
    asks: str = "",
) -> Screen:
    """Return the screen that shows the answers for confirmation.

    texts: prefix of the dialogue's texts. summary: HTML. opens: names of the answers that can be changed, each with its
    button's callback data. asks: name of the form whose texts contain the answers' names.
    """
    do = f"{texts}.do"
    main = button(t.plain(do if t.has(do) else "forms.do"), navigation.do) if navigation.do else None
    changes = pairs([button(opening(t, asks, name), carries) for name, carries in opens])
    return Screen("\n\n".join([*_wrong(t, wrong), summary]), keyboard(main, *changes, *_exit_buttons(t, navigation)))


def _title(t: Texts, words: Words) -> str:
    title = f"{words.texts}.title"
    return t(title, **words.answers) if t.has(title) else f"<b>{t(f'{words.texts}.label')}</b>"


def opening(t: Texts, asks: str, name: str) -> str:
    """Return the label of the button that reopens a question: `✏️ Precio`."""
    own = f"forms.{asks}.field.{name}"
    # Staff commands share the texts of their input names.
    return t.plain("forms.open", name=t.plain(own if t.has(own) else f"commands.field.{name}"))


def _exit_buttons(t: Texts, navigation: Navigation) -> list[InlineKeyboardButton]:
    """Return the exit buttons. The last one is «⬅️ Volver», which returns to the previous question or, at the first
    question, leaves the dialogue.
    """
    if navigation.previous is None:
        return [button(t.plain("buttons.back"), navigation.leave)]
    return [button(t.plain("forms.cancel"), navigation.leave), button(t.plain("buttons.back"), navigation.previous)]


def _wrong(t: Texts, wrong: Sentence | None) -> list[str]:
    return [warning(t, *wrong)] if wrong is not None else []


def warning(t: Texts, key: str, facts: Mapping[str, Fact]) -> str:
    """Return the text with the reason why an answer was refused. key: key of the reason under `forms.wrong`."""
    text_key = f"forms.wrong.{key}"
    shown_facts = {name: format_fact(t, each) for name, each in facts.items()}
    return f"⚠️ {t(text_key if t.has(text_key) else 'forms.wrong.other', **shown_facts)}"

"""Languages of customers, and texts of the operator with their translations.

A regional language such as `pt-br` falls back to its base language `pt`, and every language to the operator's text.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar, overload

T = TypeVar("T")
CODE: Final = "[a-z]{2,3}(-[a-z]{2,4})?"
"""Pattern of a language code, optionally with a region: `it`, `pt-br`."""


class Languages(Sequence[str]):
    """Languages available in this process: the built-in ones first, then those of additional text files."""

    def __init__(self, *built_in: str) -> None:
        self._built_in, self._codes = built_in, built_in
        self._home = built_in[0]

    @property
    def home(self) -> str:
        """Shop's language, used for readers whose language is not available."""
        return self.resolve(self._home) or self._codes[0]

    def settle(self, home: str) -> None:
        """Set the shop's language. If it is not available, the first language is used."""
        self._home = home

    def speak(self, others: Iterable[str]) -> None:
        """Add available languages. Code that copied the list at startup does not see them."""
        self._codes = (*self._built_in, *sorted({*self._codes, *others} - {*self._built_in}))

    def resolve(self, code: str | None) -> str | None:
        """Return the available language for a reader, such as `pt` for `pt-pt`; None if there is none."""
        return next((each for each in variants(code or "") if each in self._codes), None)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._codes[at]

    def __len__(self) -> int:
        return len(self._codes)


LANGUAGES: Final = Languages("es", "en", "pt")


def is_code(text: str) -> bool:
    """Return True if the text is a well-formed language code."""
    return re.fullmatch(CODE, text) is not None


def variants(code: str) -> tuple[str, ...]:
    """Return a language code and its base language: `pt-br`, `pt`."""
    code = code.lower().replace("_", "-")
    return (code, code.partition("-")[0]) if "-" in code else (code,)


def nearest(words: Mapping[str, T], language: str) -> T | None:
    """Return the value for a reader of this language: that of the language itself or of its base language. Return None
    if there is neither.
    """
    return next((words[each] for each in variants(language) if each in words), None)


class Spoken(str):
    """Text in the operator's language with translations in `others`, keyed by language. `text_for` selects one."""

    others: Mapping[str, str]

    def __new__(cls, own: str, others: Mapping[str, str] | None = None) -> "Spoken":
        """Create the text with its translations."""
        instance = super().__new__(cls, own)
        instance.others = others or {}
        return instance


def text_for(text: str, language: str) -> str:
    """Return the text for a reader of this language, falling back to the operator's text."""
    return str(nearest(text.others, language) or text) if isinstance(text, Spoken) else text


def in_each_language(text: str, form: Callable[[str], str]) -> str:
    """Return the text with the function `form` applied to it and to each of its translations."""
    if not isinstance(text, Spoken):
        return form(text)
    return Spoken(form(str(text)), {language: form(word) for language, word in text.others.items()})


def phrase(english: str, spanish: str, portuguese: str = "") -> Spoken:
    """Create a text for staff in their languages. Programs, logs and the shell use the English one.

    `portuguese`: only for texts of the setup wizard, which also supports Portuguese.
    """
    others = {"es": spanish, "pt": portuguese} if portuguese else {"es": spanish}
    return Spoken(english, others)


def join_phrases(phrase: str, addition: str) -> str:
    """Join two phrases in every language that either of them has: `is no ID; put the ID here`."""
    languages = {language for each in (phrase, addition) if isinstance(each, Spoken) for language in each.others}
    others = {each: f"{text_for(phrase, each)}; {text_for(addition, each)}" for each in languages}
    return Spoken(f"{phrase}; {addition}", others)

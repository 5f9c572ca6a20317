"""The languages that customers are spoken to in, and words of the operator's that each may have in its own way.

A language of a country, `pt-br`, says what it does not say itself as its language does, `pt`; every other one as the
operator's first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar, overload

T = TypeVar("T")
CODE: Final = "[a-z]{2,3}(-[a-z]{2,4})?"
"""How a language is written, and a country's own: `it`, `pt-br`."""


class Languages(Sequence[str]):
    """Those of this process, the operator's first: what is built in, and what texts were found in beside."""

    def __init__(self, *built_in: str) -> None:
        self._built_in, self._codes = built_in, built_in
        self._home = built_in[0]

    @property
    def home(self) -> str:
        """The shop's language: that of readers whose own is not spoken."""
        return self.resolve(self._home) or self._codes[0]

    def settle(self, home: str) -> None:
        """Take this one as the shop's from now on. One that is not spoken leaves the first."""
        self._home = home

    def speak(self, others: Iterable[str]) -> None:
        """From now on also these. Who makes something of all of them at the start goes on with what there was."""
        self._codes = (*self._built_in, *sorted({*self._codes, *others} - {*self._built_in}))

    def resolve(self, code: str | None) -> str | None:
        """What a reader of `pt-pt` is spoken to in, `pt`; None for a language that is not spoken."""
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
    """Whether it is written so."""
    return re.fullmatch(CODE, text) is not None


def variants(code: str) -> tuple[str, ...]:
    """A language, and the one that it is a country's own of: `pt-br`, `pt`."""
    code = code.lower().replace("_", "-")
    return (code, code.partition("-")[0]) if "-" in code else (code,)


def nearest(words: Mapping[str, T], language: str) -> T | None:
    """What there is for a reader of that language; None where there is nothing."""
    return next((words[each] for each in variants(language) if each in words), None)


class Spoken(str):
    """The operator's own word. others: by language, where it has another one; `text_for` asks for it."""

    others: Mapping[str, str]

    def __new__(cls, own: str, others: Mapping[str, str] | None = None) -> "Spoken":
        """See the class."""
        instance = super().__new__(cls, own)
        instance.others = others or {}
        return instance


def text_for(text: str, language: str) -> str:
    """What a reader of that language is shown; the operator's own word where it has no other."""
    return str(nearest(text.others, language) or text) if isinstance(text, Spoken) else text


def in_each_language(text: str, form: Callable[[str], str]) -> str:
    """Something made of a word, in each of its languages."""
    if not isinstance(text, Spoken):
        return form(text)
    return Spoken(form(str(text)), {language: form(word) for language, word in text.others.items()})


def phrase(english: str, spanish: str, portuguese: str = "") -> Spoken:
    """What the operator's people are told, in their languages; programs, logs and the shell have the English.

    portuguese: where the wizard says it, which speaks that too.
    """
    others = {"es": spanish, "pt": portuguese} if portuguese else {"es": spanish}
    return Spoken(english, others)


def join_phrases(phrase: str, addition: str) -> str:
    """Two phrases as one, in each language that either has: `is no ID; put the ID here`."""
    languages = {language for each in (phrase, addition) if isinstance(each, Spoken) for language in each.others}
    others = {each: f"{text_for(phrase, each)}; {text_for(addition, each)}" for each in languages}
    return Spoken(f"{phrase}; {addition}", others)

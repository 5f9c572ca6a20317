"""Settings of watermarks."""

from typing import Annotated, Final

from pydantic import BeforeValidator, field_validator

from subscriptions.infrastructure.environment import EnvironmentSettings, comma_list, setting


class MarkSwitch(EnvironmentSettings):
    """Setting that switches watermarks on or off, read by every process to determine whether the feature is on."""

    pick_marks: str = setting(
        "PICK_MARKS",
        "`on` (each customer's copy of a pick is watermarked, so that a leak can be traced) or `off`",
        es="`on` (la copia de un pick de cada cliente lleva una marca invisible, para rastrear una filtración) u `off`",
        default="off",
        pattern="^(on|off)$",
    )


class MarkSettings(EnvironmentSettings):
    """Setting of the interchangeable words for watermarks, used by the bot, which sends posts, and by `umbral leak`."""

    pick_mark_synonyms: Annotated[tuple[str, ...], BeforeValidator(comma_list)] = setting(
        "PICK_MARK_SYNONYMS",
        "words and phrases that watermarks may exchange for each other: más de|por encima de, gana|vence",
        es="palabras y expresiones que las marcas pueden intercambiar: más de|por encima de, gana|vence",
        default=(),
    )

    @field_validator("pick_mark_synonyms")
    @classmethod
    def _groups(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        words: set[str] = set()
        for phrase in (phrase for group in value for phrase in _phrases(group)):
            if not phrase or any(letter.isdigit() for letter in phrase) or phrase.casefold() in words:
                raise ValueError("each word may appear only once and contain no digits")
            words.add(phrase.casefold())
        if any(len(_phrases(group)) < 2 for group in value):
            raise ValueError("at least two words with the same meaning, with | between them")
        return value

    @property
    def synonyms(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of interchangeable words or phrases."""
        return tuple(_phrases(group) for group in self.pick_mark_synonyms)


def _phrases(group: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in group.split("|"))


SETTINGS: Final = (("core", MarkSwitch), ("bot", MarkSettings), ("operator", MarkSettings))

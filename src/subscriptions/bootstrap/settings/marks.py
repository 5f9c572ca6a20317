"""Settings of whoever makes or reads the marks in picks."""

from typing import Annotated

from pydantic import BeforeValidator, SecretStr, field_validator

from subscriptions.bootstrap.settings.outbox import NetworkSettings
from subscriptions.infrastructure.environment import comma_list, setting

KEY_LENGTH = 16


class MarkSettings(NetworkSettings):
    """The bot, which sends picks, and `umbral leak`."""

    pick_mark_key: SecretStr | None = setting(
        "PICK_MARK_KEY",
        f"the key of the marks in picks, and of what is kept of codes, {KEY_LENGTH} characters or more; kept for good",
        es="la clave de las marcas de los picks y de lo que se guarda de los códigos, 16 caracteres o más; se"
        " conserva para siempre",
        default=None,
        min_length=KEY_LENGTH,
    )
    pick_mark_synonyms: Annotated[tuple[str, ...], BeforeValidator(comma_list)] = setting(
        "PICK_MARK_SYNONYMS",
        "words of yours that may stand for each other: más de|por encima de, gana|vence",
        es="palabras tuyas que pueden ir unas por otras: más de|por encima de, gana|vence",
        default=(),
    )

    @field_validator("pick_mark_synonyms")
    @classmethod
    def _groups(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        words: set[str] = set()
        for phrase in (phrase for group in value for phrase in _phrases(group)):
            if not phrase or any(letter.isdigit() for letter in phrase) or phrase.casefold() in words:
                raise ValueError("each word stands once, and holds no figure")
            words.add(phrase.casefold())
        if any(len(_phrases(group)) < 2 for group in value):
            raise ValueError("two words at least that mean the same, with | between them")
        return value

    @property
    def synonyms(self) -> tuple[tuple[str, ...], ...]:
        """Group by group."""
        return tuple(_phrases(group) for group in self.pick_mark_synonyms)


def _phrases(group: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in group.split("|"))

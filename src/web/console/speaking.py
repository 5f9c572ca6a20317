"""Texts and formats that list columns need, in a staff member's language."""

from typing import Any, Final

from subscriptions.application.views.amounts import rewritten
from subscriptions.domain.entities.spoken import text_for
from web.console.visit import Visit
from web.console.words import alarm_words, read_json

_ROLES: Final = ("role", "to", "from")
"""Keys of the facts of audit entries whose values are roles."""


class ConsoleSpeaker:
    """The console's implementation of `Speaker`, which also provides the names of payment providers."""

    def __init__(self, visit: Visit) -> None:
        self._words = words = visit.words
        self.one_of, self.event, self.refusal, self.why = words.one_of, words.event, words.refusal, words.why
        self.number, self.decimal = words.number, words.decimal
        self.moment, self.day, self.whole_day = words.moment, words.day, words.whole_day
        self.provider = visit.provider
        self._features = visit.use.core.installed().features

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text with this key."""
        return self._words(key, **facts)

    def format_stored(self, text: str) -> str:
        """Return a percentage or amounts, stored as text, in the language's format."""
        return rewritten(text, self._words.language)

    def alarm(self, kind: str, facts: object) -> str:
        """Return the description of an alarm."""
        return alarm_words(self._words, kind, read_json(facts))[0]

    def did(self, action: str, facts: object) -> tuple[str, bool]:
        """Return the description of a staff command, and whether a text for it exists."""
        name = action.replace(".", "_")
        named = {fact: self._named(fact, value) for fact, value in read_json(facts).items()}
        if self._words.has(f"did.{name}"):
            return self._words(f"did.{name}", **named), True
        text_key = f"chat.people.did.{name}"
        return (self._words.plain(text_key, **named), True) if self._words.has(text_key) else (action, False)

    def _named(self, fact: str, value: Any) -> Any:
        """Return the name of a role or of an installed feature as a text. Any other value is returned unchanged, such
        as a custom role, whose id is its name.
        """
        if fact == "feature" and value in self._features:
            return text_for(self._features[value].title, self._words.language)
        return self._words.one_of("chat.panel.role", value) if fact in _ROLES else value

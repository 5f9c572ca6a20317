"""Texts and formats that list columns need, in a staff member's language."""

from subscriptions.application.views.amounts import rewritten
from web.console.visit import Visit
from web.console.words import alarm_words, read_json


class ConsoleSpeaker:
    """The console's implementation of `Speaker`, which also provides the names of payment providers."""

    def __init__(self, visit: Visit) -> None:
        self._words = words = visit.words
        self.one_of, self.event, self.refusal, self.why = words.one_of, words.event, words.refusal, words.why
        self.number, self.decimal = words.number, words.decimal
        self.moment, self.day, self.whole_day = words.moment, words.day, words.whole_day
        self.provider = visit.provider

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return a text."""
        return self._words(key, **facts)

    def format_stored(self, text: str) -> str:
        """Return a percentage or amounts, stored as text, in the language's format."""
        return rewritten(text, self._words.language)

    def alarm(self, kind: str, facts: object) -> str:
        """Return the description of an alarm."""
        return alarm_words(self._words, kind, read_json(facts))[0]

    def did(self, action: str, facts: object) -> tuple[str, bool]:
        """Return the description of a staff command, and whether a text for it exists."""
        name, read_facts = action.replace(".", "_"), read_json(facts)
        roles = {each: self._role(read_facts[each]) for each in ("to", "from") if each in read_facts}
        read_facts = {**read_facts, **roles}
        if self._words.has(f"did.{name}"):
            return self._words(f"did.{name}", **read_facts), True
        text_key = f"chat.people.did.{name}"
        return (self._words.plain(text_key, **read_facts), True) if self._words.has(text_key) else (action, False)

    def _role(self, name: object) -> object:
        """Return the name of a role. A custom role is returned unchanged, because its id is its name."""
        return self._words(f"chat.panel.role.{name}") if self._words.has(f"chat.panel.role.{name}") else name

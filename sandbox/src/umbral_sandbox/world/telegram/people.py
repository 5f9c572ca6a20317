"""People, bots and the operator's accounts, which share one space of ids and usernames."""

import re

from umbral_sandbox.world.ids import URL_SAFE
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.telegram.refusal import bad, unauthorized
from umbral_sandbox.world.telegram.state import State

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
# Above 32 bits, like new accounts of the real service.
_FIRST_USER = 6_000_000_000


class People:
    """Creation and look-up of people and bots."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_person(
        self,
        first_name: str,
        *,
        last_name: str = "",
        username: str | None = None,
        language_code: str | None = None,
        phone: str | None = None,
        password: str | None = None,
    ) -> Person:
        """Create a person. phone: digits; with a phone number, the person can log in over MTProto. password: 2FA
        password, if any.

        Raises Refused for a name that is empty or longer than 256 characters, and for a username that is malformed or
        taken.
        """
        # Telegram's own limit is 64 today; the sandbox exposes code that relies on it.
        if not 1 <= len(first_name.strip()) <= 256:
            raise bad("FIRSTNAME_INVALID")
        if username is not None:
            self._claim(username)
        if phone is not None:
            phone = phone.lstrip("+")
            if not phone.isdigit() or self.find_phone(phone) is not None:
                raise bad("PHONE_NUMBER_INVALID")
        person = Person(
            id=self._next_id(),
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            phone=phone,
            password=password,
        )
        return self._state.people.put(person.id, person)

    def add_bot(self, username: str, name: str, *, token: str | None = None) -> Bot:
        """Create a bot, whose username must end in "bot". token: the bot's token; None to derive it from the seed."""
        if not username.lower().endswith("bot"):
            raise bad("USERNAME_INVALID")
        self._claim(username)
        if token is None:
            bot_id = self._next_id()
            token = f"{bot_id}:{self._state.ids.token('bot-token', 35, URL_SAFE)}"
        else:
            bot_id = int(token.split(":", 1)[0])
            if self.find(bot_id) is not None:
                raise bad("TOKEN_INVALID")
        return self._state.bots.put(bot_id, Bot(id=bot_id, username=username, name=name, token=token))

    def find(self, user_id: int) -> Person | Bot | None:
        """Return the person or bot with this id, or None."""
        return self._state.people.get(user_id) or self._state.bots.get(user_id)

    def get(self, user_id: int) -> Person | Bot:
        """Return the person or bot with this id. Raises Refused (USER_ID_INVALID) if there is none."""
        found = self.find(user_id)
        if found is None:
            raise bad("USER_ID_INVALID")
        return found

    def person(self, user_id: int) -> Person:
        """Return the person with this id. Raises Refused (USER_ID_INVALID) if there is none."""
        found = self._state.people.get(user_id)
        if found is None:
            raise bad("USER_ID_INVALID")
        return found

    def living(self, user_id: int) -> Person:
        """Return the person who is about to act. Raises Refused (USER_DEACTIVATED) if the person's
        account was deleted.
        """
        found = self.person(user_id)
        if found.deleted:
            raise unauthorized("USER_DEACTIVATED")
        return found

    def delete(self, user_id: int) -> None:
        """Delete the account permanently; only an id without a name remains."""
        person = self.living(user_id)
        person.deleted, person.first_name, person.last_name, person.username = True, "", "", None
        person.language_code = person.phone = person.password = None
        self.save(person)

    def bot(self, bot_id: int) -> Bot:
        """Return the bot with this id. Raises Refused (USER_ID_INVALID) if there is none."""
        found = self._state.bots.get(bot_id)
        if found is None:
            raise bad("USER_ID_INVALID")
        return found

    def all_people(self) -> list[Person]:
        """Return all people, including the operator's accounts."""
        return list(self._state.people.values())

    def all_bots(self) -> list[Bot]:
        """Return all bots."""
        return list(self._state.bots.values())

    def save(self, user: Person | Bot) -> None:
        """Store a changed record."""
        if isinstance(user, Bot):
            self._state.bots.put(user.id, user)
        else:
            self._state.people.put(user.id, user)

    def find_username(self, username: str) -> Person | Bot | None:
        """Return the user with this username, with or without @, case-insensitively; None if there is none."""
        wanted = username.lstrip("@").lower()
        everyone: list[Person | Bot] = [*self._state.bots.values(), *self._state.people.values()]
        return next((user for user in everyone if wanted and (user.username or "").lower() == wanted), None)

    def find_bot(self, username: str) -> Bot | None:
        """Return the bot with this username, or None."""
        found = self.find_username(username)
        return found if isinstance(found, Bot) else None

    def by_token(self, token: str) -> Bot | None:
        """Return the bot with this token, or None."""
        head = token.split(":", 1)[0]
        bot = self._state.bots.get(int(head)) if head.isdecimal() else None
        return bot if bot is not None and bot.token == token else None

    def find_phone(self, phone: str) -> Person | None:
        """Return the account with this phone number, with or without +; None if there is none."""
        wanted = phone.lstrip("+")
        return next((each for each in self._state.people.values() if each.phone == wanted), None)

    def _claim(self, username: str) -> None:
        if not _USERNAME.fullmatch(username):
            raise bad("USERNAME_INVALID")
        if self.find_username(username) is not None:
            raise bad("USERNAME_OCCUPIED")

    def _next_id(self) -> int:
        return _FIRST_USER + self._state.ids.next("user")

"""Login over MTProto: codes, passwords, auth keys, and each account's access hashes."""

import secrets

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import AuthKey, Bot, LoginCode, Person
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.state import State


class Accounts:
    """Userbot accounts of the operator, from the data centre's point of view."""

    def __init__(self, state: State, people: People) -> None:
        self._state = state
        self._people = people

    def all(self) -> list[Person]:
        """Return all people who can log in, which are people with a phone number."""
        return [person for person in self._people.all_people() if person.phone is not None]

    def send_code(self, phone: str) -> LoginCode:
        """Return a new login code for this phone, shown in the control interface. Raises Refused for
        an unknown number.
        """
        account = self._people.find_phone(phone)
        if account is None or account.phone is None:
            raise bad("PHONE_NUMBER_INVALID")
        code = LoginCode(
            phone=account.phone,
            code=f"{self._state.ids.random('login-code').randrange(100_000):05}",
            hash=self._state.ids.token("login-code-hash", 18),
            at=self._state.clock.now(),
        )
        return self._state.codes.put(account.phone, code)

    def codes(self) -> list[LoginCode]:
        """Return the unused login codes."""
        return list(self._state.codes.values())

    def sign_in(self, phone: str, code_hash: str, code: str) -> Person:
        """Return the account if the code is correct. The caller must still check the account's 2FA password."""
        account = self._people.find_phone(phone)
        sent = self._state.codes.get(phone.lstrip("+"))
        if account is None:
            raise bad("PHONE_NUMBER_INVALID")
        if sent is None or sent.hash != code_hash:
            raise bad("PHONE_CODE_EXPIRED")
        if not secrets.compare_digest(sent.code.encode(), code.encode()):
            raise bad("PHONE_CODE_INVALID")
        self._state.codes.delete(sent.phone)
        return account

    def save_key(self, key_id: int, key: bytes) -> AuthKey:
        """Store the auth key of a client."""
        return self._state.keys.put(key_id, AuthKey(id=key_id, key=key.hex()))

    def key(self, key_id: int) -> AuthKey | None:
        """Return the auth key with this id, even if revoked; None for an unknown id."""
        return self._state.keys.get(key_id)

    def bind_key(self, key_id: int, user_id: int | None) -> None:
        """Log an account in with this key, or log the key's account out if ``user_id`` is None."""
        record = self._state.keys.get(key_id)
        if record is not None:
            record.user_id = user_id
            self._state.keys.put(key_id, record)

    def revoke_key(self, key_id: int) -> None:
        """Revoke a key permanently."""
        record = self._state.keys.get(key_id)
        if record is not None:
            record.revoked = True
            self._state.keys.put(key_id, record)

    def sessions(self, user_id: int) -> list[AuthKey]:
        """Return the keys with which this account is logged in."""
        return [key for key in self._state.keys.values() if key.user_id == user_id and not key.revoked]

    def access_hash(self, viewer: int, peer_id: int) -> int:
        """Return the access hash by which ``viewer`` names a user or channel; the hash is invalid for any other
        account.
        """
        return self._state.ids.derive("access", viewer, peer_id)

    def channel(self, viewer: int, channel_id: int, access_hash: int) -> Channel:
        """Return the channel that ``viewer`` named. Raises Refused (CHANNEL_PRIVATE) for another account's hash, and
        Refused (CHANNEL_INVALID) for an unknown channel.
        """
        channel = self._state.channels.get(channel_id)
        if channel is None or channel.deleted:
            raise bad("CHANNEL_INVALID")
        if access_hash != self.access_hash(viewer, channel_id):
            raise bad("CHANNEL_PRIVATE")
        return channel

    def user(self, viewer: int, user_id: int, access_hash: int, *, error: str = "USER_ID_INVALID") -> Person | Bot:
        """Return the user that ``viewer`` named. Raises Refused with the name ``error`` for another account's hash or
        an unknown id.
        """
        found = self._people.find(user_id)
        if found is None or access_hash != self.access_hash(viewer, user_id):
            raise bad(error)
        return found

"""Signing in to a Telegram account by phone, code and password, one short connection per step."""

from enum import StrEnum
from typing import Protocol

from subscriptions.domain.errors import UmbralError


class LoginProblem(StrEnum):
    """Why Telegram does not sign somebody in. expired: the code; lost: the whole attempt."""

    PHONE_INVALID = "phone_invalid"
    PHONE_BANNED = "phone_banned"
    PHONE_UNKNOWN = "phone_unknown"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    TWO_STEP_OWED = "two_step_owed"
    TWO_STEP_WRONG = "two_step_wrong"
    TOO_MANY_TRIES = "too_many_tries"
    APP_INVALID = "app_invalid"
    LOST = "lost"


class LoginRefused(UmbralError):
    """Telegram said no, and why."""

    def __init__(self, problem: LoginProblem) -> None:
        super().__init__(f"Telegram refuses the login: {problem}")
        self.problem = problem


class TelegramLogin(Protocol):
    """session: what `send_code` gave, half signed in; it grows no further text, only rights at Telegram.

    Every call raises LoginRefused, FloodWait, RetryLater where Telegram cannot be reached, and Permanent.
    """

    async def send_code(self, phone: str) -> tuple[str, str]:
        """Have a code sent to the phone's Telegram. The session to go on with, and the code's hash."""
        ...

    async def sign_in(self, session: str, phone: str, code_hash: str, code: str) -> int:
        """The account's Telegram id. Raises LoginRefused(TWO_STEP_OWED) where the code alone is not enough."""
        ...

    async def check_password(self, session: str, password: str) -> int:
        """The account's Telegram id."""
        ...

    async def signed_in(self, session: str) -> int | None:
        """Whose session it is; None: nobody is signed in with it (yet)."""
        ...


class Seal(Protocol):
    """Makes secrets storable, and readable again with the same key."""

    def seal(self, session: str) -> str: ...
    def unseal(self, ciphertext: str) -> str:
        """Raises InvalidInput where it was sealed with another key."""
        ...

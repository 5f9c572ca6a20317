"""Port for signing in to a Telegram account by phone, code and password, with one short connection per step."""

from enum import StrEnum
from typing import Protocol

from subscriptions.domain.errors import UmbralError


class LoginProblem(StrEnum):
    """Reason why Telegram refuses a sign-in. With CODE_EXPIRED, only the login code is invalid; with LOST, the whole
    sign-in must begin again.
    """

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
    """Error: Telegram refused a sign-in, for the given reason."""

    def __init__(self, problem: LoginProblem) -> None:
        super().__init__(f"Telegram refuses the login: {problem}")
        self.problem = problem


class TelegramLogin(Protocol):
    """Port for signing in to a Telegram account.

    `session` is the text of the incomplete session that `send_code` returned. The text stays the same during the
    sign-in; only the rights of the session at Telegram change.

    Every method may raise LoginRefused, FloodWait, RetryLater if Telegram cannot be reached, or Permanent.
    """

    async def send_code(self, phone: str) -> tuple[str, str]:
        """Request a login code for the phone's Telegram account. Return the session to continue with and the code's
        hash.
        """
        ...

    async def sign_in(self, session: str, phone: str, code_hash: str, code: str) -> int:
        """Sign in with the code and return the account's Telegram id. Raise LoginRefused(TWO_STEP_OWED) if the password
        is needed as well.
        """
        ...

    async def check_password(self, session: str, password: str) -> int:
        """Complete the sign-in with the password and return the account's Telegram id."""
        ...

    async def signed_in(self, session: str) -> int | None:
        """Return the Telegram id of the account that is signed in with the session. Return None if the sign-in is
        incomplete.
        """
        ...


class Seal(Protocol):
    """Port for the encryption of secrets for storage."""

    def seal(self, session: str) -> str: ...
    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raise InvalidInput if the secret was encrypted with another key."""
        ...

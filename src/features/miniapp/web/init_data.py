"""Verification of the identity of a Mini App visitor.

Telegram passes a query string, `initData`, to the page. It is signed with a key derived from the bot's token:
https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, ValidationError

from subscriptions.application.people.customers import Person
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId

MAX_AGE: Final = timedelta(hours=1)
"""Maximum age of Telegram's signature. Telegram signs the data again each time the Mini App is opened."""
CLOCK_SKEW: Final = timedelta(minutes=2)
LENGTH_LIMIT: Final = 4096
_SCHEME: Final = "tma"


class InvalidInitData(Exception):
    """Raised if `initData` is missing, malformed, not signed for this bot, or too old. The message states
    the reason.
    """


class UsedInitData(InvalidInitData):
    """Raised if another page has already used the same `initData`."""


@dataclass(frozen=True)
class Opening:
    """One opening of the Mini App. signature: Telegram's signature, which is unique for each opening."""

    person: Person
    signature: str


class _SignedUser(BaseModel):
    id: int = Field(gt=0, lt=TELEGRAM_ID_LIMIT)
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str = ""


def init_data_of(authorization: str) -> str:
    """Return the `initData` in the header `Authorization: tma INITDATA`. Raises InvalidInitData if the header has
    another form.
    """
    scheme, _, data = authorization.partition(" ")
    if scheme.lower() != _SCHEME or not data.strip():
        raise InvalidInitData("there is none")
    return data.strip()


def verify(init_data: str, key: bytes, now: datetime) -> Opening:
    """Return the opening with the verified person.

    key: HMAC-SHA256 of the bot's token with the key `WebAppData`. Raises InvalidInitData if the data is malformed, not
        signed for this bot, or too old.
    """
    if len(init_data) > LENGTH_LIMIT:
        raise InvalidInitData("it is too long")
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise InvalidInitData("it is no query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidInitData("a field stands in it twice")
    signature = fields.pop("hash", "")
    check_string = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    if not hmac.compare_digest(hmac.new(key, check_string.encode(), sha256).hexdigest().encode(), signature.encode()):
        raise InvalidInitData("it is not signed for this bot")
    _check_age(fields.get("auth_date", ""), now)
    try:
        user = _SignedUser.model_validate_json(fields.get("user", ""))
    except ValidationError:
        raise InvalidInitData("it names no person") from None
    person = Person(
        telegram_id=TelegramId(user.id),
        first_name=user.first_name,
        last_name=user.last_name or None,
        username=user.username,
        language_code=user.language_code,
    )
    return Opening(person, signature)


def _check_age(auth_date: str, now: datetime) -> None:
    if not (auth_date.isascii() and auth_date.isdigit() and len(auth_date) <= 12):
        raise InvalidInitData("it has no date")
    # Compare in seconds, because twelve digits exceed the range of datetime.
    age_s = now.timestamp() - int(auth_date)
    if age_s > MAX_AGE.total_seconds():
        raise InvalidInitData("it is too old")
    if age_s < -CLOCK_SKEW.total_seconds():
        raise InvalidInitData("it is of the future")

"""Base classes and types of the parameter models, which accept values from JSON, forms and queries as
the Bot API does.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictStr
from pydantic_core import PydanticCustomError

_INTEGER = re.compile(r"^[+-]?\d{1,19}$")
_USERNAME = re.compile(r"^@[A-Za-z]\w{3,31}$")


@dataclass(frozen=True, slots=True)
class Upload:
    """File sent with the call."""

    name: str
    content_type: str
    data: bytes


class ApiObject(BaseModel):
    """Object inside a parameter; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameters(BaseModel):
    """Parameters of a method; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def refusal(text: str) -> PydanticCustomError:
    """Return a validation error whose text is sent to the caller unchanged."""
    return PydanticCustomError("bot_api", "{text}", {"text": text})


def _integer(value: object) -> object:
    if isinstance(value, str) and _INTEGER.match(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer")
    return value


def _boolean(value: object) -> object:
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0", "yes", "no"):
        return value.lower() in ("true", "1", "yes")
    if not isinstance(value, bool):
        raise ValueError("must be a boolean")
    return value


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError("must be JSON-serialized") from error


def _chat(value: object) -> object:
    if isinstance(value, str) and not value:
        raise refusal("chat_id is empty")
    if isinstance(value, str) and _USERNAME.match(value):
        return value
    try:
        return _integer(value)
    except ValueError as error:
        # No chat has a string that is neither a number nor a @username.
        if isinstance(value, str):
            raise refusal("chat not found") from error
        raise


Integer = Annotated[int, BeforeValidator(_integer)]
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Text = StrictStr
ChatId = Annotated[int | str, BeforeValidator(_chat)]
FromJson = BeforeValidator(_from_json)

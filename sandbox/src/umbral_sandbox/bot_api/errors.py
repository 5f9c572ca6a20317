"""Error answers of the Bot API, with their real codes and texts."""

from http import HTTPStatus


class BotApiError(Exception):
    """A refusal; `description` is the complete text of the answer."""

    def __init__(
        self, code: int, description: str, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def answer(self) -> dict[str, object]:
        """Return the JSON body of this refusal."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        if self.migrate_to_chat_id is not None:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return body


def bad_request(text: str) -> BotApiError:
    """Build a 400 answer, the most common refusal."""
    return BotApiError(HTTPStatus.BAD_REQUEST, f"Bad Request: {text}")


def forbidden(text: str) -> BotApiError:
    """Build a 403 answer: the person or the channel does not permit the bot's action."""
    return BotApiError(HTTPStatus.FORBIDDEN, f"Forbidden: {text}")


def migrated(chat_id: int) -> BotApiError:
    """Build the 400 answer for a group that was upgraded and has another id."""
    return BotApiError(
        HTTPStatus.BAD_REQUEST,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=chat_id,
    )


def conflict(text: str) -> BotApiError:
    """Build a 409 answer: two ways of receiving updates at once."""
    return BotApiError(HTTPStatus.CONFLICT, f"Conflict: {text}")


def unauthorized(text: str = "") -> BotApiError:
    """Build a 401 answer: no bot has this token."""
    return BotApiError(HTTPStatus.UNAUTHORIZED, f"Unauthorized: {text}" if text else "Unauthorized")


def not_found() -> BotApiError:
    """Build the 404 answer for a missing file."""
    return BotApiError(HTTPStatus.NOT_FOUND, "Not Found")


def method_not_found() -> BotApiError:
    """Build the 404 answer for an unknown method."""
    return BotApiError(HTTPStatus.NOT_FOUND, "Not Found: method not found")


def too_many_requests(seconds: int) -> BotApiError:
    """Build a 429 answer with the seconds to wait."""
    return BotApiError(HTTPStatus.TOO_MANY_REQUESTS, f"Too Many Requests: retry after {seconds}", seconds)


def failed(code: int) -> BotApiError:
    """Build an answer with any other status and its standard phrase, for an injected fault."""
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Unknown Error"
    return BotApiError(code, phrase)

"""Error responses of the Bot API, with their real codes and texts."""

from http import HTTPStatus


class BotApiError(Exception):
    """Refusal of a call; `description` is the complete text of the response."""

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
    """Return a 400 error, the most common refusal."""
    return BotApiError(HTTPStatus.BAD_REQUEST, f"Bad Request: {text}")


def forbidden(text: str) -> BotApiError:
    """Return a 403 error, for an action that the person or the channel does not permit."""
    return BotApiError(HTTPStatus.FORBIDDEN, f"Forbidden: {text}")


def migrated(chat_id: int) -> BotApiError:
    """Return the 400 error for a group that was upgraded and has another id."""
    return BotApiError(
        HTTPStatus.BAD_REQUEST,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=chat_id,
    )


def conflict(text: str) -> BotApiError:
    """Return a 409 error, for a bot that receives updates in two ways at the same time."""
    return BotApiError(HTTPStatus.CONFLICT, f"Conflict: {text}")


def unauthorized(text: str = "") -> BotApiError:
    """Return a 401 error, for a token that no bot has."""
    return BotApiError(HTTPStatus.UNAUTHORIZED, f"Unauthorized: {text}" if text else "Unauthorized")


def not_found() -> BotApiError:
    """Return the 404 error for a missing file."""
    return BotApiError(HTTPStatus.NOT_FOUND, "Not Found")


def method_not_found() -> BotApiError:
    """Return the 404 error for an unknown method."""
    return BotApiError(HTTPStatus.NOT_FOUND, "Not Found: method not found")


def too_many_requests(seconds: int) -> BotApiError:
    """Return a 429 error with the seconds to wait."""
    return BotApiError(HTTPStatus.TOO_MANY_REQUESTS, f"Too Many Requests: retry after {seconds}", seconds)


def failed(code: int) -> BotApiError:
    """Return an error with any other status and its standard phrase, for an injected fault."""
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Unknown Error"
    return BotApiError(code, phrase)

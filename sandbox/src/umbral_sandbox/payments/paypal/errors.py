"""Error responses of the PayPal API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

_DOCS: Final = "https://developer.paypal.com/api/rest/responses/"
MESSAGES: Final = {
    "AUTHENTICATION_FAILURE": (
        401,
        "Authentication failed due to invalid authentication credentials or a missing Authorization header.",
    ),
    "INVALID_REQUEST": (400, "Request is not well-formed, syntactically incorrect, or violates schema."),
    "METHOD_NOT_SUPPORTED": (405, "The server does not implement the requested HTTP method."),
    "NOT_AUTHORIZED": (403, "Authorization failed due to insufficient permissions."),
    "RESOURCE_NOT_FOUND": (404, "The specified resource does not exist."),
    "UNPROCESSABLE_ENTITY": (
        422,
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The server does not support the request payload's media type."),
    "INTERNAL_SERVER_ERROR": (500, "An internal server error has occurred."),
    "SERVICE_UNAVAILABLE": (503, "Service Unavailable."),
    "RATE_LIMIT_REACHED": (429, "Too many requests. Blocked due to rate limiting."),
}


@dataclass(frozen=True)
class Detail:
    """Error of a request. field: JSON pointer into the request."""

    issue: str
    description: str
    field: str | None = None
    value: str | None = None
    location: str | None = None

    def body(self) -> dict[str, JsonValue]:
        """Return the detail as JSON, without absent members."""
        whole: dict[str, JsonValue] = {
            "field": self.field,
            "value": self.value,
            "location": self.location,
            "issue": self.issue,
            "description": self.description,
        }
        return {name: each for name, each in whole.items() if each is not None}


class PayPalError(Exception):
    """Error response: HTTP status, name, message, and details."""

    def __init__(
        self,
        name: str,
        details: Sequence[Detail] = (),
        *,
        status: int | None = None,
        message: str | None = None,
    ) -> None:
        usual, words = MESSAGES.get(name, (400, "The request was refused."))
        self.status = status or usual
        self.name = name
        self.message = message or words
        self.details = tuple(details)
        super().__init__(f"{name}: {self.details[0].issue if self.details else self.message}")

    def body(self, debug_id: str) -> dict[str, JsonValue]:
        """Return the JSON body."""
        body: dict[str, JsonValue] = {"name": self.name, "message": self.message, "debug_id": debug_id}
        if self.details:
            body["details"] = [each.body() for each in self.details]
        body["links"] = [{"href": f"{_DOCS}#{self.name}", "rel": "information_link", "method": "GET"}]
        return body


class OAuthError(Exception):
    """Error response in the format of OAuth 2."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, JsonValue]:
        """Return the JSON body."""
        return {"error": self.error, "error_description": self.description}


def missing(key: str = "", kind: str = "resource") -> PayPalError:
    """Return the error for an unknown id."""
    return PayPalError(
        "RESOURCE_NOT_FOUND",
        [Detail("INVALID_RESOURCE_ID", f"Requested {kind} ID was not found.", value=key or None)],
    )


def unprocessable(issue: str, description: str, field: str | None = None) -> PayPalError:
    """Return the error for a well-formed request that the current state does not permit."""
    return PayPalError("UNPROCESSABLE_ENTITY", [Detail(issue, description, field)])


def invalid(issue: str, description: str, field: str | None = None, location: str = "body") -> PayPalError:
    """Return the error for a malformed request."""
    return PayPalError("INVALID_REQUEST", [Detail(issue, description, field, location=location)])

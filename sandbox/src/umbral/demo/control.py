"""Client of the sandbox's control interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from umbral.demo.supervisor import StartError


def asked(url: str, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the response of the sandbox at `url`. Raise StartError if the sandbox refuses the request."""
    # Uses the standard library's client: no other package is loaded before this module.
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
    except HTTPException as error:
        raise StartError(f"the sandbox answered {path} with no HTTP: {error}") from error
    finally:
        connection.close()
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise StartError(f"the sandbox refused {path}: {text}")
    content: dict[str, Any] = json.loads(text)
    return content

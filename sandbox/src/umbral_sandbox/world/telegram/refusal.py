"""Refusals by Telegram's rules."""


class Refused(Exception):
    """Refusal by Telegram's rules, with MTProto's name and code; the Bot API uses other words.

    detail: text for the control room only, which is never sent over the wire.
    """

    def __init__(self, code: int, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}" if detail else name)
        self.code = code
        self.name = name
        self.detail = detail


def bad(name: str, detail: str = "") -> Refused:
    """Return the refusal of an invalid request (400)."""
    return Refused(400, name, detail)


def forbidden(name: str, detail: str = "") -> Refused:
    """Return the refusal of an action that the other side does not permit (403)."""
    return Refused(403, name, detail)


def unauthorized(name: str) -> Refused:
    """Return the refusal of a request without a valid login (401)."""
    return Refused(401, name)

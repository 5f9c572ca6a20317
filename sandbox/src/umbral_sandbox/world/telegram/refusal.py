"""What Telegram's rules forbid."""


class Refused(Exception):
    """A refusal by Telegram's rules, under MTProto's name and code; the Bot API words it in its own way.

    ``detail`` is for the reader of the control room; it never goes over the wire.
    """

    def __init__(self, code: int, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}" if detail else name)
        self.code = code
        self.name = name
        self.detail = detail


def bad(name: str, detail: str = "") -> Refused:
    """The request cannot be carried out as it stands (400)."""
    return Refused(400, name, detail)


def forbidden(name: str, detail: str = "") -> Refused:
    """The other side does not want it (403)."""
    return Refused(403, name, detail)


def unauthorized(name: str) -> Refused:
    """Nobody is logged in, or no longer (401)."""
    return Refused(401, name)

"""Exceptions that end a call without a result."""


class RpcError(Exception):
    """Error of a call, sent as an rpc_error with Telegram's code and name."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name


class ConnectionCutError(Exception):
    """Raised to cut the connection without a response."""

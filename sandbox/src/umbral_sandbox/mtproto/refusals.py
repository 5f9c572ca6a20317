"""What a call ends with when it is not answered as asked."""


class RpcError(Exception):
    """An rpc_error: Telegram's code and name."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name


class ConnectionCutError(Exception):
    """No answer: the connection ends instead."""

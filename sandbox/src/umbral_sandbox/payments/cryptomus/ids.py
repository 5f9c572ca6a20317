"""Ids that look like the provider's and the chains'."""

import string
import uuid

from umbral_sandbox.world.ids import Ids

_HEX = "0123456789abcdef"
_SMALL = string.ascii_lowercase + string.digits


class CryptomusIds:
    """Gives out ids; deterministic from the world's seed."""

    def __init__(self, ids: Ids) -> None:
        self.world = ids

    def uuid(self) -> str:
        """A random-looking uuid of version 4."""
        return str(uuid.UUID(int=self.world.random("cryptomus/uuid").getrandbits(128), version=4))

    def txid(self) -> str:
        """The hash of a transaction."""
        return self.world.token("cryptomus/txid", 64, _HEX)

    def address(self, network: str) -> str:
        """An address on a network."""
        match network:
            case "tron":
                return "T" + self.world.token("cryptomus/address", 33)
            case "btc" | "ltc":
                return f"{network[:2]}1q" + self.world.token("cryptomus/address", 38, _SMALL)
            case "ton":
                return "EQ" + self.world.token("cryptomus/address", 46)
            case _:
                return "0x" + self.world.token("cryptomus/address", 40, _HEX)

    def key(self) -> str:
        """An API key; it says that it is a demo's."""
        return "demo" + self.world.token("cryptomus/api_key", 60)

    def sequence(self) -> int:
        """The next place in the order of creation."""
        return self.world.next("cryptomus/sequence")

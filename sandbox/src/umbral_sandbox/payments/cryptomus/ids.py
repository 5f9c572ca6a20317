"""Ids in the formats of Cryptomus and of blockchains."""

import string
import uuid

from umbral_sandbox.world.ids import Ids

_HEX = "0123456789abcdef"
_SMALL = string.ascii_lowercase + string.digits


class CryptomusIds:
    """Generator of ids, deterministic from the world's seed."""

    def __init__(self, ids: Ids) -> None:
        self.world = ids

    def uuid(self) -> str:
        """Return a random-looking uuid of version 4."""
        return str(uuid.UUID(int=self.world.random("cryptomus/uuid").getrandbits(128), version=4))

    def txid(self) -> str:
        """Return the hash of a transaction."""
        return self.world.token("cryptomus/txid", 64, _HEX)

    def address(self, network: str) -> str:
        """Return an address on a network."""
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
        """Return an API key, recognisable as a demo's."""
        return "demo" + self.world.token("cryptomus/api_key", 60)

    def sequence(self) -> int:
        """Return the next position in the order of creation."""
        return self.world.next("cryptomus/sequence")

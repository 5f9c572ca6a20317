"""TCP framing of MTProto packets on the server: full, abridged and intermediate transports."""

import asyncio
import struct
import zlib
from typing import Protocol

MAX_PACKET = 16 * 1024 * 1024
ABRIDGED_TAG = b"\xef"
INTERMEDIATE_TAG = b"\xee\xee\xee\xee"


class FramingError(Exception):
    """Raised if received bytes are not a frame of the connection's transport."""


class Framing(Protocol):
    """Interface that splits a connection's byte stream into packets."""

    async def read(self) -> bytes:
        """Return the next packet; raise IncompleteReadError at the end, FramingError on invalid bytes."""

    def encode(self, packet: bytes) -> bytes:
        """Return the framed packet."""


class FullFraming:
    """Transport with length, sequence number and CRC32 around every packet (Telethon's default)."""

    def __init__(self, reader: asyncio.StreamReader, opening: bytes) -> None:
        self._reader = reader
        self._opening = opening
        self._sent = 0

    async def read(self) -> bytes:
        """Read one packet and check its length and checksum."""
        head = self._opening + await self._reader.readexactly(8 - len(self._opening))
        self._opening = b""
        (length,) = struct.unpack_from("<i", head)
        rest = await self._reader.readexactly(_checked(length, least=12) - 8)
        if zlib.crc32(head + rest[:-4]) != int.from_bytes(rest[-4:], "little"):
            raise FramingError("checksum of a full frame does not match")
        return rest[:-4]

    def encode(self, packet: bytes) -> bytes:
        """Frame one packet and count it."""
        framed = struct.pack("<ii", len(packet) + 12, self._sent) + packet
        self._sent += 1
        return framed + struct.pack("<I", zlib.crc32(framed))


class AbridgedFraming:
    """Transport with a length before every packet, counted in words of four bytes and written as one byte, or as 0x7f
    and three bytes.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def read(self) -> bytes:
        """Read one packet."""
        words = (await self._reader.readexactly(1))[0]
        if words >= 0x7F:
            words = int.from_bytes(await self._reader.readexactly(3), "little")
        return await self._reader.readexactly(_checked(words * 4, least=4))

    def encode(self, packet: bytes) -> bytes:
        """Prefix one packet with its length in words."""
        words = len(packet) // 4
        head = bytes([words]) if words < 0x7F else b"\x7f" + words.to_bytes(3, "little")
        return head + packet


class IntermediateFraming:
    """Transport with a four-byte length before every packet."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def read(self) -> bytes:
        """Read one packet."""
        length = int.from_bytes(await self._reader.readexactly(4), "little")
        return await self._reader.readexactly(_checked(length, least=4))

    def encode(self, packet: bytes) -> bytes:
        """Prefix one packet with its length in bytes."""
        return len(packet).to_bytes(4, "little") + packet


async def open_framing(reader: asyncio.StreamReader) -> Framing:
    """Recognise the transport by its first bytes, as the real data centre does."""
    first = await reader.readexactly(1)
    if first == ABRIDGED_TAG:
        return AbridgedFraming(reader)
    opening = first + await reader.readexactly(3)
    if opening == INTERMEDIATE_TAG:
        return IntermediateFraming(reader)
    return FullFraming(reader, opening)


def _checked(length: int, *, least: int) -> int:
    if not least <= length <= MAX_PACKET:
        raise FramingError(f"a frame of {length} bytes")
    return length

"""Time of an external web server, read from the `Date` header of a response, for cases in which this machine's clock is
in doubt.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from subscriptions.infrastructure.clock_witness import ClockWitness, clock_witness

HEAD = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nConnection: close\r\n"


@asynccontextmanager
async def answering(more: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a web server and yield its address. more: additional headers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"{HEAD}{more}\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def of_another_time(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server whose certificate expired in 2020."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "there")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2020, 3, 1, tzinfo=UTC))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    return context


async def test_clock_witness_with_an_expired_certificate_is_read(tmp_path: Path) -> None:
    async with answering("Date: Sun, 01 Mar 2020 12:00:07 GMT\r\n", of_another_time(tmp_path)) as url:
        assert await ClockWitness(url)() == datetime(2020, 3, 1, 12, 0, 7, tzinfo=UTC)


async def test_clock_witness_returns_the_date_and_is_not_queried_again_at_once() -> None:
    async with answering("Date: Sun, 01 Mar 2026 12:00:07 GMT\r\n") as url:
        witness = ClockWitness(url)
        assert await witness() == datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
        assert await witness() is None


@pytest.mark.parametrize("more", ["", "Date: soon\r\n"], ids=["no date", "no time"])
async def test_clock_witness_returns_no_time_for_an_answer_without_a_date(more: str) -> None:
    async with answering(more) as url:
        assert await ClockWitness(url)() is None


async def test_unreachable_clock_witness_returns_no_time() -> None:
    assert await ClockWitness("http://127.0.0.1:1/")() is None
    assert clock_witness("off") is None

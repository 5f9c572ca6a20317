"""Check that the Caddy of the compose file obtains a certificate from an ACME server (RFC 8555) and serves the site
with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"
PROGRAMS = ("caddy", "pebble", "pebble-challtestsrv")
HOST = "shop.example.test"
PATIENCE_S = 45
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; see .ci/packages")


def service() -> dict[str, Any]:
    """Return the service of the compose file."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["caddy"]
    return found


def caddyfile() -> str:
    """Return the configuration in the compose file, as the container receives it."""
    content: str = service()["environment"]["CADDYFILE"]
    return content.replace("$$", "$")


def command(folder: Path) -> list[str]:
    """Return the container's command, with a folder in place of the container's only writable one."""
    (script,), (writable,) = service()["command"], service()["tmpfs"]
    place = writable.partition(":")[0]
    assert script.count(f"{place}/") == 2
    return [*service()["entrypoint"], script.replace("$$", "$").replace(place, str(folder))]


@asynccontextmanager
async def program(log: Path, *command: str, **environ: str) -> AsyncIterator[None]:
    """Run a program with its log in a file until the end of the block."""
    with log.open("wb") as file:
        running = await asyncio.create_subprocess_exec(
            *command, env={"PATH": os.environ["PATH"], **environ}, stdout=file, stderr=file
        )
    try:
        yield
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


@asynccontextmanager
async def site() -> AsyncIterator[int]:
    """Run a web server that answers with the host and scheme of the request. Yields its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = f"{lines['host']} {lines.get('x-forwarded-proto')}".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the API of the ACME server, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate, secret = folder / "acme.pem", folder / "acme.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, secret


async def test_caddyfile_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "Caddyfile"
    path.write_text(caddyfile(), encoding="utf-8")
    async with program(
        tmp_path / "log", "caddy", "validate", "--adapter", "caddyfile", "--config", str(path), **environ(tmp_path)
    ):
        await until_logged(tmp_path / "log", "Valid configuration")


async def test_site_gets_a_certificate_and_is_served_with_it(tmp_path: Path) -> None:
    acme, roots, dns, management, http, https, health = free_ports(7)
    certificate, key = write_certificate(tmp_path)
    settings = {
        "listenAddress": f"127.0.0.1:{acme}",
        "managementListenAddress": f"127.0.0.1:{roots}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": http,
        "tlsPort": https,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
    }
    (tmp_path / "pebble.json").write_text(json.dumps({"pebble": settings}), encoding="utf-8")
    without = [argument for name in ("http01", "https01", "tlsalpn01") for argument in (f"-{name}", "")]
    resolver = ["-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{management}", "-defaultIPv6", "", *without]
    pebble = ["-config", str(tmp_path / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    async with (
        site() as behind,
        program(tmp_path / "dns.log", "pebble-challtestsrv", *resolver),
        program(tmp_path / "pebble.log", "pebble", *pebble, PEBBLE_VA_NOSLEEP="1"),
    ):
        # Only the ports, the site behind and the issuer differ from the container's.
        changes = {
            "http_port 8080": f"http_port {http}\n acme_ca https://127.0.0.1:{acme}/dir\n acme_ca_root {certificate}",
            "https_port 8443": f"https_port {https}",
            "127.0.0.1:8082": f"127.0.0.1:{health}",
            "web:8000": f"127.0.0.1:{behind}",
        }
        text = caddyfile()
        for old, new in changes.items():
            assert text.count(old) == 1
            text = text.replace(old, new)
        await until_logged(tmp_path / "pebble.log", "Listening on")
        async with program(tmp_path / "caddy.log", *command(tmp_path), **environ(tmp_path), CADDYFILE=text):
            await until_logged(tmp_path / "caddy.log", "certificate obtained successfully")
            async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(certificate))) as client:
                root = (await client.get(f"https://127.0.0.1:{roots}/roots/0")).text
            answer = await get(https, ssl.create_default_context(cadata=root))
            assert answer.endswith(f"{HOST} https")


def free_ports(number: int) -> list[int]:
    """Return ports that are free for TCP and, as for HTTP/3 and DNS, for UDP."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < number:
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp = stack.enter_context(socket.socket())
            udp.bind(("", 0))
            port: int = udp.getsockname()[1]
            with suppress(OSError):
                tcp.bind(("", port))
                found.append(port)
        return found


def environ(folder: Path) -> Mapping[str, str]:
    """Return the environment of Caddy, as in the compose file."""
    return {"WEB_BASE_URL": f"https://{HOST}", "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}


async def until_logged(log: Path, words: str) -> None:
    """Wait for these words in a program's log."""
    end = asyncio.get_running_loop().time() + PATIENCE_S
    while words not in (text := await asyncio.to_thread(log.read_text, "utf-8")):
        assert asyncio.get_running_loop().time() < end, text
        await asyncio.sleep(0.05)


async def get(port: int, trust: ssl.SSLContext) -> str:
    """Return the site's answer. Asserts that the certificate is for the host and from a trusted issuer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=HOST)
    writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    text = (await reader.read()).decode()
    writer.close()
    return text

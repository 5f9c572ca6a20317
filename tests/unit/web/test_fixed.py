"""Check that a large document is generated once, compressed once, and not sent again to a client that has a copy."""

import gzip

import httpx
import pytest
from fastapi import FastAPI

from web.fixed import FixedDocument

TEXT = "Umbral – " * 100


@pytest.fixture
def made() -> list[str]:
    return []


@pytest.fixture
def client(made: list[str]) -> httpx.AsyncClient:
    def make() -> str:
        made.append(TEXT)
        return TEXT

    app, document = FastAPI(), FixedDocument(make, "text/plain; charset=utf-8")
    app.add_api_route("/document", document.answer, methods=["GET"])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://umbral.example")


async def test_static_document_is_generated_once_for_all_requests(client: httpx.AsyncClient, made: list[str]) -> None:
    answers = [await client.get("/document") for _ in range(3)]
    assert [answer.text for answer in answers] == [TEXT] * 3
    assert made == [TEXT]


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("", False), ("br", False), ("gzip;q=0, *", False)],
)
async def test_document_is_compressed_if_the_client_accepts_gzip(
    client: httpx.AsyncClient, accepted: str, is_compressed: bool
) -> None:
    async with client.stream("GET", "/document", headers={"Accept-Encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["vary"] == "Accept-Encoding"
    assert (answer.headers.get("content-encoding") == "gzip") is is_compressed
    assert (gzip.decompress(body) if is_compressed else body).decode() == TEXT


async def test_document_is_not_sent_again_while_its_etag_is_current(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/document")).headers["etag"]
    for named in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = await client.get("/document", headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await client.get("/document", headers={"If-None-Match": '"other"'})).status_code == 200

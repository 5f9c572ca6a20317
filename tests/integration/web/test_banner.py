"""The operator's picture: uploaded in the console, shown on the landing page and in link previews."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from subscriptions.domain.entities.customer import StaffRole
from tests.support.console_visitor import Visitor, hidden, hire, visiting
from tests.support.plain_http import plain_http
from tests.support.website import running_website
from tests.unit.domain.test_picture_rules import picture

BRAND = "/admin/brand"
UPLOAD = f"{BRAND}/banner"


async def upload(visitor: Visitor, content: bytes, **changes: str) -> httpx.Response:
    """Submit the form with a picture, and return the response."""
    token = hidden((await visitor.client.get(BRAND)).text)["token"]
    fields: Any = {"token": token, **changes}
    return await visitor.client.post(UPLOAD, data=fields, files={"picture": ("a.jpg", content, "image/jpeg")})


def shown(page: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'<img class="banner" src="([^"]+)"', page)]


async def test_uploaded_picture_is_on_the_landing_page_until_it_is_removed(database_url: str) -> None:
    async with running_website(database_url) as site, visiting(site) as visitor, plain_http(base_url=site.url) as http:
        await hire(site, StaffRole.OWNER)
        await visitor.enter()
        assert shown((await http.get("/")).text) == []
        assert (await http.get("/banner")).status_code == 404
        stored = await upload(visitor, picture())
        assert (stored.status_code, stored.headers["location"]) == (303, f"{BRAND}?banner=stored")
        console = (await visitor.client.get(stored.headers["location"])).text
        assert "Imagen guardada" in console
        assert 'src="/admin/brand/banner" width="1200" height="400"' in console
        assert (await visitor.client.get(UPLOAD)).headers["content-type"] == "image/jpeg"

        page = (await http.get("/en")).text
        (address,) = shown(page)
        assert f'{address}" width="1200" height="400"' in page
        (preview,) = re.findall(r'<meta property="og:image" content="([^"]+)">', page)
        assert preview.endswith(address)
        answer = await http.get(address)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        again = await http.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

        replaced = await upload(visitor, picture("PNG", 800, 300))
        assert replaced.status_code == 303
        (newer,) = shown((await http.get("/")).text)
        assert newer != address
        assert (await http.get(newer)).headers["content-type"] == "image/png"
        removed = await upload(visitor, b"", remove="yes")
        assert removed.headers["location"] == f"{BRAND}?banner=removed"
        assert shown((await http.get("/")).text) == []
        audit = (await visitor.client.get("/admin/audit")).text
        assert audit.count("cambió un ajuste") == 2
        assert "restableció un ajuste" in audit


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg/>", "No es una imagen JPEG o PNG"),
        (picture(width=300), "más ancha que alta"),
        (picture()[:600], "incompleto o dañado"),
        (bytes(450_000), "La imagen pasa de 400 kB"),
    ],
)
async def test_refused_picture_is_explained_and_changes_nothing(database_url: str, content: bytes, words: str) -> None:
    async with running_website(database_url) as site, visiting(site) as visitor, plain_http(base_url=site.url) as http:
        await hire(site, StaffRole.OWNER)
        await visitor.enter()
        answer = await upload(visitor, content)
        assert answer.status_code == 422
        assert words in answer.text
        assert (await http.get("/banner")).status_code == 404


async def test_picture_upload_without_permission_or_session_token_is_refused(database_url: str) -> None:
    async with running_website(database_url) as site, visiting(site) as visitor, plain_http(base_url=site.url) as http:
        await hire(site, StaffRole.OWNER)
        await visitor.enter()
        token = hidden((await visitor.client.get(BRAND)).text)["token"]
        files = {"picture": ("a.jpg", picture(), "image/jpeg")}
        assert (await visitor.client.post(UPLOAD, data={"token": "0" * 64}, files=files)).status_code == 403
        assert (await visitor.client.post(UPLOAD, content=b"picture=1")).status_code == 403
        await hire(site, StaffRole.MANAGER)
        assert (await visitor.client.post(UPLOAD, data={"token": token}, files=files)).status_code == 403
        assert (await http.get("/banner")).status_code == 404

"""Parsing of multipart forms sent by browsers and by attackers."""

from __future__ import annotations

import os
import time

import pytest

from web.multipart import FormPart, parts_of

KIND = "multipart/form-data; boundary=xyz"


def form(*parts: tuple[str, bytes]) -> bytes:
    """Return the body of a form with the given parts, each given by its headers and content."""
    return b"".join(b"--xyz\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + (
        b"--xyz--\r\n"
    )


def test_fields_and_file_of_a_form_are_read() -> None:
    body = form(
        ('Content-Disposition: form-data; name="text"', "¿Qué tal?\r\n".encode()),
        (
            'content-disposition: form-data; name="file"; filename="año.pdf"\r\nContent-Type: application/pdf',
            b"%PDF\r\n--xy\r\n\r\n\0\xff",
        ),
    )
    text, file = parts_of(KIND, body, 10)
    assert (text.name, text.filename, text.text) == ("text", "", "¿Qué tal?")
    assert file == FormPart("file", "año.pdf", b"%PDF\r\n--xy\r\n\r\n\0\xff")


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed; boundary=other", "text/plain"])
def test_uploaded_file_is_not_parsed_according_to_its_content_type(kind: str) -> None:
    content = b"--other\r\nSubject: hola\r\n\r\nhola\r\n"
    head = f'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: {kind}'
    [file] = parts_of(KIND, form((head, content)), 10)
    assert file.content == content


def test_file_field_without_a_chosen_file_is_parsed_as_an_empty_file() -> None:
    [file] = parts_of(KIND, form(('Content-Disposition: form-data; name="file"; filename=""', b"")), 10)
    assert file == FormPart("file", "", b"")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; b=1"])
def test_form_without_a_boundary_has_no_parts(kind: str) -> None:
    assert parts_of(kind, form(('Content-Disposition: form-data; name="text"', b"x")), 10) == []


def test_no_more_parts_than_allowed_are_read() -> None:
    body = form(*((f'Content-Disposition: form-data; name="f{number}"', b"") for number in range(20)))
    assert [each.name for each in parts_of(KIND, body, 3)] == ["f0", "f1", "f2"]


@pytest.mark.parametrize(
    "content",
    [b"\n" * 15_000_000, b"--xyz\r\n\r\n" * 1_500_000, b"\r\n--xyz" * 2_000_000, os.urandom(1_000_000) * 15],
    ids=["lines", "parts", "boundaries", "bytes"],
)
def test_large_form_does_not_block_the_process(content: bytes) -> None:
    """The mail parser once took up to 34 seconds for such forms."""
    body = form(('Content-Disposition: form-data; name="file"; filename="a.zip"', content))
    began = time.process_time()
    parts_of(KIND, body, 100)
    assert time.process_time() - began < 1

"""Check that the operator's support contact becomes a link if it is a Telegram username, an e-mail address or a URL."""

from __future__ import annotations

import pytest

from subscriptions.application.people.support_contact import contact_url


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("@retador_ayuda", "https://t.me/retador_ayuda"),
        (" ayuda@retador.example ", "mailto:ayuda@retador.example"),
        ("https://retador.example/ayuda", "https://retador.example/ayuda"),
        ("javascript:alert(1)", None),
        ("a@b.example?bcc=c@d.example", None),
        ("De 9 a 18 en la oficina", None),
        ("@x/../y", None),
        ("", None),
    ],
)
def test_support_contact_becomes_a_link_if_it_is_a_username_email_or_url(contact: str, url: str | None) -> None:
    assert contact_url(contact) == url

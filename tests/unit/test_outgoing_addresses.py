"""Check that outgoing events are sent only to the address that was checked, and never to a private address."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from standardwebhooks.webhooks import Webhook

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.outgoing.addresses import Addresses, AddressRefused

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "192.88.99.1",
    "[fe80::1]",
    "[fec0::1]",
    "[::ffff:192.88.99.1]",
    "[fd00::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::10.0.0.1]",
    "[2002:a00:1::]",
]


@pytest.mark.parametrize("host", PRIVATE)
async def test_private_address_is_refused_in_every_notation(host: str) -> None:
    addresses = Addresses([])
    with pytest.raises(InvalidInput, match="private"):
        addresses.check(f"https://{host}/")
    with pytest.raises(AddressRefused):
        await addresses.resolve(f"https://{host}/")


@pytest.mark.parametrize(
    "url", ["https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://localhost:8443"]
)
async def test_name_that_resolves_to_a_private_address_is_refused(url: str) -> None:
    with pytest.raises((AddressRefused, OSError)):
        await Addresses([]).resolve(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://",
        "https://[::1/",
        "https://example.com:99999/",
        "https://exämple.com/",
        "https://localhost./",
        "https://printer.local./",
        "https://./",
        "https://0x7f.1/",
        "https://127.1/",
        "https://10.0.0.1./",
        "https://example.com/a b",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Addresses([]).check(url)
    assert refused.value.field == "URL"


async def test_only_networks_configured_by_the_operator_may_be_reached_over_plain_http() -> None:
    addresses = Addresses([ip_network("127.0.0.0/8")])
    assert await addresses.resolve(addresses.check("http://127.0.0.1:5678/webhook")) == "127.0.0.1"
    with pytest.raises(InvalidInput):
        addresses.check("http://10.0.0.1/")
    with pytest.raises(InvalidInput):
        addresses.check("https://10.0.0.1/")
    with pytest.raises(AddressRefused):
        await addresses.resolve("http://1.1.1.1/")
    assert await addresses.resolve("https://1.1.1.1/") == "1.1.1.1"


def test_signature_matches_the_example_of_the_specification() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    signer = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

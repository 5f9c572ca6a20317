"""The VIP channel of a demo: activation codes, entry steps and members."""

from __future__ import annotations

import secrets
import string
from typing import Any

from tests.support.demo import Demo, Person, eventually

LETTERS = string.ascii_uppercase + string.digits
ACTIVATED = "¡Suscripción VIP Activada!"
USE = "✅ Usar mi código"


def code(demo: Demo, plan: str = "vip-mensual", days: int = 30, **columns: str) -> str:
    """Insert an activation code as `MakeCode` stores it, and return its characters. columns: SQL expressions that
    replace default values.
    """
    made = "".join(secrets.choice(LETTERS) for _ in range(16))
    now = demo.get("/clock")["now"]
    values = {
        "id": "gen_random_uuid()",
        "token": f"'{made}'",
        "plan_id": f"(SELECT id FROM service_plans WHERE soft_id = '{plan}')",
        "price_minor": f"(SELECT price_minor FROM service_plans WHERE soft_id = '{plan}')",
        "price_currency": f"(SELECT price_currency FROM service_plans WHERE soft_id = '{plan}')",
        "duration_days": str(days),
        "created_at": f"'{now}'",
        "expires_at": f"'{now}'::timestamptz + interval '30 days'",
        "note": "''",
        "campaign": "''",
        "opened": "0",
        **columns,
    }
    demo.sql(f"INSERT INTO activation_tokens ({', '.join(values)}) VALUES ({', '.join(values.values())})")
    return made


def link(demo: Demo, made: str) -> str:
    """Return the deep link of a code."""
    return f"https://t.me/{demo.facts['bot_username']}?start={made}"


def activate(person: Person, made: str) -> dict[str, Any]:
    """Open a code's deep link, confirm, and return the card that follows."""
    seq = last(person)
    say_yes(person, made)
    return person.received(ACTIVATED, after=seq)


def say_yes(person: Person, made: str) -> None:
    """Open a code's deep link and confirm the redemption."""
    agree(person, come(person, made))


def come(person: Person, made: str) -> int:
    """Open a code's deep link, and return the last sequence number that the chat had before."""
    seq = last(person)
    assert person.open(link(person.demo, made))["result"] == "started"
    return seq


def agree(person: Person, seq: int) -> None:
    """Confirm the redemption of the code. seq: sequence number after which the question is expected."""
    asked = person.received("¿Lo usas ahora?", after=seq)
    person.press(asked, USE)


def last(person: Person) -> int:
    """Return the last sequence number of the person's chat with the bot; 0 for an empty chat."""
    return max((int(message["seq"]) for message in person.messages()), default=0)


def ritual(person: Person, first: dict[str, Any]) -> str:
    """Complete the three entry steps by the buttons of their one message, and return the URL of the button «Cruzar el
    umbral».
    """
    person.press(first, "Continuar")
    second = person.received("Paso 2 de 3", button="Estoy listo", after=first["seq"])
    assert second["id"] == first["id"]
    person.press(second, "Estoy listo")
    third = person.received("Paso 3 de 3", button="Cruzar el umbral", after=second["seq"])
    assert third["id"] == first["id"]
    return str(person.press(third, "Cruzar el umbral")["value"])


def enter(person: Person, url: str) -> None:
    """Send a join request to the VIP channel, and wait until the person is a member and has been notified."""
    seq = last(person)
    assert person.open(url)["result"] == "requested"
    demo = person.demo
    eventually(lambda: person.id in inside(demo) or None, f"{person.id} is in the VIP channel; chat: {person.tail()}")
    person.received("Ya estás dentro", after=seq)


def inside(demo: Demo) -> set[int]:
    """Return all members of the VIP channel."""
    return {int(member["id"]) for member in vip_channel(demo)["members"]}


def vip_channel(demo: Demo) -> dict[str, Any]:
    """Return the VIP channel's data at Telegram."""
    found: dict[str, Any] = demo.get(f"/channels/{demo.facts['vip_channel_id']}")
    return found


def live_links(demo: Demo) -> list[str]:
    """Return the links of the VIP channel that are not revoked, except an owner's primary link."""
    return [str(each["url"]) for each in vip_channel(demo)["links"] if not each["revoked"] and not each["primary"]]

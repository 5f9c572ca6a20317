"""Expiry, return before and after the channel is deleted, plan changes, erasure and account transfers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.demo import Demo, Person, eventually
from tests.support.member import is_idle, known_member, wait_until_idle

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

RETENTION_DAYS = 30


def advance(demo: Demo, **by: int) -> None:
    demo.post("/clock/advance", by)


def exists(demo: Demo, channel_id: int) -> bool:
    return any(channel["id"] == channel_id for channel in demo.channels())


def status_of(demo: Demo, channel_id: int) -> str:
    return str(demo.sql(f"SELECT status FROM telegram_channels WHERE channel_id = {channel_id}"))


def cancel(person: Person) -> None:
    person.send("/cancelar")
    card = person.received("", button="ancelar")
    button = next(item for row in card["buttons"] for item in row if item.get("data") == "confirm_cancel")
    person.press(card, button["text"])
    person.received("", button="Deshacer", after=card["seq"])


def left(demo: Demo, name: str) -> tuple[Person, dict[str, Any]]:
    """Create a customer who canceled and whose month is over, and return the customer and the channel."""
    person = demo.person(name)
    channel = person.buy()
    cancel(person)
    advance(demo, days=33)
    eventually(lambda: person.id not in inside(demo, channel["id"]) or None, f"{name} is out; chat: {person.tail()}")
    return person, channel


def inside(demo: Demo, channel_id: int) -> set[int]:
    return {member["id"] for member in demo.get(f"/channels/{channel_id}")["members"]}


def is_closed(demo: Demo, channel_id: int) -> bool:
    now = demo.get(f"/channels/{channel_id}")
    bots = {admin["id"] for admin in now["admins"] if admin["is_bot"]}
    live = [link for link in now["links"] if not link["revoked"] and not link["primary"]]
    return {member["id"] for member in now["members"]} == {now["owner"], *bots} and not (
        live or now["requests"] or now["banned"]
    )


def bought_again(demo: Demo, person: Person) -> dict[str, Any]:
    """Buy the plan again and return the channel after joining."""
    seq = person.messages()[-1]["seq"]
    person.send("/planes")
    person.press(person.received("Elige una casa de apuestas", button="Retabet", after=seq), "Retabet")
    person.press(person.received("Plan Retabet", button="Suscribirse", after=seq), "Suscribirse")
    pay = person.ready_to_pay(after=seq)
    demo.pay(str(person.press(pay, "Ir a pago seguro")["value"]))
    ready = person.received("", button="Unirte al canal Retabet", after=pay["seq"])
    return person.join(str(person.press(ready, "Unirte al canal Retabet")["value"]))


def test_customer_who_returns_before_the_channel_is_deleted_gets_the_same_channel(demo: Demo) -> None:
    ana, channel = left(demo, "Ana")
    number = int(channel["id"])
    eventually(lambda: status_of(demo, number) == "frozen" or None, "the channel is frozen")
    # The userbot account revokes the links once the channel is frozen.
    eventually(lambda: is_closed(demo, number), "nobody is in it, and nobody comes in")
    advance(demo, days=RETENTION_DAYS - 10)
    seq = ana.messages()[-1]["seq"]
    assert bought_again(demo, ana)["id"] == number
    ana.received("Bienvenido de nuevo", after=seq)
    assert known_member(demo, ana, number, "Retabet").stands("active", "active")
    eventually(lambda: status_of(demo, number) == "ready", "the channel is open again")
    advance(demo, days=15)
    wait_until_idle(demo)
    assert exists(demo, number)


def test_customer_who_returns_after_the_channel_is_deleted_gets_a_new_channel(demo: Demo) -> None:
    eva, channel = left(demo, "Eva")
    number = int(channel["id"])
    eventually(lambda: status_of(demo, number) == "frozen" or None, "the channel is frozen")
    owner = f"(SELECT account_id FROM telegram_channels WHERE channel_id = {number})"
    used = int(demo.sql(f"SELECT channels_used FROM userbot_accounts WHERE id = {owner}"))
    advance(demo, days=RETENTION_DAYS + 1)
    eventually(lambda: not exists(demo, number) or None, "the channel is deleted")
    eventually(
        lambda: int(demo.sql(f"SELECT channels_used FROM userbot_accounts WHERE id = {owner}")) < used or None,
        "its slot is free",
    )
    late = bought_again(demo, eva)
    assert late["id"] != number
    assert known_member(demo, eva, int(late["id"]), "Retabet").stands("active", "active")


def test_userbot_removes_a_member_that_the_bot_cannot_remove(demo: Demo) -> None:
    person = demo.person("Gil")
    channel = person.buy()
    cancel(person)
    demo.faults({"on": "bot_api", "do": "error", "method": "banChatMember", "code": 400})
    advance(demo, days=33)
    eventually(lambda: person.id not in inside(demo, channel["id"]) or None, "the account put them out")
    demo.faults()
    # A removal without a ban takes two calls: the second one lifts the ban.
    eventually(lambda: demo.get(f"/channels/{channel['id']}")["banned"] == [], "nobody is barred")


def owner_does(demo: Demo, channel: int, what: str, **how: object) -> None:
    """Perform an action on a channel as its owner account, in Telegram and not through the product."""
    owner = demo.get(f"/channels/{channel}")["owner"]
    assert demo.post(f"/users/{owner}/{what}", {"channel_id": channel, **how})["ok"]


def posts(person: Person, channel: int) -> list[str]:
    return [str(post["text"]) for post in person.messages(str(channel)) if post["kind"] == "text"]


def test_channel_deleted_by_its_owner_account_is_recreated(demo: Demo) -> None:
    lola = demo.person("Lola")
    gone, seq = int(lola.buy("Bet365")["id"]), lola.messages()[-1]["seq"]
    owner_does(demo, gone, "delete_channel")
    assert demo.pick("while-gone", {"plan": "bet365", "text": "mientras no estaba"}).status_code == 202
    second_look = "SELECT count(*) FROM due_jobs WHERE key LIKE '%:lost:%'"
    eventually(lambda: demo.sql(second_look) == 1 or None, "the bot looks again in ten minutes")
    advance(demo, minutes=11)
    lola.received("se ha perdido en Telegram", after=seq)
    ready = lola.received("", button="Unirte al canal Bet365", after=seq)
    channel = int(lola.join(str(lola.press(ready, "Unirte al canal Bet365")["value"]))["id"])
    assert channel != gone
    eventually(lambda: "mientras no estaba" in posts(lola, channel) or None, "the pick that was missed")
    assert known_member(demo, lola, channel, "Bet365").stands("active", "active")
    alarms = f"FROM alarms WHERE facts->>'telegram_id' = '{lola.id}'"
    wait_until_idle(demo)
    assert demo.sql(f"SELECT string_agg(kind, ',') {alarms}") == "channel_lost"
    eventually(lambda: demo.sql(f"SELECT count(*) {alarms} AND closed_at IS NULL") == 0, "the alarm closed itself")


def rights(demo: Demo, channel: int) -> dict[int, object]:
    return {admin["id"]: admin["rights"] for admin in demo.get(f"/channels/{channel}")["admins"]}


def test_bots_that_lost_their_rights_get_them_back_and_the_post_arrives(demo: Demo) -> None:
    nora = demo.person("Nora")
    channel = int(nora.buy("Sportium")["id"])
    admins = rights(demo, channel)
    for admin in admins:
        owner_does(demo, channel, "set_admin", admin=admin, rights=[])
    assert demo.pick("stripped", {"plan": "sportium", "text": "sin permisos"}).status_code == 202
    eventually(lambda: "sin permisos" in posts(nora, channel) or None, "the pick is in the channel")
    # The sender bot may have got its own rights back first.
    eventually(lambda: rights(demo, channel) == admins, "all have their rights again")
    wait_until_idle(demo)
    assert demo.sql("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 0
    assert demo.sql("SELECT count(*) FROM alarms WHERE kind LIKE 'bot_%'") == 0


@pytest.mark.long
def test_second_channel_created_by_a_delayed_creation_request_is_deleted(own_demo: Demo) -> None:
    own_demo.faults({"on": "mtproto", "do": "hold_before", "method": "CreateChannel", "times": 1})
    ana = own_demo.person("Ana")
    channel = ana.buy()
    own_demo.post("/faults/release")
    eventually(lambda: len(own_demo.channels()) == 2 or None, "the first request is carried out after all")
    advance(own_demo, minutes=6)
    eventually(lambda: [each["id"] for each in own_demo.channels()] == [channel["id"]] or None, "one channel is left")


def test_erased_customer_is_in_no_table(demo: Demo) -> None:
    person = demo.person("Zoraida", username="zoraida_quint")
    channel = person.buy()
    cancel(person)
    number = int(channel["id"])
    person.send("/mis_datos")
    person.press(person.received("Tus datos"), "🗑 Borrar mis datos")
    person.press(person.received("Retabet: pierdes el tiempo"), "Seguir")
    person.press(person.received("Última pregunta"), "Borrar para siempre")
    person.received("borramos tus datos")
    eventually(lambda: not exists(demo, number) or None, "the channel is deleted at Telegram")
    gone = f"SELECT count(*) = 0 FROM customers WHERE telegram_id = {person.id}"
    eventually(lambda: demo.sql(gone) or None, "the person is forgotten")
    plain = ("Zoraida", "zoraida", str(person.id))
    words = "|".join([*plain, *(word.encode().hex() for word in plain)])
    tables = demo.sql("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'").split()
    named = " UNION ALL ".join(
        f"SELECT '{table}' AS at WHERE EXISTS (SELECT FROM {table} t WHERE to_jsonb(t)::text ~ '{words}')"
        for table in tables
    )
    where = f"SELECT coalesce(string_agg(at, ' '), '') FROM ({named}) AS found"

    def forgotten() -> bool:
        if not demo.sql(where):
            return True
        # Webhooks and updates received meanwhile are pruned within the hour, and later ones within the next.
        if is_idle(demo):
            advance(demo, hours=1)
        return False

    eventually(forgotten, lambda: f"nothing names them any more, but {demo.sql(where)}")
    assert demo.sql("SELECT count(*) FROM receipts WHERE customer_ref = ''") == 1
    seq = person.messages()[-1]["seq"]
    person.send("/start")
    person.received("", button="Ver Planes", after=seq)


def test_credit_of_a_one_time_plan_moves_to_another_plan(demo: Demo) -> None:
    """The plan was paid in crypto, so nothing renews: the new plan uses the same channel without a charge, and more
    time can be bought.
    """
    irene = demo.person("Irene")
    channel_id = int(irene.buy("Retabet", "Cripto")["id"])
    advance(demo, days=14)
    seq = irene.messages()[-1]["seq"]
    irene.send("/planes")
    irene.press(irene.received("Elige una casa de apuestas", button="Sportium", after=seq), "Sportium")
    card = irene.received("Plan Sportium", button="Cambiar a Sportium", after=seq)
    irene.press(card, "🔁 Cambiar a Sportium")
    quote = irene.received("Cambiar de Retabet a Sportium", after=card["seq"])
    assert "Te queda:" in quote["text"]
    assert "No pagas nada." in quote["text"]
    until = quote["text"].split("de Sportium, hasta el ")[1].split(" (hora")[0]
    irene.press(quote, "Sí, cambiar ahora")
    assert until in irene.received("Tu plan es ahora Sportium", after=seq)["text"]
    eventually(lambda: "Sportium" in demo.get(f"/channels/{channel_id}")["title"] or None, "the channel is renamed")
    mine = [c for c in demo.channels() if any(member["id"] == irene.id for member in c["members"])]
    assert [int(channel["id"]) for channel in mine] == [channel_id]
    seq = irene.messages()[-1]["seq"]
    irene.send("/estado")
    status = irene.received("Tu suscripción", button="Gestionar", after=seq)
    assert f"Acceso hasta: {until}" in status["text"]
    assert "29,99\xa0€" in status["text"].split("Últimos pagos")[1]
    irene.send("/porque")
    assert "cambio de plan; el tiempo que quedaba del pago" in irene.received("¿Por qué", after=seq)["text"]
    assert demo.pick("for Irene", {"plan": "sportium", "text": "for Irene"}).status_code == 202
    eventually(lambda: any("for Irene" in m["text"] for m in irene.messages(channel_id)) or None, "picks reach her")
    owned = "SELECT string_agg(p.amount_minor::text, ' ') FROM payments p JOIN customers c ON c.id = p.customer_id"
    assert demo.sql(f"{owned} WHERE c.telegram_id = {irene.id}") == "2999"

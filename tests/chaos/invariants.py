"""Guarantees of the product, checked from outside: in the database, the sandbox's Telegram, and the chat. Each check
returns its violations as text; an empty list means that the guarantee is fulfilled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.ids import PaymentId, SubscriptionId
from tests.chaos.world import World
from tests.support.demo import Person

SOON = timedelta(minutes=2)
"""Jobs due later than this are reminders or checks and do not count as unfinished work."""

_UNDER_WAY = """
SELECT (SELECT count(*) FROM pgqueuer WHERE status <> 'failed') AS jobs,
       (SELECT count(*) FROM bot_updates WHERE done_at IS NULL AND failed IS NULL) AS updates,
       (SELECT count(*) FROM webhook_inbox WHERE status = 'pending') AS webhooks,
       (SELECT count(*) FROM due_jobs WHERE due_at < $1::timestamptz + $2::interval) AS "due jobs",
       (SELECT count(*) FROM notifications WHERE sent_at IS NULL AND failed IS NULL) AS messages
"""

_OWNED = """
SELECT (SELECT count(*) FROM customers WHERE telegram_id = $1) AS customers,
       (SELECT count(*) FROM orders WHERE customer_id = me.id) AS orders,
       (SELECT count(*) FROM payments WHERE customer_id = me.id) AS payments,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id) AS subscriptions,
       (SELECT count(*) FROM ledger_entries AS entry JOIN subscriptions AS s ON s.id = entry.subscription_id
        WHERE s.customer_id = me.id) AS ledger_entries,
       (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id) AS channels,
       (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'active') AS active_accesses
FROM customers AS me WHERE me.telegram_id = $1
"""

_LEDGER = """
SELECT entry.*, s.access_until FROM ledger_entries AS entry JOIN subscriptions AS s ON s.id = entry.subscription_id
JOIN customers AS me ON me.id = s.customer_id WHERE me.telegram_id = $1
"""


def under_way(world: World, within: timedelta = SOON, *, posted: bool = True) -> dict[str, int]:
    """Return the amount of unfinished work by kind: jobs, updates, webhooks and messages; empty when all work is done.

    within: work due later than this does not count. posted: True if webhooks in delivery count. If all remaining work
    waits for a given time, the clock is advanced to that time.
    """
    left = {what: count for what, count in world.rows(_UNDER_WAY, world.now(), within)[0].items() if count}
    if left.keys() & {"jobs", "updates"}:
        return left
    # The list of all webhooks is long, so it is read only when no other work is in progress.
    if posted and (coming := sum(one["state"] == "waiting" for one in world.get("/deliveries")["deliveries"])):
        return {**left, "deliveries": coming}
    if "due jobs" in left:
        skip_to_what_is_due(world, within)
    return left


def skip_to_what_is_due(world: World, within: timedelta) -> None:
    """Advance the clock to the next job, or by `within` if that is nearer. Scheduled checks become jobs only when they
    are due. Call this function when only waiting work remains.
    """
    due = world.rows("SELECT min(due_at) AS at FROM due_jobs")[0]["at"]
    wait = min(due - world.now(), within) if due is not None else within
    if wait > timedelta():
        world.post("/clock/advance", {"seconds": wait.total_seconds()})


def one_of_everything(world: World, person: int) -> list[str]:
    """Check that the customer has exactly one order, payment, ledger entry, subscription, channel and access, and that
    a checkout is paid. Return the violations.
    """
    rows = world.rows(_OWNED, person)
    if len(rows) != 1:
        return [f"{len(rows)} customers"]
    broken = [f"{count} {what}" for what, count in rows[0].items() if count != 1]
    paid = [one for one in world.get("/checkouts")["checkouts"] if one["state"] == "paid"]
    return broken if paid else [*broken, "no paid checkout"]


def only_the_payer(world: World, person: int, channel_id: int) -> list[str]:
    """Check that the channel contains only its owner, the bots and the payer, and that its only valid link is the
    owner's primary link. Return the violations.
    """
    mine = [c for c in world.channels() if c["id"] == channel_id or _holds(c, person)]
    broken = [f"{len(mine)} channels on Telegram"] if len(mine) != 1 else []
    for channel in mine:
        admins = {admin["id"] for admin in channel["admins"]}
        expected = {channel["owner"], *world.facts["bot_ids"], person}
        inside = {member["id"] for member in channel["members"]} | admins | {channel["owner"]}
        if inside != expected:
            broken.append(f"inside are {sorted(inside)}, not {sorted(expected)}")
        if channel["owner"] not in world.facts["account_ids"]:
            broken.append(f"the channel belongs to {channel['owner']}")
        live = [link for link in channel["links"] if not link["revoked"] and not _primary(link, channel)]
        broken += [f"a live link {link['url']}" for link in live]
        broken += ["a request is open"] if channel["requests"] else []
    return broken


def _holds(channel: dict[str, Any], person: int) -> bool:
    return any(member["id"] == person for member in channel["members"])


def _primary(link: dict[str, Any], channel: dict[str, Any]) -> bool:
    return bool(link["primary"]) and link["creator"] == channel["owner"]


def channels_left_behind(world: World) -> list[str]:
    """Return the channels on Telegram that are in no database row."""
    known = {row["channel_id"] for row in world.rows("SELECT channel_id FROM telegram_channels")}
    return [f"channel {c['id']} is known to nobody" for c in world.channels() if c["id"] not in known]


def said_once(world: World, person: Person, said_words: Mapping[str, str], times: tuple[int, int]) -> list[str]:
    """Check that every message of the bot was sent once, or several times only if the product recorded the repetition.
    Return the violations. times: minimum and maximum number of copies.
    """
    repeated = {row["kind"]: row["repeated"] for row in world.rows(_REPEATED, person.id)}
    broken = []
    for words, kind in said_words.items():
        said = sum(words in message["text"] for message in person.messages())
        counted = repeated.get(kind, 0)
        if not times[0] <= said <= min(1 + counted, times[1]):
            broken.append(f"«{words}» stands {said} times in the chat, {counted} repetitions counted")
    return broken


_REPEATED = "SELECT kind, sum(repeated)::int AS repeated FROM notifications WHERE recipient = $1 GROUP BY kind"
SAID_TO_BUYERS: Mapping[str, str] = {
    "Estamos prepar": "payment_received",
    "Tu canal exclusivo está listo": "invite_ready",
    "Ya estás dentro": "joined",
}
"""Kinds of the notifications to buyers, keyed by a part of the message's text."""

SAID_TO_REFUNDED: Mapping[str, str] = {"Te hemos devuelto": "refunded"}
SAID_TO_LEAVERS: Mapping[str, str] = {"ha terminado": "expired"}
SAID_TO_VIPS: Mapping[str, str] = {"Ya estás dentro de ": "joined", **SAID_TO_LEAVERS}
"""Kinds of the notifications to VIP customers, keyed by a part of the message's text. The text must not occur in the
screen of the entry steps, which shows «dentro del canal VIP» each time the status is requested.
"""


def ended_once(world: World, person: int) -> list[str]:
    """Check that the customer has exactly one payment, one ended subscription, and one revoked access. Return the
    violations.
    """
    return one_of_each(world, _ENDED, person)


def one_of_each(world: World, counts: str, person: int) -> list[str]:
    """Run a query that counts several entities of a customer, and return the entities of which there is not exactly
    one.
    """
    rows = world.rows(counts, person)
    return [f"{count} {what}" for what, count in rows[0].items() if count != 1]


_ENDED = """
SELECT (SELECT count(*) FROM payments WHERE customer_id = me.id) AS payments,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id) AS subscriptions,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id AND status = 'expired') AS "ended subscriptions",
       (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id) AS channels,
       (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'revoked') AS "accesses taken"
FROM customers AS me WHERE me.telegram_id = $1
"""


def given_back_once(world: World, person: int) -> list[str]:
    """Check that the payment has one refund and one credit note, and return the violations."""
    return one_of_each(world, _GIVEN_BACK, person)


_GIVEN_BACK = """
SELECT count(*) FILTER (WHERE p.status = 'refunded') AS "payments given back", count(r.id) AS refunds,
       count(note.id) AS "credit notes"
FROM payments AS p JOIN customers AS me ON me.id = p.customer_id LEFT JOIN refunds AS r ON r.payment_id = p.id
LEFT JOIN receipts AS note ON note.kind = 'credit_note' AND note.source_id = r.id
WHERE me.telegram_id = $1
"""


def nobody_inside(world: World, person: int, channel_id: int) -> list[str]:
    """Check that the channel contains only its owner and the bots, that no customer is banned, and that no link is
    valid. Return the violations.
    """
    channel: dict[str, Any] = world.get(f"/channels/{channel_id}")
    inside = {member["id"] for member in channel["members"]} | {admin["id"] for admin in channel["admins"]}
    broken = [f"inside is {who}" for who in inside - {channel["owner"], *world.facts["bot_ids"]}]
    live = [link for link in channel["links"] if not link["revoked"] and not _primary(link, channel)]
    broken += [f"a live link {link['url']}" for link in live]
    broken += ["the customer is still banned"] if person in channel["banned"] else []
    return [*broken, *(["a request is open"] if channel["requests"] else [])]


def vip_ended_once(world: World, person: int) -> list[str]:
    """Check that the customer has exactly one used code, one ended subscription, one complete entry, and one revoked
    access. Return the violations.
    """
    return one_of_each(world, _VIP_ENDED, person)


_VIP_ENDED = """
SELECT (SELECT count(*) FROM activation_tokens WHERE used_by = me.id) AS "used codes",
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id) AS subscriptions,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id AND status = 'expired') AS "ended subscriptions",
       (SELECT count(*) FROM ledger_entries AS entry JOIN subscriptions AS s ON s.id = entry.subscription_id
        WHERE s.customer_id = me.id) AS ledger_entries,
       (SELECT count(*) FROM vip_entries
        WHERE customer_id = me.id AND vip_entry_stage IS NULL AND vip_entry_token IS NULL) AS "complete entries",
       (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'revoked') AS "accesses taken"
FROM customers AS me WHERE me.telegram_id = $1
"""


def nobody_left_of(world: World, person: int, channel: dict[str, Any]) -> list[str]:
    """Check that the customer is not a member of a shared channel, not banned and not waiting, and has no valid link.
    Return the violations.

    A bot cannot list its links, so a link whose creator was killed before recording the link is valid until its expiry.
    """
    broken = ["the customer is inside"] if _holds(channel, person) else []
    broken += ["the customer is still banned"] if person in channel["banned"] else []
    broken += ["the customer's request is open"] if person in channel["requests"] else []
    unrevoked = [link for link in channel["links"] if not link["revoked"] and not _primary(link, channel)]
    live = [link for link in unrevoked if not _ran_out(link, world.now())]
    return broken + [f"a live link {link['url']}" for link in live]


def _ran_out(link: dict[str, Any], now: datetime) -> bool:
    return link["expires"] is not None and datetime.fromisoformat(link["expires"]) <= now


def slot_is_free(world: World, channel_id: int) -> list[str]:
    """Check that the channel is recorded as deleted, and that the product counts no account's channels wrongly. Return
    the violations.
    """
    status = world.rows("SELECT status FROM telegram_channels WHERE channel_id = $1", channel_id)
    broken = [] if [row["status"] for row in status] == ["deleted"] else [f"the channel is {status}, not deleted"]
    owned = Counter(channel["owner"] for channel in world.channels())
    counted = world.rows("SELECT telegram_id, channels_used FROM userbot_accounts")
    return broken + [
        f"account {row['telegram_id']} counts {row['channels_used']} channels and has {owned[row['telegram_id']]}"
        for row in counted
        if row["channels_used"] != owned[row["telegram_id"]]
    ]


def access_as_the_ledger_says(world: World, person: int) -> list[str]:
    """Check that the stored end of access equals the end calculated from the ledger, and return the violations."""
    rows = world.rows(_LEDGER, person)
    entries = [_entry(row) for row in rows]
    folded = access_until(entries)
    cached = {row["access_until"] for row in rows}
    return [] if cached == {folded} else [f"access_until is {cached}, the ledger says {folded}"]


def _entry(row: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        id=row["id"],
        subscription_id=SubscriptionId(row["subscription_id"]),
        kind=LedgerKind(row["kind"]),
        source_key=row["source_key"],
        starts_at=row["starts_at"],
        length=row["length"],
        payment_id=PaymentId(row["payment_id"]) if row["payment_id"] else None,
        created_at=row["created_at"],
    )


def picked_once(world: World, slug: str, seen: int) -> list[str]:
    """Check that a post is in the channel once, or several times only if the product recorded each repetition. Return
    the violations.

    A run has several faults. For each fault between sending and recording a copy, the product does not know whether the
    copy was sent.
    """
    rows = world.rows(
        "SELECT sum(repeated)::int AS repeated FROM pick_deliveries AS d JOIN picks AS p ON p.id = d.pick_id "
        "JOIN service_plans AS plan ON plan.id = p.plan_id WHERE plan.soft_id = $1",
        slug,
    )
    counted = rows[0]["repeated"] or 0
    return [] if 1 <= seen <= 1 + counted else [f"the pick stands {seen} times, {counted} repetitions counted"]


def nothing_forgotten(world: World) -> list[str]:
    """Check that every quarantined job, update and message has an alarm, that no unrecorded channel remains, and that
    the worker found no answer that differs from the timeline. Return the violations.

    Each violation is reported once per world.
    """
    fresh = [row for row in world.rows(_GIVEN_UP) if row["id"] not in world.excused]
    world.excused.update(row["id"] for row in fresh)
    alarmed = any(row["what"] == "alarm" for row in fresh)
    given_up = [f"given up: {row['what']}: {row['why']}" for row in fresh if row["what"] not in {"alarm", _DIFFERS}]
    differing = [row["why"] for row in fresh if row["what"] == _DIFFERS]
    return [*([] if alarmed else given_up), *differing, *channels_left_behind(world)]


_DIFFERS = "state_differs"
_GIVEN_UP = """
SELECT 'job ' || id AS id, entrypoint AS what, '' AS why FROM pgqueuer WHERE status = 'failed'
UNION ALL
SELECT 'update ' || bot_id || ':' || update_id, 'update', failed FROM bot_updates WHERE failed IS NOT NULL
UNION ALL
SELECT 'message ' || id, 'message ' || kind, failed FROM notifications
WHERE failed IS NOT NULL AND failed NOT IN ('blocked_bot', 'moot')
UNION ALL
SELECT 'webhook ' || id, 'webhook', note FROM webhook_inbox WHERE status = 'parked'
UNION ALL
SELECT 'alarm ' || id, 'alarm', '' FROM notifications WHERE kind = 'alarm'
UNION ALL
SELECT 'difference ' || id, kind, facts::text FROM alarms WHERE kind = 'state_differs' AND closed_at IS NULL
"""

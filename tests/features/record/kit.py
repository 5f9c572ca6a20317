"""Sample rows and jobs of the record of tips, used by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.record.jobs import FetchResults

_TIP: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e31'"
_AT: Final = "'2026-11-03 12:00+00'"
_CLOCK: Final = """'YYYY-MM-DD"T"HH24:MI:SS.US'"""
_ENTRY: Final = f"""
WITH entry AS (
    SELECT CAST(:plan AS uuid) AS plan_id, CAST({_TIP} AS uuid) AS tip_id, now() AS at,
        now() + interval '2 h' AS starts_at, repeat('0', 64) AS previous
), written AS (
    SELECT entry.*, jsonb_build_object('event', 'Betis – Sevilla', 'market', 'goals', 'selection', 'over 2.5',
        'odds', '1.85', 'stake', '3', 'starts_at', to_char(starts_at AT TIME ZONE 'UTC', {_CLOCK}) || '+00:00')::text
        AS body FROM entry
)
INSERT INTO record_entries (plan_id, number, tip_id, kind, at, starts_at, origin, salt, body, previous, hash)
SELECT plan_id, 1, tip_id, 'published', at, starts_at, 'cli', 'salt', body, previous,
    encode(sha256(convert_to('[' || concat_ws(',', to_json(previous), to_json(plan_id::text), 1, to_json(tip_id::text),
        to_json('published'::text), to_json(to_char(at AT TIME ZONE 'UTC', {_CLOCK}) || '+00:00'),
        to_json(to_char(starts_at AT TIME ZONE 'UTC', {_CLOCK}) || '+00:00'), to_json('cli'::text),
        to_json('salt'::text), to_json(body)) || ']', 'UTF8')), 'hex') FROM written
"""
"""Statement that inserts the first entry of a plan, with the hash that the table's trigger computes."""
ROWS: Final = (
    "INSERT INTO picks (id, key, plan_id, content, status, revision, created_at)"
    f""" VALUES ({_TIP}, 'tip-1', CAST(:plan AS uuid), '{{"v": 1, "data": {{"text": "B"}}}}', 'withdrawn', 1, {_AT})""",
    "INSERT INTO record_rules (plan_id, withdrawn) VALUES (CAST(:plan AS uuid), 'void')",
    _ENTRY,
    "INSERT INTO tip_reminders (plan_id, minutes) VALUES (CAST(:plan AS uuid), 15)",
    "INSERT INTO record_channels (plan_id, username, language, teasers)"
    " VALUES (CAST(:plan AS uuid), 'retador_tips', 'es', 'none')",
    "INSERT INTO record_posts (plan_id, kind, subject, username, text, at)"
    f" VALUES (CAST(:plan AS uuid), 'month', '2026-10', 'retador_tips', 'Cifras', {_AT})",
)
JOBS: Final = (FetchResults(),)

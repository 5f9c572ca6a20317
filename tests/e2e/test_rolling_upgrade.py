"""An upgrade without downtime: processes of the previous version run together with new processes, on one database.

The database has this version's revision, as at the beginning of an upgrade. The previous version runs from its own
sources. A clone without its commit skips these tests, and then only the recorded payloads and rows (tests/upgrade) are
tested.

While both versions run, nothing fails: an older process leaves unknown jobs to a newer process, and the jobs wait if
there is none. Once all processes are of this version, no job waits.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.demo import eventually, running_demo
from tests.support.member import Member, advance, member
from tests.support.versions import NEW, OLD, MixedDemo, mixed
from tests.upgrade.previous_release import NotInThisClone, unpack

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MixedDemo]:
    try:
        previous = unpack(tmp_path_factory.mktemp("previous"))
    except NotInThisClone as absent:
        pytest.skip(str(absent))
    with (
        running_demo(tmp_path_factory.mktemp("demo"), "--no-restart", "--apart") as demo,
        mixed(demo, previous) as both,
    ):
        assert both.sources(OLD).is_relative_to(previous)
        assert not both.sources(NEW).is_relative_to(previous)
        yield both


def lives_through_it_all(both: MixedDemo, name: str) -> None:
    """Buy, renew, cancel, resume, cancel and let a subscription expire; check messages, members, links and `why` after
    each step.
    """
    one = member(both.demo, name)
    one.stands("active", "active")
    seq = one.seq()
    one.at_provider("renew")
    one.received("Renovado", after=seq)
    one.person.press(cancel(one), "Deshacer")
    one.received("a Retabet sigue", after=seq)
    cancel(one)
    advance(both.demo, days=70)
    one.received("ha terminado")
    one.stands("expired", "revoked")
    nothing_is_left_over(both)


def cancel(one: Member) -> dict[str, object]:
    seq = one.seq()
    one.person.send("/cancelar")
    one.person.press(one.received("Cancelar", button="Sí, cancelar", after=seq), "Sí, cancelar")
    return one.received("está cancelada", button="Deshacer", after=seq)


def nothing_is_left_over(both: MixedDemo) -> None:
    """Assert that no job failed in either version, and that no job waits once all processes are of this version."""
    nothing_failed(both)
    both.run()
    waiting = "SELECT count(*) FROM pgqueuer WHERE status <> 'failed'"
    eventually(lambda: both.demo.sql(waiting) == 0 or None, "all jobs are done")
    nothing_failed(both)


def nothing_failed(both: MixedDemo) -> None:
    failed = "SELECT string_agg(entrypoint || ' ' || convert_from(payload, 'utf8'), '; ') FROM pgqueuer"
    assert both.demo.sql(f"{failed} WHERE status = 'failed'") is None


def test_old_worker_works_together_with_new_processes(both: MixedDemo) -> None:
    both.run(worker=OLD)
    lives_through_it_all(both, "Ana")


def test_new_worker_works_together_with_old_processes(both: MixedDemo) -> None:
    both.run(web=OLD, bot=OLD, userbot=OLD)
    lives_through_it_all(both, "Beto")

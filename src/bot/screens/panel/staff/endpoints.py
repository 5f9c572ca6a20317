"""Endpoints of the operator's own programs, as owners see them."""

from collections.abc import Sequence
from uuid import UUID

from bot.formats import brief, refusal
from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from subscriptions.application.outbox.endpoints import EndpointSecret
from subscriptions.domain.ports.repositories.views import Row


def endpoints(t: Texts, rows: Sequence[Row], note: str = "") -> Screen:
    """All of them, with what was just done above."""
    lines = [_line(t, row) for row in rows] or [t("endpoints.none")]
    buttons = [button(f"📡 {row['endpoint']}", data("endpoint", UUID(row["id"]))) for row in rows]
    text = "\n\n".join(part for part in (note, t("endpoints.title"), *lines) if part)
    return screen(t, text, button(t.plain("commands.add_endpoint.label"), data("endpoint.new")), *buttons)


def endpoint(t: Texts, row: Row, deliveries: Sequence[Row], note: str = "") -> Screen:
    """One of them, what it was sent last, and what can be done."""
    number = UUID(row["id"])
    acts = (
        [("resume_endpoint", "endpoint.on")]
        if row["state"] == "off"
        else [("test_endpoint", "endpoint.test"), ("replay_endpoint", "endpoint.replay")]
    )
    acts += [("change_endpoint", "endpoint.edit"), ("rotate_endpoint", "endpoint.secret")]
    ways = [button(t.plain(f"commands.{name}.label"), data(page, number)) for name, page in acts]
    repeat_buttons = [
        button(
            f"🔄 {_kind(t, each['happening'])} · {brief(t, each['happened_at'])}",
            data("endpoint.again", UUID(each["id"])),
        )
        for each in deliveries
        if row["state"] != "off"
    ]
    lines = [
        t(
            "endpoints.sent",
            event=_kind(t, each["happening"]),
            at=brief(t, each["happened_at"]),
            answer=_answer(t, each),
        )
        for each in deliveries
    ]
    text = "\n\n".join(part for part in (note, _line(t, row), "\n".join(lines)) if part)
    remove = button(t.plain("commands.remove_endpoint.label"), data("endpoint.remove", number))
    return screen(t, text, *ways, *repeat_buttons, remove, back_to="endpoints", deep=True)


def secret(t: Texts, endpoint_secret: EndpointSecret) -> Screen:
    """By what its program knows us, which is shown nowhere else."""
    if endpoint_secret.secret is None:
        return screen(t, t("endpoints.gone", endpoint=endpoint_secret.endpoint), back_to="endpoints")
    text = t("endpoints.secret", endpoint=endpoint_secret.endpoint, secret=endpoint_secret.secret)
    return screen(t, text, copy(t.plain("endpoints.copy"), endpoint_secret.secret), back_to="endpoints")


def _line(t: Texts, row: Row) -> str:
    kinds = ", ".join(_kind(t, each) for each in row["kinds"].split())
    return t(
        "endpoints.line",
        endpoint=row["endpoint"],
        state=t.plain(f"endpoints.{row['state']}"),
        url=row["url"],
        kinds=kinds,
        waiting=row["waiting"],
    )


def _kind(t: Texts, kind: str) -> str:
    return t.plain(f"commands.choice.{kind.replace('.', '_')}")


def _answer(t: Texts, row: Row) -> str:
    return refusal(t, str(row["answer"])) if row["answer"] else t.plain(f"endpoints.{row['state']}")

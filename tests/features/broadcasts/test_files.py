"""Files of broadcasts: uploaded in the console, sent to Telegram by the bot, and copied to the audience."""

from __future__ import annotations

import pytest

from features.broadcasts.domain import Audience, Broadcast, BroadcastId, Segment
from features.broadcasts.jobs import BroadcastPreview, SendDraftFile
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.posts.keep_upload import FILE_LIMIT, KEPT, PHOTO_LIMIT, KeepUpload, upload_kind
from subscriptions.domain.entities.post import PostButton, PostContent
from subscriptions.domain.entities.upload import Upload, UploadFacts, UploadKind
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes.selling import Sale
from tests.features.broadcasts.test_console import WHO, _only
from tests.features.broadcasts.test_panel import has
from tests.integration.bot.conftest import Stage, until
from tests.integration.bot.staff import owner, words
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import OLGA, Visitor, hidden
from tests.support.website import Website
from tests.unit.domain.test_picture_rules import picture

JPEG, MP4 = picture(), b"\0\0\0\x18ftypmp42 a video"
COMPOSE = "/admin/do/compose_broadcast/shop"


async def _post(olga: Visitor, name: str, content: bytes, **more: str) -> tuple[int, str]:
    form = await olga.client.get(COMPOSE)
    answers = {**hidden(form.text), "text": "Hoy dos", "links": "", "picture": "", **WHO, **more}
    answer = await olga.client.post(COMPOSE, data=answers, files={"file": (name, content)}, follow_redirects=True)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.exe", b"MZ", ("«virus.exe» no sirve", "JPG", "MP4", "PDF")),
        ("foto.jpg", JPEG + b"x" * PHOTO_LIMIT, ("pasa de 10 MB", "envíalo desde Telegram al bot")),
        ("clase.mp4", MP4 + b"x" * FILE_LIMIT, ("pasa de 15 MB",)),
        ("foto.jpg", b"GIF89a", ("«foto.jpg» está vacío o no es un JPG",)),
        ("guía.pdf", b"", ("«guía.pdf» está vacío",)),
    ],
    ids=["type", "photo too large", "video too large", "another type inside", "empty"],
)
async def test_refusal_of_a_file_names_the_limit_and_keeps_the_text(
    olga: Visitor, tables: Tables, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    status, page = await _post(olga, name, content)
    assert status == 422
    assert all(each in page for each in words)
    assert "Hoy dos" in page
    assert await tables.rows("SELECT 1 FROM uploads UNION ALL SELECT 1 FROM broadcasts") == []


async def test_form_above_the_size_limit_is_refused_and_creates_no_broadcast(olga: Visitor, tables: Tables) -> None:
    status, page = await _post(olga, "clase.mp4", MP4 + b"x" * (FILE_LIMIT + 1024 * 1024))
    assert (status, "pasa de 15 MB" in page) == (422, True)
    assert await tables.rows("SELECT 1 FROM broadcasts") == []


async def test_uploaded_file_is_kept_while_form_errors_are_corrected_and_start_waits_for_its_upload(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    form = await olga.client.get(COMPOSE)
    answers = {**hidden(form.text), "text": "<b>Hoy", "links": "", "picture": "", **WHO}
    wrong = await olga.client.post(COMPOSE, data=answers, files={"file": ("plan.jpg", JPEG)})
    assert (wrong.status_code, "Archivo: plan.jpg" in wrong.text) == (422, True)
    answers |= hidden(wrong.text) | {"text": "x" * 1025}
    long = await olga.client.post(COMPOSE, data=answers, files={"file": ("", b"")})
    assert "de 1 a 1024 caracteres" in long.text, "the limit of a caption"
    answers |= {"text": "Hoy dos", "picture": "https://example.com/a.png"}
    both = await olga.client.post(COMPOSE, data=answers, files={"file": ("", b"")})
    assert "quita uno de los dos" in both.text
    page = (await olga.client.post(COMPOSE, data=answers | {"picture": ""}, follow_redirects=True)).text
    assert "«plan.jpg» se está enviando a Telegram" in page
    assert "/do/start_broadcast/" not in page
    item = await _only(site)
    assert (await tables.jobs()).count("bot.send_draft_file") == 1
    edited = await olga.do("edit_broadcast", f"{item.id}.{item.seal}", text="x" * 1025)
    assert "de 1 a 1024 caracteres" in edited, "a longer text would leave the file without a place"
    assert "se está enviando a Telegram" in await olga.do("start_broadcast", f"{item.id}.{item.seal}")
    async with site.container.core.units()() as uow:
        await uow.uploads.refuse(item.id, "PHOTO_INVALID_DIMENSIONS")
        await uow.commit()
    assert "Telegram no aceptó «plan.jpg»" in await olga.page(f"/broadcasts/{item.id}")
    assert "Telegram no aceptó el archivo" in await olga.do("start_broadcast", f"{item.id}.{item.seal}")
    await olga.do("discard_broadcast", f"{item.id}.{item.seal}")
    assert await tables.rows("SELECT 1 FROM uploads UNION ALL SELECT 1 FROM broadcasts") == []


async def test_file_can_be_removed_from_the_form(olga: Visitor, tables: Tables) -> None:
    form = await olga.client.get(COMPOSE)
    answers = {**hidden(form.text), "text": "<b>Hoy", "links": "", "picture": "", **WHO}
    await olga.client.post(COMPOSE, data=answers, files={"file": ("plan.jpg", JPEG)})
    await olga.client.post(COMPOSE, data=answers | {"text": "Hoy dos", "drop_file": "yes"}, files={"file": ("", b"")})
    assert await tables.rows("SELECT 1 FROM uploads") == []
    assert len(await tables.rows("SELECT 1 FROM broadcasts")) == 1


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Foto.JPG", JPEG, UploadKind.PHOTO),
        ("a.png", b"\x89PNG\r\n\x1a\n", UploadKind.PHOTO),
        ("clase.mp4", MP4, UploadKind.VIDEO),
        ("guía.pdf", b"%PDF", UploadKind.DOCUMENT),
    ],
)
def test_kind_of_a_file_follows_from_its_name_and_content(name: str, content: bytes, kind: UploadKind) -> None:
    assert upload_kind(name, content) is kind


@pytest.mark.parametrize("name", ["foto", "foto.", ".jpg/", "a.jpg.exe"])
def test_file_name_without_an_allowed_type_is_refused(name: str) -> None:
    with pytest.raises(Wrong):
        upload_kind(name, JPEG)


async def test_bot_uploads_each_file_once_and_then_sends_it_by_id(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.phone.start()
        await olga.phone.said("Retador")
        for kind, name, content in (
            (UploadKind.PHOTO, "plan.jpg", JPEG),
            (UploadKind.VIDEO, "clase.mp4", MP4),
            (UploadKind.DOCUMENT, "guía.pdf", b"%PDF-1.7"),
        ):
            draft = await _draft_with_file(stage, olga.phone.id, kind, name, content)

            async def filed(key: BroadcastId = draft) -> Broadcast | None:
                async with stage.core.units()() as uow:
                    found: Broadcast | None = await uow.of(BROADCASTS_KEY).get(key)
                    return found if found is not None and found.content.source is not None else None

            broadcast = await until(filed, "the file of the draft")
            text = f"Lleva {name}"
            seen = await has(olga.phone, lambda item: item["text"] == text, "the file in the author's chat")  # noqa: B023
            # The control interface calls every medium but a photo a document.
            shown = "photo" if kind is UploadKind.PHOTO else "document"
            assert (seen["kind"], words(seen)) == (shown, ["Ver"])
            assert broadcast.content.source.messages == (seen["id"],)
            async with stage.core.units()() as uow:
                assert await uow.uploads.facts(draft) is None, "Telegram keeps the file from now on"
                await uow.enqueue(BroadcastPreview(broadcast_id=draft, person=olga.phone.id).job())
                await uow.commit()
            copy = await has(olga.phone, lambda item: item["text"] == text and item["id"] != seen["id"], "a copy")  # noqa: B023
            assert (copy["kind"], words(copy)) == (shown, ["Ver"])
        calls = (await stage.http.get("/calls")).json()["calls"]
        sent = [each["method"] for each in calls if each["method"] in {"sendPhoto", "sendVideo", "sendDocument"}]
        assert sent == ["sendPhoto", "sendVideo", "sendDocument"]


async def _draft_with_file(stage: Stage, person: int, kind: UploadKind, name: str, content: bytes) -> BroadcastId:
    """Store a draft with a file, with the database user of the console."""
    key, now = BroadcastId(new_uuid()), stage.core.clock().now()
    content_of_draft = PostContent(text=f"Lleva {name}", buttons=((PostButton("Ver", "https://example.com"),),))
    draft = Broadcast.draft(f"staff:{key}", person, content_of_draft, now)
    draft.id, draft.audience = key, Audience(segment=Segment.ALL)
    facts = UploadFacts(id=key, owner=person, kind=kind, name=name, size=len(content))
    async with stage.by_login("console") as uow:
        await uow.uploads.save(Upload(facts=facts, content=content, created_at=now))
        assert await uow.of(BROADCASTS_KEY).add_if_new(draft)
        await uow.enqueue(SendDraftFile(broadcast_id=key).job())
        await uow.commit()
    return key


async def test_only_the_newest_files_of_a_person_are_kept(site: Website, olga: Visitor, tables: Tables) -> None:
    async with site.container.core.units()() as uow:
        keep = KeepUpload(site.container.core.units(), site.container.core.clock())
        operations = [new_uuid() for _ in range(KEPT + 1)]
        for operation in operations:
            await keep.store(OLGA, operation, "plan.jpg", JPEG)
        await keep.store(TelegramId(7), new_uuid(), "plan.jpg", JPEG)
        assert await uow.uploads.facts(operations[0]) is None
        assert await uow.uploads.facts(operations[-1]) is not None
    assert len(await tables.rows("SELECT 1 FROM uploads")) == KEPT + 1

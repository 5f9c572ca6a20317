"""`umbral texts`: export, edit and import of texts on a real database."""

from __future__ import annotations

from pathlib import Path

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal


async def test_texts_are_exported_changed_imported_and_reverted(
    database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    engine = create_engine(database_url)
    shop, terminal = database_shop(engine), Terminal({"DATABASE_URL": database_url}, fork_client)
    folder = tmp_path / "texts"
    exported = await terminal.run("texts", "export", str(folder))
    assert exported.status == 0, exported.err
    assert sorted(file.name for file in folder.iterdir()) == ["en.toml", "es.toml", "pt-br.toml", "pt.toml"]
    # The file of a country would repeat the texts of its language.
    (folder / "pt-br.toml").unlink()
    original = (folder / "pt.toml").read_text()
    assert (await terminal.run("texts", "import", str(folder))).out.strip() == "0 texts changed"

    none = "Neste momento não há planos à venda. Volta a ver daqui a pouco."
    assert none in original
    (folder / "pt.toml").write_text(original.replace(none, "Hoje {nada}."))
    refused = await terminal.run("texts", "import", str(folder))
    assert (refused.status, "pt.toml: plans.none: Text: there's no {nada} here" in refused.err) == (1, True)
    (folder / "pt.toml").write_text(original.replace(none, "Hoje não há nada."))
    assert (await terminal.run("texts", "import", str(folder))).out.strip() == "1 texts changed"
    async with shop.units() as uow:
        assert [(str(text.id), text.text) for text in await uow.texts.all()] == [("pt:plans.none", "Hoje não há nada.")]
        (line,) = await uow.audit.of_subject("pt:plans.none", 9)
    assert (line.actor, line.action) == ("cli", "text.edit")

    again = tmp_path / "again"
    await terminal.run("texts", "export", str(again))
    assert (again / "pt.toml").read_text() == (folder / "pt.toml").read_text()
    (folder / "pt.toml").write_text(original)
    assert (await terminal.run("texts", "import", str(folder))).out.strip() == "1 texts changed"
    async with shop.units() as uow:
        assert await uow.texts.all() == []

    (folder / "zz.toml").write_text("")
    other = await terminal.run("texts", "import", str(folder))
    assert (other.status, "zz is no language" in other.err) == (1, True)
    (folder / "zz.toml").unlink()
    # Another language is one more file with any number of texts; missing texts are listed, and shown in the first
    # language.
    (folder / "it.toml").write_text('[plans]\nlist = "Scegli un piano:"')
    added = await terminal.run("texts", "import", str(folder))
    assert added.out.splitlines() == [
        "1 texts changed",
        "New: it. Restart web, bot and worker to use it",
    ]
    more = await terminal.run("texts", "export", str(again))
    assert 'list = "Scegli un piano:"' in (again / "it.toml").read_text()
    assert "  plans.none: missing in this language; shown in es" in more.out.splitlines()
    (folder / "es.toml").write_text("plans = 'x")
    broken = await terminal.run("texts", "import", str(folder))
    assert (broken.status, "es.toml: can't be read" in broken.err) == (1, True)
    nothing = await terminal.run("texts", "import", str(tmp_path))
    assert (nothing.status, "has no text file" in nothing.err) == (1, True)
    await engine.dispose()

"""The wheel with one extra only: every command works, or names the package to install in one sentence."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

import pytest

from tests.integration.deploy.test_wheels import ROOT, SANDBOX, built
from tests.support import installed
from tests.support.drawn import Share, share_of
from tests.support.every_command import call, leaves, write_files
from tests.support.installation import Installation
from umbral_sandbox.server import running_sandbox

EXTRAS: Final = installed.extras()
_PIP: Final = re.compile(r"pip install '?umbral-access\[([\w,-]+)\]")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build both wheels and unpack them."""
    made = {}
    for project in (ROOT, SANDBOX):
        folder = tmp_path_factory.mktemp(project.name)
        built(project, tmp_path_factory.mktemp("wheel")).extractall(folder)
        made["sandbox" if project == SANDBOX else "product"] = folder
    return made


async def _commands(share: Share, extra: str, wheels: dict[str, Path], database_url: str, folder: Path) -> None:
    packages = installed.install(extra, folder / "installed")
    ours = [wheels["product"], *([wheels["sandbox"]] if extra == "demo" else [])]
    write_files(folder)
    lines = [call(words, command, {}, folder) for words, command in share_of(leaves(), share)]
    async with running_sandbox() as sandbox:
        installation = Installation(sandbox, database_url)
        await installation.open()
        process = await asyncio.create_subprocess_exec(
            *installed.command([*ours, packages], lines),
            env=installed.environment(installation.settings),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    answers = list(installed.answers(out.decode()))
    assert len(answers) == len(lines), err.decode()[-2000:]
    wrong = [
        f"{' '.join(line)}: {said[-700:]}"
        for line, (status, _, said) in zip(lines, answers, strict=True)
        if "Traceback" in said or status not in {0, 1, 2}
    ]
    assert not wrong, "\n".join(wrong)
    named = {extra for _, out, said in answers for names in _PIP.findall(out + said) for extra in names.split(",")}
    assert named <= set(EXTRAS), "each extra that a sentence names is there"


async def test_commands_run_without_a_traceback_with_a_randomly_chosen_extra(
    wheels: dict[str, Path], database_url: str, tmp_path: Path
) -> None:
    extra, *_ = share_of(EXTRAS, Share.TENTH)
    await _commands(Share.TENTH, extra, wheels, database_url, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("extra", ["", *EXTRAS])
async def test_commands_run_without_a_traceback_with_each_single_extra(
    extra: str, wheels: dict[str, Path], database_url: str, tmp_path: Path
) -> None:
    await _commands(Share.WHOLE, extra, wheels, database_url, tmp_path)

"""Check that scripts and benchmarks accept their own defaults."""

from __future__ import annotations

import runpy
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    f"{path.parent.name}.{path.stem}"
    for folder in ("scripts", "benchmarks")
    for path in (ROOT / folder).glob("[a-z]*.py")
    if "ArgumentParser(" in path.read_text(encoding="utf-8")
)


@pytest.fixture(autouse=True)
def _kept_signal_handlers() -> Iterator[None]:
    """Restore the signal handlers. Some scripts set signal handlers before they read their options."""
    kept = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for which, handler in kept.items():
        signal.signal(which, handler)


@pytest.mark.filterwarnings("ignore:.* found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("module", SCRIPTS)
def test_script_accepts_its_own_default_options_and_refuses_unknown_options(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """argparse converts defaults before it reports unknown options, so an invalid default would appear in the error.
    The script runs in this process, because a new process takes seconds to load the product.
    """
    monkeypatch.setattr(sys, "argv", [module, "--no-such-option"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "argument --" not in said
    assert "unrecognized arguments: --no-such-option" in said or "arguments are required" in said

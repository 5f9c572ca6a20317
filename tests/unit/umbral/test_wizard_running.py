"""Check that processes started by the wizard always end when the wizard ends."""

from __future__ import annotations

import signal

import pytest

from umbral.cli.wizard.running import leaving_in_order


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_closed_terminal_ends_the_wizard_like_ctrl_c(number: signal.Signals) -> None:
    outside = signal.signal(number, signal.SIG_DFL)  # the test's own environment may ignore the signal
    try:
        with pytest.raises(KeyboardInterrupt), leaving_in_order():
            signal.raise_signal(number)

        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, outside)


def test_wizard_that_ignores_ctrl_c_still_exits_cleanly() -> None:
    """A background process of a script ignores SIGINT from its start (POSIX, sh, «Signals and Error Handling»)."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), leaving_in_order():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

"""What the wizard began ends with it, however it is ended."""

from __future__ import annotations

import signal

import pytest

from umbral.cli.wizard.running import leaving_in_order


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_ends_it_as_ctrl_c_does(number: signal.Signals) -> None:
    outside = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may have it ignored
    try:
        with pytest.raises(KeyboardInterrupt), leaving_in_order():
            signal.raise_signal(number)

        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, outside)


def test_who_was_begun_deaf_to_ctrl_c_leaves_in_order_all_the_same() -> None:
    """A script's background work ignores SIGINT from birth (POSIX, sh, «Signals and Error Handling»)."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), leaving_in_order():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

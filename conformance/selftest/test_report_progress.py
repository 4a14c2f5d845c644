"""Progress tells what is done and what fails, and is plain lines where there is no terminal."""

import sys

import pytest

from conformance.report.progress import Progress
from conformance.results import Outcome


def test_ten_plain_lines_tell_of_a_run_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Cases, exchanges, rate and the time left, on standard error, whatever the number of cases."""
    progress = Progress()
    progress.start(1000)
    for _ in range(1000):
        progress.case("token-expired", Outcome.PASSED, 3)
    progress.stop()
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 10
    first = said.err.splitlines()[0]
    assert [one for one in ("100 of 1000 cases", "300 exchanges", "/s", "s left") if one not in first] == []


def test_a_failure_is_a_line_of_its_own_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """It is harmless, whatever the target said."""
    progress = Progress()
    progress.start(5)
    progress.failure("token-expired: answered \x1b[2J200\nand more")
    assert capsys.readouterr().err == "failed  token-expired: answered 200 and more\n"


def test_on_a_terminal_a_bar_is_drawn_and_taken_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure stays above it."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    progress = Progress()
    progress.start(2)
    progress.failure("token-expired: answered 200")
    progress.case("token-expired", Outcome.FAILED, 3)
    progress.case("token-expired", Outcome.PASSED, 3)
    progress.stop()
    said = capsys.readouterr().err
    assert "failed  token-expired: answered 200" in said
    assert "2/2" in said

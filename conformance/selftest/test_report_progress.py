"""Progress tells what is done and what fails, and is plain lines if there is no terminal."""

import io
import re
import sys

import pytest

from conformance.report.progress import SHOWN, Progress
from conformance.results.aggregate import Case
from conformance.results.data import Finding, Outcome


def passed(exchanges: int = 3) -> Case:
    return Case("token-expired", "test_x::test_y", "a", Outcome.PASSED, exchanges)


def failed(summary: str = "answered 200", name: str = "an-hour-ago") -> Case:
    return Case("token-expired", "test_x::test_y", name, Outcome.FAILED, 2, summary, (Finding(summary, (401,), 200),))


def test_ten_plain_lines_tell_of_a_run_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Cases, exchanges, rate and the time left, on standard error, whatever the number of cases."""
    progress = Progress()
    progress.start(1000)
    for _ in range(1000):
        progress.case(passed())
    progress.stop()
    said = capsys.readouterr()
    assert said.out == ""
    first, *others, last = said.err.splitlines()
    assert len(others) == 8
    assert [one for one in ("100 of 1000 cases", "300 exchanges", "/s", "s left") if one not in first] == []
    assert "1000 of 1000 cases" in last
    assert "left" not in last


def test_a_failure_is_a_line_of_its_own_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """It names rule and case, and is harmless, whatever the target said."""
    progress = Progress()
    progress.start(50)
    progress.case(failed("answered \x1b[2J200\nand more"))
    assert capsys.readouterr().err == "failed token-expired[an-hour-ago]: answered 200 and more\n"


def test_what_a_case_saw_besides_is_told_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """There are never more cases than were to be judged."""
    progress = Progress()
    progress.start(1)
    progress.case(failed("in another rule"), besides=True)
    progress.case(passed())
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "failed token-expired[an-hour-ago]: in another rule",
        "1 of 1 cases",
    ]


def test_an_error_is_a_line_of_its_own_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """What broke down is told apart from what failed."""
    progress = Progress()
    progress.start(50)
    progress.case(Case("token-expired", "test_x::test_y", "", Outcome.ERROR, 0, "the adapter died"))
    assert capsys.readouterr().err == "error token-expired: the adapter died\n"


def test_a_rule_that_fails_in_hundreds_of_cases_does_not_flood(capsys: pytest.CaptureFixture[str]) -> None:
    """The first few are shown, and that there are more."""
    progress = Progress()
    progress.start(10_000)
    for number in range(500):
        progress.case(failed(name=str(number)))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "failed token-expired: further cases of it are not shown here"


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_terminal_every_line_fits(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """The bar with its figures, and long failures above it, are never folded; in the end the bar is taken away."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    progress = Progress()
    progress.start(2000)
    progress.case(failed("answered 200, " + "where nothing was right " * 20))
    for _ in range(1998):
        progress.case(passed(exchanges=100))
    progress.case(passed())
    progress.stop()
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", written) if line]
    assert [line for line in lines if len(line) > columns] == []
    assert any("2000/2000 cases 199805 exchanges, " in line and "/s" in line for line in lines)
    assert any(line.startswith("failed token-expired[an-hour-ago]: answered 200") for line in lines)
    assert terminal.getvalue().endswith("\x1b[2K")

"""The report folder tells the truth: one run at a time, no older verdict, and files that are whole."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w

from conformance.evidence.files import whole_lines, write_whole
from conformance.http.message import Response
from conformance.mock.call import Call
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.report.lock import FolderInUse, lock
from conformance.selftest.commands import MAIN, synq_conformance
from conformance.selftest.interrupting import comparable

ONE = ("--rule", "documented-request", "--rule", "headers-missing")
LITTLE_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); " + MAIN
"""No file may become longer: that fails like a full disk, and needs no disk."""
TO_A_FULL_DISK = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); " + MAIN


@contextmanager
def deployed(folder: Path) -> Iterator[list[Call]]:
    """A Synq on a port, its profile in the folder, and what it was asked."""
    synq, asked = create(), list[Call]()
    answer = synq.steps.answer

    def recorded(call: Call) -> Response:
        asked.append(call)
        return answer(call)

    synq.steps = replace(synq.steps, answer=recorded)
    with serve(synq) as running:
        (folder / "profile.toml").write_text(tomli_w.dumps(describe(synq, running.base_url)), "utf-8")
        yield asked


@pytest.mark.parametrize(
    "command",
    [
        ("server", "--mock", *ONE),
        ("client", "--factory", "json:dumps"),
        ("calibrate", "--fault", "tenant-unchecked"),
        ("report", "merge", "old", "--output-dir"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_folder_in_use_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """In one line, with exit 2, and what is in it stays as it is."""
    synq_conformance("server", "--mock", *ONE, "--report-dir", "old", folder=tmp_path)
    reports = tmp_path / "reports"
    with lock(reports):
        (reports / "report.json").write_text("of the other run", "utf-8")
        where = (str(reports),) if command[-1] == "--output-dir" else ("--report-dir", str(reports))
        ended = synq_conformance(*command, *where, folder=tmp_path)
        (line,) = ended.lines
        assert (ended.code, f"(process {os.getpid()}, since " in line) == (2, True)
        assert (reports / "report.json").read_text("utf-8") == "of the other run"


def test_the_lock_of_a_dead_process_is_no_obstacle(tmp_path: Path) -> None:
    """The file stays, the lock does not."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / ".lock").write_text("1 2026-01-01 00:00:00+00:00\n", "utf-8")
    assert synq_conformance("server", "--mock", *ONE, folder=tmp_path).code == 0


def test_a_lock_ends_when_it_is_closed(tmp_path: Path) -> None:
    """And not before."""
    held = lock(tmp_path)
    with pytest.raises(FolderInUse, match="another run writes to it"):
        lock(tmp_path)
    held.close()
    lock(tmp_path).close()


def test_an_older_verdict_is_out_of_the_way_before_the_first_request(tmp_path: Path) -> None:
    """In every format, also one that this run does not write."""
    reports = tmp_path / "reports"
    older = ("report.json", "report.html", "junit.xml", "badge.json", "report.md", "pytest.xml", "found.toml")
    reports.mkdir()
    for name in older:
        (reports / name).write_text("older", "utf-8")
    synq = create()
    seen: list[set[str]] = []
    answer = synq.steps.answer

    def looked(call: Call) -> Response:
        seen.append({path.name for path in reports.iterdir()})
        return answer(call)

    synq.steps = replace(synq.steps, answer=looked)
    with serve(synq) as running:
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(describe(synq, running.base_url)), "utf-8")
        ended = synq_conformance("server", "--profile", "profile.toml", *ONE, folder=tmp_path)
    assert (ended.code, [names & set(older) for names in seen if names & set(older)]) == (0, [])


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A write that fails leaves the old file and nothing beside it; one that works keeps to the umask and to links."""
    file, link = tmp_path / "report.json", tmp_path / "link"
    write_whole(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800")
    link.symlink_to(file)
    assert (file.read_text("utf-8"), link.is_symlink()) == ("old", True)
    write_whole(link, "new")
    assert (file.read_text("utf-8"), {path.name for path in tmp_path.iterdir()}) == ("new", {"link", "report.json"})
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask


def test_a_last_line_that_was_cut_is_left_out() -> None:
    """One that lacks its end alone is whole."""
    assert list(whole_lines(['{"a": 1}\n', '{"b": 2}'])) == ['{"a": 1}\n', '{"b": 2}\n']
    assert list(whole_lines(['{"a": 1}\n', '{"b": '])) == ['{"a": 1}\n']


@pytest.mark.parametrize(
    ("workers", "kept"),
    [((), 0.0), ((), 0.5), (("-n", "2"), 0.5), (("-n", "2"), 1.0)],
    ids=["alone-0", "alone-half", "workers-half", "workers-all"],
)
def test_a_run_goes_on_from_its_journal(tmp_path: Path, workers: tuple[str, ...], kept: float) -> None:
    """What it holds is not asked again, what was cut is, and the report is that of an undisturbed run."""
    arguments = ("server", "--profile", "profile.toml", "--depth", "quick", *ONE, *workers)
    reports = tmp_path / "reports"
    journal, exchanges, report = (reports / name for name in ("journal.jsonl", "exchanges.jsonl", "report.json"))
    with deployed(tmp_path) as asked:
        assert synq_conformance(*arguments, folder=tmp_path).code == 0
        undisturbed, whole = comparable(report), len(asked)
        lines = journal.read_text("utf-8").splitlines(keepends=True)
        middle = 1 + int((len(lines) - 1) * kept)
        journal.write_text("".join(lines[:middle]) + "".join(lines[middle : middle + 1])[:100], "utf-8")
        exchanges.write_text(exchanges.read_text("utf-8")[:-30], "utf-8")
        asked.clear()
        ended = synq_conformance(*arguments, "--resume", folder=tmp_path)
    assert (ended.code, comparable(report)) == (0, undisturbed), ended.out + ended.err
    assert len(asked) <= whole * (1 - kept) + 30
    assert f"{middle - 1} cases were judged before" in ended.out or kept == 0.0
    cases = [json.loads(line)["case"] for line in exchanges.read_text("utf-8").splitlines()]
    assert "test_a_request_that_lacks_headers_is_refused" in {name.partition("[")[0] for name in cases}
    assert (reports / "pytest.xml").read_text("utf-8").count("<testcase ") == len(lines) - 1


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_a_run_that_saw_a_violation_goes_on(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """To pytest, failures before its first item look like errors of collection, of which it says nothing more."""
    rules = ("--rule", "tenant-foreign", "--rule", "headers-missing", "--rule", "org-missing")
    arguments = ("server", "--fault", "tenant-unchecked", "--depth", "quick", *rules, *workers)
    journal, report = (tmp_path / "reports" / name for name in ("journal.jsonl", "report.json"))
    assert synq_conformance(*arguments, folder=tmp_path).code == 1
    undisturbed = comparable(report)
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    failed_first = sorted(lines[1:], key=lambda line: '"outcome":"failed"' not in line)
    journal.write_text("".join([lines[0], *failed_first[: len(lines) // 2]]), "utf-8")
    ended = synq_conformance(*arguments, "--resume", folder=tmp_path)
    assert (ended.code, comparable(report)) == (1, undisturbed), ended.out + ended.err


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (("--seed", "1"), "--seed"),
        (("--depth", "deep"), "--depth"),
        (("--level", "hardening"), "--level"),
        (("--rule", "org-missing"), "the selection of rules"),
        (("--fault", "tenant-unchecked"), "the target"),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_another_run_is_not_gone_on_with(tmp_path: Path, other: tuple[str, ...], part: str) -> None:
    """Exit 2 and a line that says what differs; the folder's report is left alone."""
    arguments = ("server", "--mock", "--depth", "quick", *ONE)
    synq_conformance(*arguments, folder=tmp_path)
    before = (tmp_path / "reports" / "report.json").read_text("utf-8")
    ended = synq_conformance(*arguments, *other, "--resume", folder=tmp_path)
    (line,) = ended.lines
    assert (ended.code, f"{part} differs" in line) == (2, True), line
    assert (tmp_path / "reports" / "report.json").read_text("utf-8") == before


def test_a_journal_that_is_none_is_refused(tmp_path: Path) -> None:
    """In a line, with exit 2."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "journal.jsonl").write_text("[]\n{}\n", "utf-8")
    ended = synq_conformance("server", "--mock", *ONE, "--resume", folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "line 1 is no line of a journal" in ended.err


def test_what_was_never_begun_begins(tmp_path: Path) -> None:
    """A pipeline may say --resume each time."""
    assert synq_conformance("server", "--mock", *ONE, "--resume", folder=tmp_path).code == 0


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
@pytest.mark.parametrize("room", [100, 8_000], ids=lambda octets: f"{octets}-octets")
def test_a_full_disk_is_one_line_and_exit_3(tmp_path: Path, workers: tuple[str, ...], room: int) -> None:
    """Whatever was found by then, in whichever process, and there is no report that would say something else."""
    fault = ("--fault", "request-without-any-header-served")
    arguments = ("server", "--depth", "quick", *ONE, *fault, *workers)
    ended = synq_conformance(*arguments, folder=tmp_path, main=LITTLE_ROOM.format(room))
    (line,) = (line for line in ended.lines if "cannot be written" in line or "Traceback" in line)
    assert (ended.code, line.endswith("File too large")) == (3, True), ended.err
    assert not (tmp_path / "reports" / "report.json").exists()


def test_a_terminal_that_cannot_be_written_to_is_exit_3(tmp_path: Path) -> None:
    """A log on the full disk is no reason for another verdict."""
    ended = synq_conformance("list", folder=tmp_path, main=TO_A_FULL_DISK)
    said = "synq-conformance: standard output: cannot be written: No space left on device"
    assert (ended.code, ended.lines) == (3, [said])

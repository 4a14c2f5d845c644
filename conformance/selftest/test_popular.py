"""The overview of popular stacks and clients: made of reports, fresh, and never against what they declare."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from conformance.contract import rules as contract
from conformance.contract.rules import Role
from conformance.results import data as results
from conformance.results.data import Finding, Outcome, Report, Subject
from conformance.selftest.browser.sample_pages import conformant
from conformance.selftest.rich_report import a_rich_report

FOLDER = Path(__file__).parents[2] / "fixtures" / "popular"
STACK, CLIENT = "koa-jwt", "node-ky"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules of the overview, by name."""
    before = list(sys.path)
    sys.path.insert(0, str(FOLDER))
    yield {name: import_module(name) for name in ("overview", "overview_pages", "recorded_runs", "pinned_versions")}
    sys.path[:] = before


def report_of(role: Role, name: str, *broken: str) -> Report:
    """A run of which these rules failed, each by one finding."""
    law = contract.load_contract()
    report = conformant(a_rich_report(replace(law, rules=law.of(role))))
    finding = Finding("answered 200 to it", (401,), 200, case="an-odd-one")
    rules = tuple(
        replace(rule, outcome=Outcome.FAILED, findings=(finding,)) if rule.id in broken else rule
        for rule in report.rules
    )
    return replace(report, subject=Subject(role, name, None), rules=rules)


def write(folder: Path, report: Report) -> None:
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(results.dumps(report), "utf-8")


def test_no_page_says_otherwise_than_stacks_and_clients_declare(modules: dict[str, ModuleType]) -> None:
    """A cell that breaks a rule is declared in target.toml or adapter.toml, and what is declared is found."""
    runs = modules["recorded_runs"]
    assert runs.contradictions(runs.load()) == []


def test_the_pages_are_what_the_recorded_runs_make(modules: dict[str, ModuleType]) -> None:
    """If not, `python fixtures/popular/overview.py --render` makes them anew."""
    for path, text in modules["overview"].pages(modules["recorded_runs"].load()):
        assert path.read_text("utf-8") == text, path


def test_a_page_is_made_of_reports(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    """A stack by its folder, a client by what it calls itself; each failure with its declaration and its case."""
    stack = next(one for one in modules["recorded_runs"].declared_stacks() if one.name == STACK)
    broken = sorted(set(stack.breaks) - stack.may)
    write(tmp_path / STACK, report_of(Role.SERVER, "stack", *broken))
    write(tmp_path / "run-7", report_of(Role.CLIENT, "ky 1.14.0", "late-401"))
    write(tmp_path / "other", report_of(Role.SERVER, "staging", "alg-none"))
    runs = list(modules["recorded_runs"].recorded([tmp_path]))
    assert {run.name: run.title for run in runs} == {STACK: "stack", CLIENT: "ky 1.14.0"}
    tables = modules["overview_pages"].overview_tables(runs)
    assert [len(table.columns) for table in tables] == [1, 1]
    page, text = modules["overview_pages"].overview_html(tables), modules["overview_pages"].overview_markdown(tables)
    for rule in broken:
        assert f'href="#{STACK}--{rule}"' in page
        assert f'id="{STACK}--{rule}"' in page
        assert stack.breaks[rule][0].split("`")[0][:30] in text
    assert "Case an-odd-one: answered 200 to it (right: 401)" in page
    assert "koa 3" in text
    assert "alg-none" not in text


def test_the_newest_report_of_each_counts(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    """However many there are, and wherever they lie."""
    old, new = report_of(Role.SERVER, STACK, "late"), report_of(Role.SERVER, STACK)
    old = replace(old, run=replace(old.run, started="2026-01-01T00:00:00+00:00"))
    write(tmp_path / "b" / STACK, old)
    write(tmp_path / "a" / STACK, new)
    (found,) = modules["recorded_runs"].recorded([tmp_path])
    assert found.date == new.run.started


def test_what_is_not_declared_is_named(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    """A failure that target.toml does not know, and a declared one that holds."""
    write(tmp_path / STACK, report_of(Role.SERVER, STACK, "alg-none"))
    (run,) = modules["recorded_runs"].recorded([tmp_path])
    lines = modules["recorded_runs"].contradictions([run])
    assert f"{STACK}: breaks alg-none, which is not declared" in lines
    assert any("is declared to break" in line for line in lines)


def test_versions_are_those_that_are_pinned(modules: dict[str, ModuleType]) -> None:
    """Of what is told of the stack, and of nothing that only comes along."""
    found = modules["pinned_versions"].versions_of(FOLDER.parent / "targets" / STACK, "Koa with koa-jwt")
    assert [one.split()[0] for one in found] == ["koa", "koa-jwt"]


def test_a_stack_is_no_version_of_itself(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    """Cargo's lock names the program beside what it stands on."""
    own, other = ('name = "axum-jwt"\nversion = "0.0.0"', 'name = "axum"\nversion = "0.8.9"\nsource = "registry"')
    (tmp_path / "Cargo.lock").write_text(f"[[package]]\n{own}\n\n[[package]]\n{other}\n", "utf-8")
    assert modules["pinned_versions"].versions_of(tmp_path, "axum-jwt") == ("axum 0.8.9",)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from-reports", "{empty}"], "has no report.json"),
        (["no-such-stack"], "no such stack or client: no-such-stack"),
    ],
    ids=["no-reports", "unknown"],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, arguments: list[str], says: str) -> None:
    """Exit code 2 and a line, and no page is touched."""
    command = [sys.executable, str(FOLDER / "overview.py"), *(one.format(empty=tmp_path) for one in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr

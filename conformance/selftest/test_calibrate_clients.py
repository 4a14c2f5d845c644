"""What is right to find of a fixture adapter: each way to differ from it is said, and the command says it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.calibrate.adapters import client_subjects, problems_of_client
from conformance.calibrate.matrix import Trial
from conformance.calibrate.processes import tried
from conformance.calibrate.subjects import ANY, CalibrationSubject, Kind, UnknownSubject
from conformance.contract.rules import Role
from conformance.contract.rules import load_contract as contract
from conformance.results.data import Outcome
from conformance.selftest.commands import synq_conformance

FOLDER = Path(__file__).parents[2] / "fixtures" / "adapters"
RULES = contract().of(Role.CLIENT)
CLIENT_RULES = frozenset(rule.id for rule in RULES)
ONE, OTHER = "three-headers", "scope-constant"
PASSED, FAILED, OPEN, ERROR = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.ERROR


def client(kind: Kind, *breaks: str, also_breaks: tuple[str, ...] = ()) -> CalibrationSubject:
    """A client of which this is right."""
    return CalibrationSubject("x", kind, breaks, also_breaks)


def problems(subject: CalibrationSubject, **outcomes: Outcome) -> tuple[str, ...]:
    """What is said of a run in which the one rule and the other came out like this."""
    names = {"one": ONE, "other": OTHER}
    came_to = {names[name]: outcome for name, outcome in outcomes.items()}
    return problems_of_client(Trial(subject, came_to, {}, {}, 0, 0.0), RULES)


@pytest.mark.parametrize(
    ("right", "outcomes"),
    [
        pytest.param(client(Kind.REFERENCE), {"one": PASSED}, id="conformant"),
        pytest.param(client(Kind.FAULT, ONE), {"one": FAILED, "other": PASSED}, id="caught"),
        pytest.param(
            client(Kind.FAULT, ONE, also_breaks=(OTHER,)), {"one": FAILED, "other": OPEN}, id="consequence"
        ),
        pytest.param(
            client(Kind.FAULT, ONE, also_breaks=(ANY,)), {"one": FAILED, "other": FAILED}, id="any-consequence"
        ),
        pytest.param(client(Kind.LIBRARY, ONE, OTHER), {"one": FAILED, "other": FAILED}, id="library"),
        pytest.param(client(Kind.DEGENERATE), {"one": OPEN}, id="null"),
    ],
)
def test_what_is_right_is_no_problem(right: CalibrationSubject, outcomes: dict[str, Outcome]) -> None:
    """Nothing is said."""
    assert problems(right, **outcomes) == ()


@pytest.mark.parametrize(
    ("right", "outcomes", "says"),
    [
        pytest.param(client(Kind.REFERENCE), {"one": FAILED}, f"caught by {ONE} as well", id="false-alarm"),
        pytest.param(client(Kind.REFERENCE), {"one": OPEN}, f"{ONE} is not assessed", id="open"),
        pytest.param(client(Kind.REFERENCE), {"one": ERROR}, f"{ONE} ended in an error", id="error-of-honest"),
        pytest.param(client(Kind.FAULT, ONE), {"one": PASSED}, f"not caught by {ONE}", id="missed"),
        pytest.param(client(Kind.FAULT, ONE), {"one": FAILED, "other": FAILED}, f"by {OTHER} as well", id="unrelated"),
        pytest.param(client(Kind.FAULT, ONE), {"one": FAILED, "other": ERROR}, "ended in an error", id="error"),
        pytest.param(client(Kind.FAULT, ONE), {"one": FAILED, "other": OPEN}, f"{OTHER} is not assessed", id="left"),
        pytest.param(
            client(Kind.LIBRARY, ONE, OTHER), {"one": FAILED, "other": PASSED}, f"not caught by {OTHER}", id="library"
        ),
        pytest.param(client(Kind.DEGENERATE), {"one": PASSED}, f"{ONE} is passed", id="earned-something"),
        pytest.param(client(Kind.DEGENERATE), {"one": FAILED}, f"{ONE} is failed", id="judged"),
    ],
)
def test_a_difference_is_said(right: CalibrationSubject, outcomes: dict[str, Outcome], says: str) -> None:
    """In words."""
    assert any(says in problem for problem in problems(right, **outcomes))


def test_every_client_rule_has_a_faulty_client() -> None:
    """A rule without one was never seen to fail."""
    declared = {one.declared[0] for one in client_subjects(FOLDER) if one.kind is Kind.FAULT}
    assert declared == CLIENT_RULES


def test_adapters_name_rules_that_there_are() -> None:
    """In `breaks` and in `also_breaks`."""
    named = {rule for one in client_subjects(FOLDER) for rule in (*one.declared, *one.also_breaks)}
    assert named - CLIENT_RULES == {ANY}


def test_an_adapter_that_is_not_there_is_named() -> None:
    """So is a folder without any."""
    with pytest.raises(UnknownSubject, match="is called faulty:no-such-fault"):
        client_subjects(FOLDER, faults=("no-such-fault",))
    with pytest.raises(UnknownSubject, match="has no adapters: run this in a checkout"):
        client_subjects(FOLDER / "runtime")


@pytest.mark.parametrize("text", ["command = ['a']", "command = ['a']\nexpect = 'good'", "command = ["])
def test_an_adapter_that_does_not_say_what_is_right_is_named(tmp_path: Path, text: str) -> None:
    """With its file."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adapter.toml").write_text(text, "utf-8")
    with pytest.raises(UnknownSubject, match=r"mine.adapter\.toml: "):
        client_subjects(tmp_path)


def test_who_is_waited_for_is_judged_beside_the_others() -> None:
    """The longest first, each once, by workers of their own."""
    some = client_subjects(FOLDER, only=("null:exit-*", "null:garbage", "null:wrong-id"))
    waits_s = {"null:exit-0": 1.0, "null:garbage": 2.0}
    subjects = [replace(one, waits_s=waits_s.get(one.name, 0.0)) for one in some]
    judged = [trial.subject.name for trial in tried(Role.CLIENT, subjects, 1)]
    assert sorted(judged) == ["null:exit-0", "null:exit-1", "null:garbage", "null:wrong-id"]
    assert judged.index("null:garbage") < judged.index("null:exit-0")


def test_the_command_proves_a_fault(tmp_path: Path) -> None:
    """It is caught by its rule and by no other, and what is no client earns nothing."""
    options = ["--role=client", f"--adapters={FOLDER}", "--fault=lowers-scheme", "--only=null:ok-to-all"]
    ended = synq_conformance(
        "calibrate", *options, folder=tmp_path, environ={"SYNQ_ADAPTER_ENVS": str(tmp_path / "envs")}
    )
    assert ended.code == 0, ended.out + ended.err
    kept = json.loads((tmp_path / "reports" / "calibration-client.json").read_text("utf-8"))
    assert kept["proven"] is True
    found = {trial["subject"]["name"]: set(trial["outcomes"].values()) for trial in kept["trials"]}
    assert found == {"faulty:lowers-scheme": {"passed", "failed"}, "null:ok-to-all": {"not-assessed"}}
    assert "lowers-scheme" in (tmp_path / "reports" / "calibration-client.html").read_text("utf-8")


def test_the_command_says_what_is_not_proven(tmp_path: Path) -> None:
    """A client that breaks a rule which it does not declare is a problem, and exit 1."""
    folder = tmp_path / "adapters" / "other"
    folder.mkdir(parents=True)
    serve = [str(FOLDER / "runtime" / "python" / "serve.py"), "faults:make", "lowers-scheme"]
    words = json.dumps(["sh", "-c", 'cd "$0" && exec python3 "$@"', str(FOLDER / "faulty"), *serve])
    text = f'name = "other"\nlanguage = "python"\nexpect = "conformant"\ncommand = {words}\n'
    (folder / "adapter.toml").write_text(text, "utf-8")
    options = ["--role=client", f"--adapters={folder.parent}"]
    ended = synq_conformance(
        "calibrate", *options, folder=tmp_path, environ={"SYNQ_ADAPTER_ENVS": str(tmp_path / "envs")}
    )
    assert ended.code == 1, ended.out + ended.err
    assert "other: is caught by three-headers as well" in ended.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--role=client"], "has no adapters", id="not-in-a-checkout"),
        pytest.param(["--role=client", f"--adapters={FOLDER}", "--fault=x"], "called faulty:x", id="no-such-fault"),
        pytest.param(["--only=x"], "--only is for --role client", id="only-for-servers"),
        pytest.param(["--fault=x"], "unknown fault", id="no-such-server-fault"),
    ],
)
def test_wrong_usage_ends_in_2(tmp_path: Path, options: list[str], says: str) -> None:
    """With a message that says what to do."""
    ended = synq_conformance("calibrate", *options, folder=tmp_path)
    assert ended.code == 2
    assert says in ended.err

"""What a calibration proves and what it does not: each way to fall short is a problem, in words that help."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from conformance.calibrate.matrix import CalibrationMatrix, Found, Trial, as_data, judge_trials, problems_of, spread_of
from conformance.calibrate.page import render_calibration
from conformance.calibrate.progress import LINES, CalibrationProgress
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.contract.rules import Level, Role
from conformance.contract.rules import load_contract as contract
from conformance.results.data import Outcome

PASSED, FAILED, OPEN, ERROR = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.ERROR
ONE, OTHER, SOFT = "token-expired", "token-revoked", "expiry-leeway-minute"
RULES = tuple(rule for rule in contract().of(Role.SERVER) if rule.id in {ONE, OTHER, SOFT})


def trial(kind: Kind, subject: CalibrationSubject | None = None, **outcomes: Outcome) -> Trial:
    """A subject for which the one rule, the other and the soft one came out like this; passed if nothing is said."""
    came_to = {ONE: PASSED, OTHER: PASSED, SOFT: PASSED}
    came_to |= {{"one": ONE, "other": OTHER, "soft": SOFT}[name]: outcome for name, outcome in outcomes.items()}
    found = {rule: Found(30, 3) for rule, outcome in came_to.items() if outcome is FAILED}
    reasons = {rule: "<so it was>" for rule, outcome in came_to.items() if outcome is not PASSED}
    return Trial(subject or CalibrationSubject("it", kind), came_to, reasons, found, 100, 0.5)


def fault(*also_breaks: str, name: str = "bent", rule: str = ONE) -> CalibrationSubject:
    """A fault that declares to break this rule."""
    return CalibrationSubject(name, Kind.FAULT, (rule,), also_breaks, doc="It is bent.")


def tried(*trials: Trial, whole: bool = False) -> CalibrationMatrix:
    """The matrix of these trials."""
    return judge_trials(RULES, trials, problems_of, whole=whole)


COMPLETE = (
    trial(Kind.REFERENCE),
    trial(Kind.FAULT, fault(), one=FAILED),
    trial(Kind.FAULT, fault(SOFT, name="bent-too", rule=OTHER), other=FAILED, soft=FAILED),
    trial(Kind.FAULT, fault(name="bent-softly", rule=SOFT), soft=FAILED, one=OPEN),
    trial(Kind.DEGENERATE, one=FAILED, other=OPEN),
)


def test_a_complete_calibration_is_proven() -> None:
    """The reference is clean, each fault is caught by its rule, degenerate targets pass no required rule."""
    result = tried(*COMPLETE, whole=True)
    assert result.problems == ()
    assert result.proven


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param(
            trial(Kind.FAULT, fault()), f"bent: is not caught by {ONE}, which is passed", id="missed"
        ),
        pytest.param(
            trial(Kind.FAULT, fault(), one=OPEN), f"bent: is not caught by {ONE}, which is not-assessed (<so it was>)",
            id="missed-for-it-was-not-judged",
        ),
        pytest.param(
            trial(Kind.FAULT, fault(rule="no-such-rule")), "bent: is not caught by no-such-rule, which is unknown",
            id="a-rule-that-there-is-not",
        ),
        pytest.param(
            trial(Kind.FAULT, fault(), one=FAILED, other=FAILED), f"bent: is caught by {OTHER} as well: <so it was>",
            id="caught-by-an-unrelated-rule",
        ),
        pytest.param(
            trial(Kind.FAULT, fault(ONE, rule=SOFT), soft=FAILED, one=FAILED),
            f"bent: breaks no required rule, but {ONE} fails: <so it was>", id="too-heavy-for-its-level",
        ),
        pytest.param(
            trial(Kind.FAULT, fault(OTHER), one=FAILED),
            f"bent: {OTHER} does not follow from it: take it out of its also_breaks", id="idle-consequence",
        ),
        pytest.param(
            trial(Kind.FAULT, fault(), one=FAILED, other=ERROR), f"bent: {OTHER} ended in an error: <so it was>",
            id="error",
        ),
        pytest.param(trial(Kind.REFERENCE, one=FAILED), f"it: {ONE} fails: <so it was>", id="false-alarm"),
        pytest.param(trial(Kind.REFERENCE, soft=FAILED), f"it: {SOFT} fails: <so it was>", id="alarm-of-hardening"),
        pytest.param(
            trial(Kind.REFERENCE, CalibrationSubject("it", Kind.REFERENCE, socket=True), one=OPEN),
            f"it: {ONE} is not assessed: <so it was>", id="honest-and-not-assessed-where-all-could-be",
        ),
        pytest.param(
            trial(Kind.DEGENERATE, one=FAILED),
            f"it: passes {OTHER} although it knows nothing of the contract",
            id="degenerate",
        ),
    ],
)  # fmt: skip
def test_whatever_falls_short_is_not_proven(wrong: Trial, says: str) -> None:
    """The problem names who and which rule."""
    result = tried(wrong)
    assert not result.proven
    assert says in result.problems


def test_a_null_target_may_pass_what_is_not_required() -> None:
    """That no answer is a 500 is true of one that always answers 401."""
    assert {rule.id for rule in RULES if rule.level is not Level.REQUIRED} == {SOFT}
    assert tried(trial(Kind.DEGENERATE, one=OPEN, other=FAILED)).proven


def test_a_rule_without_a_fault_is_missed_and_it_is_said_where_one_goes() -> None:
    """Only if the whole is judged: a run of some faults is not asked for more."""
    some = [one for one in COMPLETE if one.subject.name != "bent-too"]
    assert tried(*some).problems == tried(*COMPLETE).problems
    assert tried(*some, whole=True).problems[-1] == (
        f"{OTHER}: no fault breaks it, so it was never seen to fail; "
        f"add a function with @fault('{OTHER}') to a module of conformance/mock/faults"
    )


def test_it_is_said_how_soon_faults_are_found() -> None:
    """In exchanges of the rule's own, for each and in the median."""
    result = tried(*COMPLETE)
    assert spread_of(result) == "3 in the median, 3 at most"
    assert spread_of(tried(trial(Kind.REFERENCE))) == "none was caught"
    data = as_data(result, 1.23)
    assert [one["found"].get(ONE) for one in data["trials"] if one["subject"]["name"] == "bent"] == [
        {"in_run": 30, "in_rule": 3}
    ]
    assert {rule["id"]: rule["faults"] for rule in data["rules"]} == {
        ONE: ("bent",), OTHER: ("bent-too",), SOFT: ("bent-softly",)
    }  # fmt: skip


# ------------------------------------------------------------------ the page


def _page(trials: Iterable[Trial] = COMPLETE) -> str:
    return render_calibration(tried(*trials, whole=True), 12.3)


def test_the_page_loads_nothing_and_shows_all() -> None:
    """Every rule, every subject, every fault with its sentence; in one file, without a script."""
    page = _page()
    assert re.findall(r"src=|href=\"[^#]|@import|url\(|<script", page) == []
    assert [rule.id for rule in RULES if f'id="{rule.id}"' not in page] == []
    assert [one.subject.name for one in COMPLETE if one.subject.name not in page] == []
    assert "It is bent." in page
    assert "breaks as well: expiry-leeway-minute" in page


def test_the_page_repeats_nothing_as_markup() -> None:
    """What a target said is text."""
    assert "<so it was>" not in _page()
    assert "&lt;so it was&gt;" in _page()


def test_the_page_says_what_is_wrong() -> None:
    """The verdict, the problems, and the rule that was never seen to fail."""
    page = _page(COMPLETE[:2])
    assert "<h1>Not proven</h1>" in page
    assert "so it was never seen to fail" in page
    assert "<h1>Proven</h1>" in _page()


@pytest.mark.parametrize(
    ("kind", "outcome", "meaning"),
    [
        (Kind.REFERENCE, PASSED, "held"),
        (Kind.REFERENCE, FAILED, "wrong"),
        (Kind.REFERENCE, OPEN, "open"),
        (Kind.REFERENCE, ERROR, "wrong"),
        (Kind.FAULT, FAILED, "caught"),
        (Kind.FAULT, PASSED, "wrong"),
        (Kind.FAULT, OPEN, "wrong"),
        (Kind.DEGENERATE, FAILED, "consequence"),
        (Kind.DEGENERATE, OPEN, "open"),
        (Kind.DEGENERATE, PASSED, "wrong"),
    ],
)
def test_a_cell_means_what_is_due_of_its_subject(kind: Kind, outcome: Outcome, meaning: str) -> None:
    """The same outcome is right of one and wrong of another."""
    subject = fault() if kind is Kind.FAULT else CalibrationSubject("it", kind)
    page = _page([trial(kind, subject, one=outcome)])
    (row,) = (line for line in page.splitlines() if line.startswith("<tr>") and f">{ONE}</th>" in line)
    assert re.findall(r'<td class="(\w+)"', row) == [meaning]


# ------------------------------------------------------------------ progress


def test_a_course_without_a_terminal_is_a_few_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """How many are judged and how long the rest will take, whatever their number; problems at once."""
    with CalibrationProgress(1000) as progress:
        for number in range(1000):
            progress.judged(f"s-{number}", ["is\nwrong"] if number == 7 else [])
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[:2] == ["judging 1000 in all", "✗ s-7: is wrong"]
    assert len(lines) == LINES + 2
    assert re.fullmatch(r"50 of 1000 judged, \d+ s so far, about \d+ s left", lines[2])

"""Right servers that do it in their own way: no false alarm, no empty pass."""

from __future__ import annotations

import pytest

from conformance.calibrate.matrix import Trial
from conformance.calibrate.processes import tried
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.contract.rules import Role
from conformance.mock.variants import VARIANTS
from conformance.results.data import Outcome

REFERENCE = "reference"


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    """What the suite finds of the reference, and of each right way besides."""
    subjects = [CalibrationSubject(name, Kind.REFERENCE) for name in (REFERENCE, *VARIANTS)]
    return {one.subject.name: one for one in tried(Role.SERVER, subjects, 1)}


@pytest.mark.parametrize("name", VARIANTS)
def test_another_right_way_breaks_no_rule(name: str, trials: dict[str, Trial]) -> None:
    """The guide leaves open what a sign-in or a revocation does to the account's other tokens, and much else."""
    trial = trials[name]
    assert {rule: trial.reasons[rule] for rule in (*trial.having(Outcome.FAILED), *trial.having(Outcome.ERROR))} == {}


WHOLE = (
    "few-sessions",
    "one-session-by-time",
    "revokes-all",
    "unique-names",
    "dated-products",
    "bare-sign-in",
    "respelled-names",
    "shared-products",
    "upserted-products",
)


@pytest.mark.parametrize("name", WHOLE)
def test_another_right_way_leaves_nothing_open(name: str, trials: dict[str, Trial]) -> None:
    """What can be judged of the reference can be judged of these, too."""
    assert set(trials[name].open) == set(trials[REFERENCE].open)


@pytest.mark.parametrize("name", ["one-session", "own-ids"])
def test_what_no_key_shows_is_left_open(name: str, trials: dict[str, Trial]) -> None:
    """A target that takes only what it issued refuses all that the suite signs: that is no verdict on what is in it."""
    trial = trials[name]
    left = set(trial.open) - set(trials[REFERENCE].open)
    assert {"claim-types", "claim-range", "crit-unknown", "issued-in-future"} <= left
    assert all("(keys.signing): what this one signed is answered 401" in trial.reasons[rule] for rule in left)


OF_WRONG_SIGN_INS = {
    "password-exact",
    "password-loose",
    "secrets-not-echoed",
    "sign-in-refused",
    "sign-in-refused-status",
    "sign-in-tells-nothing",
    "sign-in-timing",
}


def test_wrong_sign_ins_come_last_so_that_a_lock_leaves_only_them_open(trials: dict[str, Trial]) -> None:
    """An account that is locked after some of them was needed by nothing else any more, and the reason names it."""
    trial = trials["locks-account"]
    left = set(trial.open) - set(trials[REFERENCE].open)
    assert {rule: trial.reasons[rule] for rule in left - OF_WRONG_SIGN_INS} == {}
    assert "password-exact" in left
    assert all("the target may lock the account" in trial.reasons[rule] for rule in left)

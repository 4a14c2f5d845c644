"""A run whose controls are refused all of a sudden finds out why: it signs in again and goes on, or it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.contract.durations import HOUR_S
from conformance.http.message import Response
from conformance.http.patience import OUTAGE_PAUSES_S, VAIN_WAITS
from conformance.mock.call import Call, Refused, Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.tokens import Material, aged, decode, expires_at

RULES = ("documented-request", "headers-missing", "authorization-scheme", "token-before-scope")
"""In the order in which they are judged; none has generated inputs, whose number may change."""
HEALTHY = 40
"""Requests after which the target changes: enough for a rule or two, and far from all."""
FIND_OUT = 12
"""Requests that a process may need to find out why its controls are refused."""
SIGN_IN = "/api/v1/auth/sign-in"


@dataclass
class Deployment:
    """A Synq on a port, what it was asked, and its profile."""

    synq: Synq
    profile: dict[str, Any]
    asked: list[Call] = field(default_factory=list)
    healthy: int = 0
    """How many requests came before it changed."""

    @property
    def token(self) -> str:
        """The supplied one."""
        return str(self.profile["tokens"]["valid"])

    def let_token_live(self, seconds: int) -> None:
        """Supply one that ends so soon."""
        material = Material(valid=self.token, signing=self.profile["keys"]["signing"], now=time.time())
        self.profile["tokens"]["valid"] = aged(material, HOUR_S - seconds)

    @property
    def asked_since(self) -> int:
        return len(self.asked) - self.healthy

    @property
    def sign_ins(self) -> int:
        return sum(call.request.target == SIGN_IN for call in self.asked)


Change = Callable[[Deployment, Call], Response | None]
"""What the target does with a request once it has changed; None to answer as always."""


@contextmanager
def changing(change: Change, *, after: int = HEALTHY, faults: tuple[str, ...] = ()) -> Iterator[Deployment]:
    """A Synq that changes after so many requests."""
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    deployment = Deployment(synq, {})
    answer = synq.steps.answer

    def changed(call: Call) -> Response:
        deployment.asked.append(call)
        if len(deployment.asked) <= after:
            deployment.healthy += 1
            return answer(call)
        return change(deployment, call) or answer(call)

    synq.steps = replace(synq.steps, answer=changed)
    with serve(synq) as running:
        deployment.profile |= describe(synq, running.base_url)
        yield deployment


def run(
    deployment: Deployment, folder: Path, *more: str, sign_in: bool, rules: tuple[str, ...] = RULES, **limits: float
) -> tuple[Ended, Any]:
    """Check it with a token, and with an account if it may sign in; how the command ended, and the report."""
    tables = ("target", "scope", "tokens", "probe") + (("sign_in",) if sign_in else ())
    profile = {name: deployment.profile[name] for name in tables} | {"limits": limits}
    profile["tokens"] = {"valid": deployment.token}
    (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
    chosen = [word for rule in rules for word in ("--rule", rule)]
    ended = synq_conformance("server", "--profile", "profile.toml", "--depth", "quick", *chosen, *more, folder=folder)
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


def outcomes(report: Any) -> dict[str, str]:  # noqa: ANN401 # parsed JSON
    return {rule["id"]: rule["outcome"] for rule in report["rules"]}


def refusing(status: int, *, sign_in: bool = False) -> Change:
    """Everything is answered so; signing in as always, if it may."""
    body = (("Content-Type", "application/json"),), b"{}"
    return lambda _deployment, call: None if sign_in and call.request.target == SIGN_IN else Response(status, *body)


def revoking(deployment: Deployment, _call: Call) -> None:
    """The supplied token is revoked, and no other."""
    parts = decode(deployment.token)
    assert parts is not None
    deployment.synq.revoked.add(str(parts.claims["jti"]))


def test_a_token_that_expires_while_the_run_goes_on_ends_it(tmp_path: Path) -> None:
    """With the cause and what to do, with a bounded number of requests, and with exit 3."""

    def out_of_time(deployment: Deployment, _call: Call) -> None:
        time.sleep(max(0.0, (expires_at(deployment.token) or 0) - time.time() + 0.1))

    with changing(out_of_time) as deployment:
        deployment.let_token_live(20)
        ended, report = run(deployment, tmp_path, sign_in=False, timeout_s=30)
    assert (ended.code, report["verdict"]) == (3, "not-assessed"), ended.out + ended.err
    assert "the token expired at" in report["run"]["cut_short"]
    assert "add [sign_in] to the profile" in report["run"]["cut_short"]
    assert "the token expired at" in " ".join(ended.out.split())
    assert deployment.asked_since <= FIND_OUT
    assert outcomes(report)["token-before-scope"] == "partly-assessed"


def test_a_token_that_is_refused_before_its_time_is_replaced(tmp_path: Path) -> None:
    """The run signs in again, judges the case again that was under way, and comes to its end as if nothing were."""
    with changing(revoking) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=True)
    assert (ended.code, report["verdict"]) == (0, "conformant-as-assessed"), ended.out + ended.err
    assert set(outcomes(report).values()) == {"passed"}
    assert (report["run"]["cut_short"], deployment.sign_ins) == (None, 1)


def test_a_token_that_is_refused_before_its_time_ends_a_run_that_cannot_sign_in(tmp_path: Path) -> None:
    """What was judged by then is told, what was not is not assessed, and nothing is asked any more."""
    with changing(revoking) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=False)
    assert (ended.code, report["verdict"]) == (3, "not-assessed"), ended.out + ended.err
    assert "the token has not expired" in report["run"]["cut_short"]
    assert "whether it was revoked" in report["run"]["cut_short"]
    assert deployment.asked_since <= FIND_OUT
    assert outcomes(report)["documented-request"] == "passed"
    assert outcomes(report)["token-before-scope"] == "partly-assessed"
    (reason,) = {rule["reason"] for rule in report["rules"] if rule["outcome"] == "partly-assessed"}
    assert reason == report["run"]["cut_short"]


def test_a_run_that_ends_among_generated_requests_ends_like_any_other(tmp_path: Path) -> None:
    """What Hypothesis calls flaky there is the end of the run, and no error of the suite."""
    with changing(revoking, after=12) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=False, rules=("tenant-malformed",))
    assert (ended.code, outcomes(report)) == (3, {"tenant-malformed": "partly-assessed"}), ended.out + ended.err
    assert {check["reason"] for check in report["rules"][0]["checks"]} <= {report["run"]["cut_short"], None}
    assert deployment.asked_since <= FIND_OUT


@pytest.mark.parametrize(
    ("status", "sign_in"),
    [
        pytest.param(401, True, id="401-with-sign-in"),
        pytest.param(403, False, id="403-without"),
        pytest.param(429, False, id="429-without"),
    ],
)
def test_a_target_that_refuses_everything_ends_the_run(tmp_path: Path, status: int, sign_in: bool) -> None:
    """Whether the run can sign in or not: signing in is refused as well."""
    with changing(refusing(status)) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=sign_in)
    assert (ended.code, report["verdict"]) == (3, "not-assessed"), ended.out + ended.err
    assert f"is answered {status} now" in report["run"]["cut_short"]
    if sign_in:
        assert f"signing in again was answered {status}" in report["run"]["cut_short"]
    waits = VAIN_WAITS * len(OUTAGE_PAUSES_S) if status == 429 else 0
    assert deployment.asked_since <= FIND_OUT + waits


def test_a_new_token_that_is_refused_as_well_is_not_the_cause(tmp_path: Path) -> None:
    """The run says that it is something else, such as a gateway that blocks the machine."""
    with changing(refusing(403, sign_in=True)) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=True)
    assert ended.code == 3
    assert "so it is not the token" in report["run"]["cut_short"]
    assert deployment.asked_since <= FIND_OUT


def test_every_worker_finds_out_for_itself(tmp_path: Path) -> None:
    """And the cause gets from one of them into the report."""
    with changing(refusing(401)) as deployment:
        ended, report = run(deployment, tmp_path, "-n", "2", sign_in=False)
    assert (ended.code, report["verdict"]) == (3, "not-assessed"), ended.out + ended.err
    assert "is answered 401 now" in report["run"]["cut_short"]
    assert deployment.asked_since <= 2 * FIND_OUT


def test_workers_sign_in_again_and_go_on(tmp_path: Path) -> None:
    """Each for itself."""
    with changing(revoking) as deployment:
        ended, report = run(deployment, tmp_path, "-n", "2", sign_in=True)
    assert (ended.code, set(outcomes(report).values())) == (0, {"passed"}), ended.out + ended.err
    assert deployment.sign_ins <= 2


def test_a_breach_that_was_seen_before_stays_one(tmp_path: Path) -> None:
    """The exit code is 1, and the report says that the run ended early as well."""
    with changing(refusing(401), after=38, faults=("request-without-any-header-served",)) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=False, rules=RULES[:3])
    assert (ended.code, report["verdict"]) == (1, "not-conformant"), ended.out + ended.err
    assert "is answered 401 now" in report["run"]["cut_short"]
    assert "the run ended early" in ended.out.replace("\n", " ")


def test_a_refusal_that_passes_by_changes_nothing(tmp_path: Path) -> None:
    """The case that was under way is judged again."""

    def for_a_while(deployment: Deployment, call: Call) -> Response | None:
        return refusing(401)(deployment, call) if deployment.asked_since <= 2 else None

    with changing(for_a_while) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=False)
    assert (ended.code, set(outcomes(report).values())) == (0, {"passed"}), ended.out + ended.err


def test_a_target_that_breaks_down_ends_the_run(tmp_path: Path) -> None:
    """A 500 to everything: no rule that was selected forbids it, and none passes by it."""
    with changing(refusing(500)) as deployment:
        ended, report = run(deployment, tmp_path, sign_in=False)
    assert (ended.code, report["verdict"]) == (3, "not-assessed"), ended.out + ended.err
    assert "the target stopped answering" in report["run"]["cut_short"]
    assert "the case that was under way is judged alone by: synq-conformance server" in report["run"]["cut_short"]
    assert deployment.asked_since <= FIND_OUT


def test_an_account_that_cannot_sign_in_again_uses_its_token_to_the_end(tmp_path: Path) -> None:
    """A token that would be replaced ahead of its end is good until then, and no other is asked for."""

    def locked(_deployment: Deployment, call: Call) -> Response | None:
        is_sign_in = call.request.target == SIGN_IN
        return call.steps.refuse(call, Refused(403, "The account is locked.")) if is_sign_in else None

    with changing(locked, after=0) as deployment:
        deployment.let_token_live(58)
        ended, report = run(deployment, tmp_path, sign_in=True, rules=("headers-missing",))
    assert (ended.code, set(outcomes(report).values())) == (0, {"passed"}), ended.out + ended.err
    assert deployment.sign_ins == 2, "one before the run, and one in it"

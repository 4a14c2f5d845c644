"""What stands before a target and answers in its place: firewalls, portals, bans, content delivery networks.

A right server behind it is never called broken, a broken one is found, and the cause of what is not judged is named.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance.http.message import Response
from conformance.mock.call import Call
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.bad_day.test_ways import Answered, Way, check

PAGE = (("Content-Type", "text/html"),)
LIKE_AN_ATTACK = re.compile(r"\.\./|union|select|<script|/etc/passwd|'|%00|\$\(|`|%2e%2e", re.IGNORECASE)


@dataclass(frozen=True)
class Front:
    """What stands in front, and how a run ends on a right server behind it."""

    around: Callable[[Answered], Answered]
    code: int = 0
    says: str = ""
    """In the report's reasons, or in the cause why the run ended early."""
    may_be_flaky: bool = False
    """Whether a change that was seen once may be told as that, which is exit code 3."""


def firewall(status: int) -> Callable[[Answered], Answered]:
    """Refuses what looks like an attack, wherever it stands."""

    def around(answered: Answered) -> Answered:
        def answer(call: Call) -> Response:
            texts = [call.request.target, *(value for _, value in call.request.headers)]
            if any(LIKE_AN_ATTACK.search(text) for text in texts):
                return Response(status, PAGE, b"<html>Just a moment</html>")
            return answered(call)

        return answer

    return around


def now_and_then(share: float, *statuses: int) -> Callable[[Answered], Answered]:
    """Gives so many requests a page of its own."""
    drawn = random.Random(1)  # noqa: S311 - a test draws again what it drew before

    def around(answered: Answered) -> Answered:
        def answer(call: Call) -> Response:
            if drawn.random() < share:
                return Response(drawn.choice(statuses), PAGE, b"<html>Bad Gateway</html>")
            return answered(call)

        return answer

    return around


def after(number: int, response: Response, *, for_s: float = 3600.0) -> Callable[[Answered], Answered]:
    """Answers everything by itself once so many requests were made, for a while."""

    def around(answered: Answered) -> Answered:
        asked, ends = 0, 0.0

        def answer(call: Call) -> Response:
            nonlocal asked, ends
            asked += 1
            if asked == number:
                ends = time.monotonic() + for_s
            return response if asked >= number and time.monotonic() < ends else answered(call)

        return answer

    return around


def banning(refusals: int, seconds: float) -> Callable[[Answered], Answered]:
    """Blocks a caller that was refused so often, for a while."""

    def around(answered: Answered) -> Answered:
        refused, until = 0, 0.0

        def answer(call: Call) -> Response:
            nonlocal refused, until
            if time.monotonic() < until:
                return Response(403, PAGE, b"<html>Forbidden</html>")
            plain = answered(call)
            refused += plain.status == 401
            if refused >= refusals:
                refused, until = 0, time.monotonic() + seconds
            return plain

        return answer

    return around


PORTAL = Response(200, PAGE, b"<html><form action=/login></form></html>")
MOVED = Response(302, (("Location", "https://login.example/"),))
FRONTS = {
    "firewall-403": Front(firewall(403)),
    "firewall-200": Front(firewall(200), says="refuses the text as such"),
    "firewall-503": Front(firewall(503), says="refuses the text as such"),
    "pages-with-200": Front(now_and_then(0.01, 200), says="rightly when asked again", may_be_flaky=True),
    "content-delivery-network": Front(now_and_then(0.02, 520, 521, 522, 523, 524, 525, 530)),
    "unfinished-408": Front(now_and_then(0.02, 408)),
    "maintenance-for-2-s": Front(after(1500, PORTAL, for_s=2.0)),
    "portal": Front(after(1000, PORTAL), 3, "a portal, a login or a maintenance page"),
    "portal-elsewhere": Front(after(1000, MOVED), 3, "a portal, a login or a maintenance page"),
    "proxy-forgets-who-asks": Front(after(1000, Response(407, PAGE)), 3, "the proxy no longer knows who asks"),
    "short-bans": Front(banning(400, 2.0)),
    "long-ban": Front(banning(300, 60.0), 3, "what stands before the target blocks this machine"),
}


@pytest.mark.parametrize("name", FRONTS)
def test_a_right_server_is_never_called_broken(name: str, tmp_path: Path) -> None:
    """Nothing fails; what is open says what stood in the way."""
    front, synq = FRONTS[name], create()
    synq.steps = replace(synq.steps, answer=front.around(synq.steps.answer))
    with serve(synq) as running:
        ended, report = check(synq, Way(running.base_url), tmp_path, "--depth", "quick")
    outcomes = {rule["id"]: (rule["outcome"], rule["reason"]) for rule in report["rules"]}
    wrong = {name: said for name, said in outcomes.items() if said[0] in ("failed", "flaky", "error")}
    if front.may_be_flaky and wrong:
        assert ({outcome for outcome, _ in wrong.values()}, ended.code) == ({"flaky"}, 3), wrong
    else:
        assert (wrong, ended.code) == ({}, front.code)
    assert any(front.says in (reason or "") for _, reason in outcomes.values())


@pytest.mark.parametrize("name", [name for name, front in FRONTS.items() if front.code == 0])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("role-unchecked", "role-forbidden"),
        ("missing-authorization-forbidden", "authorization-missing"),
        ("bad-token-forbidden", "token-malformed"),
    ],
)
def test_a_broken_server_is_found_behind_it(name: str, fault: str, rule: str, tmp_path: Path) -> None:
    """What opens, and what only answers another refusal than the guide names."""
    synq = create()
    apply_fault(synq, fault)
    synq.steps = replace(synq.steps, answer=FRONTS[name].around(synq.steps.answer))
    with serve(synq) as running:
        ended, report = check(
            synq, Way(running.base_url), tmp_path, "--depth", "quick", "--rule", "documented-request", "--rule", rule
        )
    outcomes = {one["id"]: one["outcome"] for one in report["rules"]}
    assert (ended.code, outcomes[rule]) == (1, "failed")

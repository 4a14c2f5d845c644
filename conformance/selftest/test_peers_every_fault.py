"""Every fault before two tools: one that draws by a seed need not be run where each answer is the right one."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from conformance.http.message import Request
from conformance.mock import world
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.reply import reply
from conformance.mock.routes import PRODUCTS, SIGN_IN
from conformance.mock.state import create
from conformance.selftest.peers.answers import Asked, first_other_answer, keeping
from conformance.selftest.peers.page import every_fault_section


def asked_in_short() -> Asked:
    """The list with a token, without one, a sign-in, a write, the list once more when the hour is over."""
    asked, synq = Asked(), create()
    profile = describe(synq, "http://127.0.0.1")
    keeping(asked)(synq)
    scope = (("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG))
    fields = (("Authorization", f"Bearer {profile['tokens']['valid']}"), *scope)
    account = {"email": world.EDITOR, "password": world.PASSWORDS[world.EDITOR]}
    typed = ("Content-Type", "application/json")
    reply(synq, Request("GET", PRODUCTS, fields))
    reply(synq, Request("GET", PRODUCTS, scope))
    reply(synq, Request("POST", SIGN_IN, (typed,), json.dumps(account).encode()))
    reply(synq, Request("POST", PRODUCTS, (*fields, typed), b'{"name": "a product"}'))
    synq.clock.advance(4000)
    reply(synq, Request("GET", PRODUCTS, fields))
    return asked


def test_what_was_asked_is_kept_with_its_answers() -> None:
    """In its order."""
    assert [one.answer.status for one in asked_in_short().requests] == [200, 401, 200, 201, 401]


def unchanged(_synq: Synq) -> None:
    """The right server."""


@pytest.mark.parametrize(
    ("change", "number"),
    [
        pytest.param(unchanged, None, id="the-right-server"),
        pytest.param(partial(apply_fault, name="alg-none-accepted"), None, id="a-token-that-was-not-sent"),
        pytest.param(partial(apply_fault, name="missing-authorization-accepted"), 2, id="another-status"),
        pytest.param(partial(apply_fault, name="challenge-missing"), 2, id="another-header"),
        pytest.param(partial(apply_fault, name="expired-accepted-for-another-hour"), 5, id="at-another-time"),
    ],
)
def test_the_first_other_answer_is_told(change: Any, number: int | None) -> None:  # noqa: ANN401 - any change
    """Tokens have an id of their own in each answer, and that is no difference."""
    assert first_other_answer(asked_in_short(), change) == number


def test_a_server_that_breaks_answers_otherwise() -> None:
    """Whatever it breaks with."""

    def broken(synq: Synq) -> None:
        synq.products = {}

    assert first_other_answer(asked_in_short(), broken) == 1


def trial(requests: int | None) -> dict[str, Any]:
    """What a tool made of a fault that it saw after so many requests; None if it did not."""
    sent = requests or 5000
    found = requests is not None
    return {"found": found, "said": "a failure" if found else "", "requests": sent, "seconds": sent / 100}


def test_the_page_counts_what_each_tool_sees() -> None:
    """And has a row for each fault that the other tool sees."""
    seen = {"both": (700, 100), "ours-later": (300, 900), "theirs": (200, None)}
    unseen = {"fault": "not-theirs", "schemathesis": trial(None), "suite": None}
    faults = [{"fault": name, "schemathesis": trial(one), "suite": trial(two)} for name, (one, two) in seen.items()]
    counts = {"cores": 2, "tried": 50, "asked": 1942}
    data = {"date": "2026-01-02", "schemathesis": "4", "faults": [*faults, unseen], **counts}
    shown = " ".join(every_fault_section(data).split())
    assert "Of 50 faults" in shown
    assert "Schemathesis sees 3. It draws by a seed, and sends 1,942 requests" in shown
    assert "46 faulty servers answer all of these as the right one does" in shown
    assert "run on the 4 others. This suite, with a whole profile, sees 2 of the 3, 1 of them after fewer" in shown
    assert "| `both` | a failure: 700 requests, 7.0 s | a failure: 100 requests, 1.0 s |" in shown
    assert "| `theirs` | a failure: 200 requests, 2.0 s | nothing: 5,000 requests, 50.0 s |" in shown
    assert "`not-theirs`" not in shown

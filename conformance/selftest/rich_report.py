"""A report with every outcome and every kind of malice, and its exchanges: what the golden files show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.contract import rules as contract
from conformance.contract.rules import Level, Role
from conformance.results.data import (
    CheckResult,
    ContractRef,
    Finding,
    OperationResult,
    Outcome,
    Report,
    RuleResult,
    Run,
    Subject,
)

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY
URL = "https://staging.synq.example"
READ = "/api/v1/pim/products"
HOSTILE = (
    "</pre></script><script>alert(document.domain)</script><img src=x onerror=alert(1)> {{ 7*7 }} ${jndi:x} ]]> "
    "```\n| a | b |\n# heading [link](https://evil.example) @everyone\r\n"
    "\x1b[2J\x1b]0;owned\x07\x00\x08 \u202egnp.exe \u2066 \ud800 \ufffe \U000e0041"
)
"""What a target may answer to hurt the reader of the report."""
CAUSE = "answers come from a cache that is asked before the token"
WAIVER = {"reason": "the gateway is replaced in March", "until": "2027-01-31", "ticket": "API-2117"}


def exchange(headers: dict[str, str], status: int | None, body: str = "", target: str = READ) -> dict[str, Any]:
    """An exchange as the record keeps it; no status is no answer."""
    answer = {"status": status, "headers": [["Content-Type", "application/json"]], "body": body}
    return {
        "request": {"method": "GET", "target": target, "headers": [list(one) for one in headers.items()], "body": ""},
        "response": None if status is None else answer,
        "failure": "timeout (no answer within 10 s)" if status is None else None,
        "duration_ms": 12.5,
    }


DOCUMENTED = {"Authorization": "Bearer $SYNQ_TOKEN", "X-Tenant-ID": "tnt_5v8wq2hd7c", "X-Org-ID": "org_k4m9x1rb6t"}
CONTROL = exchange(DOCUMENTED, 200, '{"items": [{"id": "1", "name": "Lamp"}]}')


def finding(summary: str, expected: tuple[int | str, ...], seen: dict[str, Any], case: str, why: str = "") -> Finding:
    """A finding whose command sends the same request again."""
    request, response = seen["request"], seen["response"]
    fields = "".join(f" -H '{name}: {value}'" for name, value in request["headers"])
    curl = f"curl -i --path-as-is {URL}{request['target']}{fields}".replace("$SYNQ_TOKEN", "'\"$SYNQ_TOKEN\"'")
    return Finding(summary, expected, response and response["status"], curl, seen, CONTROL, case, why or None)


def _lacking(*names: str) -> dict[str, Any]:
    return exchange({name: value for name, value in DOCUMENTED.items() if name not in names}, 200, '{"items": []}')


def _check(name: str, outcome: Outcome, cases: int, **case_outcomes: Outcome) -> CheckResult:
    return CheckResult(
        f"test_sample::{name}", outcome, cases, 2 * cases, case_outcomes=case_outcomes, duration_s=cases / 8
    )


def _results() -> dict[str, dict[str, Any]]:
    """What came out otherwise than passed, by rule."""
    unsigned = {**DOCUMENTED, "Authorization": "Bearer [token bd4d5a4d]"}
    headers = [
        finding(f"answered 200, without {' and '.join(names)}", (401, 403), _lacking(*names), "+".join(names))
        for names in (("X-Org-ID",), ("X-Tenant-ID", "X-Org-ID"))
    ]
    headers = [replace(one, cause=CAUSE) for one in headers]
    accepted = finding(
        "answered 200 to a token that declares itself unsigned",
        (401,),
        exchange(unsigned, 200, HOSTILE),
        "alg-none-mixed-case",
        "The header says alg nOnE, and the signature is empty: every writer of JSON can be any account.",
    )
    accepted = replace(accepted, cause=CAUSE)
    unanswered = exchange(unsigned, None, target=f"{READ}?{HOSTILE}")
    silent = finding(f"no answer, although {HOSTILE}", (401,), unanswered, HOSTILE)
    scheme = finding("answered 401 to the scheme bearer", ("2xx",), exchange(DOCUMENTED, 401), "bearer")
    unseen = "supply scope.other_org_id in the profile"
    return {
        "headers-missing": {
            "outcome": F, "reason": headers[0].summary, "findings": tuple(headers),
            "checks": (_check("lacking", F, 7, **{one.case or "": F for one in headers}),),
        },
        "alg-none": {
            "outcome": F, "reason": accepted.summary, "findings": (accepted, silent),
            "checks": (_check("unsigned", F, 8, **{"alg-none-mixed-case": F, HOSTILE: F}), _check("spelled", P, 4)),
        },
        "scheme-case": {
            "outcome": W, "reason": scheme.summary, "findings": (scheme,), "waiver": WAIVER,
            "checks": (_check("schemes", W, 3, bearer=F),),
        },
        "token-revoked": {
            "outcome": K, "reason": "repeated runs disagree: failed in 1, passed in 1",
            "checks": (_check("revoked", K, 2),),
        },
        "tenant-foreign": {"outcome": E, "reason": "ConnectError: the connection was refused"},
        "challenge-present": {
            "outcome": A, "reason": "the control was not accepted: GET /api/v1/pim/products got 403",
            "checks": (replace(_check("challenge", A, 3, other_scheme=N), left=1),),
        },
        "token-expired": {
            "reason": "an expired token: judged by a supplied token, not by a moved clock",
            "checks": (
                replace(_check("supplied", P, 1), shows="an expired token", means="a supplied token"),
                replace(_check("aged", N, 0, an_hour_ago=N), shows="an expired token", means="a moved clock"),
            ),
        },
        "org-foreign": {"outcome": N, "reason": unseen, "checks": (_check("foreign", N, 0, other=N),)},
    }  # fmt: skip


def a_rich_report(law: contract.Contract) -> Report:
    """A run at level standard that is not conformant, over the rules of this contract."""
    found = _results()
    rules = tuple(
        RuleResult(
            id=rule.id, role=rule.role, level=rule.level, title=rule.sentence, section=rule.section.title,
            **{"outcome": P, "checks": (_check("holds", P, 3),), **found.get(rule.id, {})},
        )
        for rule in law.rules
    )  # fmt: skip
    run = Run(
        started="2026-11-24T08:30:00+00:00", duration_s=9.14, seed=7, suite_version="1.0.0", exchanges=412,
        depth="standard", level=Level.STANDARD, statuses={"200": 160, "401": 190, "403": 61, "none": 1},
        latencies_ms={"1": 301, "2": 80, "5": 21, "50": 9, "inf": 1},
        generated={"header values": {"empty": 12, "blank": 9, "oversize": 4}},
        named_by=("--profile", "staging.toml"), clock="offset of the embedded server", notes=("merged from 2 runs",),
        operator="Ada Byron, platform team", pipeline="https://ci.example/acme/api/runs/411",
    )  # fmt: skip
    return Report(
        subject=Subject(Role.SERVER, "staging", URL),
        contract=ContractRef("1.0", len(rules), {level: sum(one.level is level for one in rules) for level in Level}),
        run=run,
        rules=rules,
        complaints=("waiver token-expired: stale, what it excuses passes; remove it",),
        operations=_operations(),
    )


def _operations() -> tuple[OperationResult, ...]:
    """Three operations: one is as it should be, one is not, and of one it is not known."""
    told = "set probe.writes = true in the profile"
    return (
        OperationResult(f"GET {READ}", {"headers-missing": P, "token-expired": P, "org-foreign": P}),
        OperationResult(
            f"DELETE {READ}/{{id}}", {"headers-missing": F, "token-expired": A, "org-foreign": N},
            {"headers-missing": "answered 204, although there is no Authorization", "token-expired": told},
        ),
        OperationResult(f"GET /{HOSTILE}", {}, {"headers-missing": f"the description is {HOSTILE}"}),
    )  # fmt: skip


def rich_exchanges(report: Report) -> Iterator[dict[str, Any]]:
    """The exchanges that such a run keeps."""
    found = [(rule.id, one) for rule in report.rules for one in rule.findings]
    for number, (rule_id, one) in enumerate(found):
        for part, seen in (("control", CONTROL), ("subject", one.exchange or {})):
            started = 1795509000.25 + number
            yield {"rule": rule_id, "case": f"test_sample[{one.case}]", "part": part, "started": started, **seen}

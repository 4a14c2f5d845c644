"""The lines that findings print, run as they are printed: whether each shows what its finding says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import tomli_w

from conformance.mock.describe import describe
from conformance.mock.faults import FAULTS, apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance

WITHIN_S = 600
PROFILE = "target.toml"
REPORTS = Path("reports")
NEVER_THE_SAME = {"date", "content-length"}
NUMBERS, NOTHING = re.compile(r"\d+"), re.compile(r"(?!)")
"""What is created has a new id each time, in its body and in Location; anything else comes again as it was."""

GROUPS: dict[str, tuple[str, ...]] = {
    "forged-tokens": (
        "alg-none-accepted", "unknown-algorithm-not-verified", "public-pem-taken-for-a-secret",
        "well-known-secret-in-use", "embedded-jwk-trusted", "key-set-url-trusted", "key-url-fetched-in-vain",
        "key-id-taken-for-a-path", "critical-extensions-ignored", "blank-ecdsa-signature-accepted",
        "fourth-segment-believed", "digits-taken-for-a-time", "token-without-expiry-accepted", "not-before-ignored",
        "issue-date-ignored", "issuer-ignored", "audience-ignored", "unknown-key-id-not-verified",
    ),
    "changed-tokens": (
        "json-serialization-accepted", "surplus-segments-ignored", "huge-token-breaks-the-server",
        "signature-spelled-loosely-accepted", "header-not-covered-by-the-signature", "unprovisioned-token-accepted",
        "refused-in-the-last-minutes", "old-token-handed-back", "expires-in-lies",
    ),
    "leeway": ("more-than-five-minutes-of-leeway", "more-than-a-minute-of-leeway"),
    "life": (
        "expiry-never-comes", "revocation-ignored", "verification-remembered-per-connection",
        "bad-token-trusted-on-a-good-connection", "new-token-refused-at-first",
    ),
    "headers": (
        "request-without-any-header-served", "missing-authorization-forbidden", "missing-tenant-bad-request",
        "missing-org-unauthorized", "missing-scope-defaulted", "malformed-tenant-bad-request",
        "malformed-org-bad-request", "quoted-token-accepted", "basic-scheme-accepted",
        "empty-scope-accepted", "scheme-matched-exactly",
    ),
    "duplicates": ("first-duplicate-checked-last-served",),
    "two-values": ("any-good-tenant-suffices",),
    "doors": (
        "delete-needs-no-token", "head-needs-no-token", "dot-segments-open", "method-override-honoured",
        "token-in-cookie-accepted", "token-in-query-accepted", "token-in-form-accepted", "upgrade-open",
    ),
    "scope": (
        "tenant-unchecked", "org-of-the-tenant-unchecked", "org-of-another-tenant-accepted", "role-unchecked",
        "foreign-resource-given-out", "foreign-resource-not-found", "answers-crossed-under-load",
        "scope-judged-before-token",
    ),
    "writes": ("write-happens-although-refused", "first-duplicate-wins"),
    "sign-in": (
        "wrong-password-accepted", "unknown-user-told-by-status", "malformed-sign-in-breaks-the-server",
        "token-may-be-stored", "catalogue-cached-for-everybody", "sign-in-after-a-refusal-is-useless",
        "challenge-without-its-code",
    ),
    "errors": ("challenge-missing", "token-repeated-in-refusals", "broken-path-breaks-the-server"),
    "bodies": ("error-body-cut-off",),
    "challenges": ("code-without-credentials", "forbidden-calls-the-token-invalid", "file-path-shown"),
    "dying": ("dies-of-a-long-path",),
}  # fmt: skip
"""Faults that leave each other alone, served together."""
IN_PROCESS = ("field-names-matched-exactly", "head-has-a-body")
"""Faults that no server on a socket has: there HTTP's own library mends them."""
OF_TLS = ("old-tls-negotiated", "one-node-in-three-misnamed", "served-in-clear-as-well")
"""Faults that show on the door with TLS only, which the suite's own server has for its run."""


def others() -> dict[str, tuple[str, ...]]:
    """A fault for each rule that no group has one for."""
    covered = {FAULTS[name].rule for group in (*GROUPS.values(), IN_PROCESS, OF_TLS) for name in group}
    return {one.rule: (one.name,) for one in reversed(FAULTS.values()) if one.rule not in covered}


@dataclass(frozen=True, slots=True)
class Target:
    """An embedded Synq with faults, and a folder in which its profile lies."""

    faults: tuple[str, ...]
    folder: Path
    port: int
    environ: Mapping[str, str]


@contextmanager
def served(faults: tuple[str, ...], folder: Path, port: int = 0) -> Iterator[Target]:
    """Serve it, and write its profile: the variables that a line may use are those that the README names."""
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    with serve(synq, port) as running:
        profile = describe(synq, running.base_url)
        (folder / PROFILE).write_text(tomli_w.dumps(profile), "utf-8")
        yield Target(faults, folder, running.port, variables(profile))


def variables(profile: Mapping[str, Any]) -> dict[str, str]:
    """What a reader exports before a line is pasted."""
    tokens = {f"SYNQ_TOKEN_{name.upper()}": token for name, token in profile["tokens"].items()}
    return tokens | {
        "SYNQ_TOKEN": profile["tokens"]["valid"],
        "SYNQ_TENANT_ID": profile["scope"]["tenant_id"],
        "SYNQ_ORG_ID": profile["scope"]["org_id"],
        "SYNQ_EMAIL": profile["sign_in"]["email"],
        "SYNQ_PASSWORD": profile["sign_in"]["password"],
    }


def checked(target: Target, *arguments: str) -> Ended:
    """Run the suite on it."""
    rules = [f"--rule={rule}" for rule in dict.fromkeys(FAULTS[name].rule for name in target.faults)]
    return synq_conformance("server", *arguments, *rules, "--depth=quick", folder=target.folder, within_s=WITHIN_S)


def findings(report: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every finding of a report with its rule."""
    rules = json.loads(report.read_text("utf-8"))["rules"]
    return [(rule["id"], finding) for rule in rules for finding in rule["findings"]]


def pasted(line: str, target: Target) -> subprocess.CompletedProcess[bytes]:
    """The line run in bash, as it was printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(  # noqa: S603 - our own line
        ["/bin/bash", "-c", line],
        cwd=target.folder,
        env={**inherited, **target.environ, "PATH": path},
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )


def kind_of(line: str) -> str:
    """The command of a line, and whether it forges a token."""
    return line.split(" -", 1)[0] + (" forge" if "$(synq-conformance forge" in line else "")


def shown(line: str, finding: Mapping[str, Any], rule: str, target: Target) -> str | None:
    """What is wrong with what the line shows, None if it is what the finding says."""
    ended = pasted(line, target)
    if line.startswith("synq-conformance server"):
        return _shown_again(ended, finding, rule, target)
    response = finding["exchange"]["response"]
    out = ended.stdout.decode("latin-1")
    if response is None:
        failure = finding["exchange"]["failure"]
        silent = ended.returncode in (28, 52) if line.startswith("curl") else failure.split(" (")[0] in out
        return None if silent else f"not silent: {ended.returncode} {out[:200]}"
    head, _, body = out.partition("\r\n\r\n")
    status = re.match(r"HTTP/1\.1 (\d+)", head)
    if status is None or int(status[1]) != response["status"]:
        return f"got {head[:60]!r}, but the finding says {response['status']}: {ended.stderr.decode()[-300:]}"
    numbers = NUMBERS if response["status"] == HTTPStatus.CREATED else NOTHING
    comes_again = partial(numbers.sub, "0")
    for name, value in response["headers"]:
        line = f"{name}: {value}"
        if name.lower() not in NEVER_THE_SAME and comes_again(line).lower() not in comes_again(head).lower():
            return f"lacks {line}"
    known = response["body"][:60].split("$")[0].split("[")[0]
    return None if comes_again(body).startswith(comes_again(known)) else f"another body: {body[:80]!r} for {known!r}"


def _shown_again(
    ended: subprocess.CompletedProcess[bytes], finding: Mapping[str, Any], rule: str, target: Target
) -> str | None:
    out = ended.stdout.decode()
    if ended.returncode != 1:
        return f"exit code {ended.returncode}: {out[-500:]} {ended.stderr.decode()[-500:]}"
    report = target.folder / REPORTS / "again" / "report.json"
    again = [(one["got"], one["summary"]) for name, one in findings(report) if name == rule]
    # A status comes back the same; how many answers crossed, or seconds passed, differs from run to run.
    same = [got for got, said in again if got == finding["got"] or said[:20] == finding["summary"][:20]]
    return None if same else f"another finding: {again}, but it was {finding['summary']}"


def must_show_their_findings(names: tuple[str, ...], folder: Path) -> None:
    """Check a server with these faults and run every line of the report. Raises AssertionError with those that fail."""
    with served(names, folder) as target:
        ended = checked(target, "--profile", PROFILE)
    assert ended.code in (0, 1, 3), ended.err
    found = findings(folder / REPORTS / "report.json")
    assert {FAULTS[name].rule for name in names} == {rule for rule, _ in found}
    tried: dict[tuple[str, str, str], dict[str, Any]] = {}
    for rule, finding in found:
        assert finding["curl"], f"{rule}: {finding['summary']} has no line"
        tried.setdefault((rule, finding["check"], kind_of(finding["curl"])), finding)
    wrong = []
    for (rule, check, _), finding in tried.items():
        with served(names, folder, target.port) as fresh:
            problem = shown(finding["curl"], finding, rule, fresh)
        if problem is not None:
            wrong.append(f"{rule} {check} {finding['case']}: {problem}\n    {finding['curl']}")
    assert not wrong, "\n".join(wrong)

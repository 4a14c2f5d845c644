"""What the server command says, and the exit code it leaves, in every kind of end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import MAIN, NAMED, synq_conformance
from conformance.selftest.dull_servers import always
from conformance.tokens import Material, expired

EVERY_KIND = [f"--rule={rule}" for rule in ("documented-request", "headers-missing", "scheme-case", "alg-none")]
"""A rule that wants an acceptance, some that want a refusal, one of an RFC."""


@pytest.fixture(scope="module")
def synq() -> Synq:
    return create()


@pytest.fixture(scope="module")
def target(synq: Synq) -> Iterator[Target]:
    """A reference server on loopback, and all that is known of it."""
    with serve(synq) as served:
        yield from_mapping(describe(synq, served.base_url), "selftest")


def _named(target: Target, **changes: str) -> dict[str, str]:
    scope, token = target.scope, target.tokens.valid or ""
    given = {"SYNQ_BASE_URL": target.base_url, "SYNQ_TOKEN": token}
    return given | {"SYNQ_TENANT_ID": scope.tenant_id, "SYNQ_ORG_ID": scope.org_id} | changes


def _report(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return report


def test_a_conformant_target_ends_in_0(target: Target, tmp_path: Path) -> None:
    """A rule that holds on a named target is passed, and the rest of the contract stays open."""
    ended = synq_conformance("server", "--rule", "headers-missing", folder=tmp_path, environ=_named(target))
    report = _report(tmp_path)
    assert (ended.code, report["verdict"]) == (0, "conformant-as-assessed")
    assert [(rule["id"], rule["outcome"]) for rule in report["rules"]] == [("headers-missing", "passed")]


def test_a_broken_rule_ends_in_1(tmp_path: Path) -> None:
    """A server that lets every caller in is not conformant, and passes nothing that is required."""
    with always(200) as url:
        ended = synq_conformance("server", "--url", url, *EVERY_KIND, folder=tmp_path, environ=NAMED)
    report = _report(tmp_path)
    assert (ended.code, report["verdict"]) == (1, "not-conformant")
    assert report["grades"]["required"]["passed"] == 0


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500])
def test_a_refused_documented_request_ends_in_3(status: int, tmp_path: Path) -> None:
    """If the documented request is refused, nothing is judged: one line says what to do."""
    with always(status) as url:
        ended = synq_conformance("server", "--url", url, folder=tmp_path, environ=NAMED)
    report = _report(tmp_path)
    assert (ended.code, report["verdict"], len(ended.lines)) == (3, "not-assessed", 1)
    assert str(status) in ended.lines[0]
    assert {rule["outcome"] for rule in report["rules"]} == {"not-assessed"}


def test_a_target_that_is_down_ends_in_3(tmp_path: Path) -> None:
    """A closed port is named in one line."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        ended = synq_conformance("server", "--url", url, folder=tmp_path, environ=NAMED)
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert url in ended.lines[0]
    assert "cannot be reached" in ended.lines[0]


def test_a_target_that_is_silent_ends_in_3(tmp_path: Path) -> None:
    """A port that accepts and says nothing is given up on after the time-out."""
    profile = tmp_path / "silent.toml"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        profile.write_text(
            f'[target]\nbase_url = "http://127.0.0.1:{listening.getsockname()[1]}"\n[limits]\ntimeout_s = 0.5\n'
            '[scope]\ntenant_id = "t"\norg_id = "o"\n[tokens]\nvalid = "not-a-token"\n'
        )
        ended = synq_conformance("server", "--profile", str(profile), folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert "no answer in time" in ended.lines[0]


def test_a_wrong_token_ends_in_3(target: Target, tmp_path: Path) -> None:
    """A token that is not the target's is asked about."""
    ended = synq_conformance("server", folder=tmp_path, environ=_named(target, SYNQ_TOKEN="not-a-token"))
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert "is the token one of this target's" in ended.lines[0]


def test_an_expired_supplied_token_ends_in_3(synq: Synq, target: Target, tmp_path: Path) -> None:
    """A supplied token past its hour is called that, and a fresh one asked for."""
    material = Material(valid=target.tokens.valid or "", signing=target.keys.signing, now=synq.clock.now())
    ended = synq_conformance("server", folder=tmp_path, environ=_named(target, SYNQ_TOKEN=expired(material, 600)))
    assert (ended.code, len(ended.lines)) == (3, 1)
    assert "the token expired at" in ended.lines[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--rule", "token-expird"], "did you mean token-expired?", id="unknown-rule"),
        pytest.param(["--shard", "3/2"], "--shard 3/2: expected I/N", id="shard-out-of-range"),
        pytest.param(["--profile", "missing.toml"], "missing.toml: cannot be read", id="no-such-profile"),
        pytest.param(["--profile", "odd.toml"], 'tokens.vlaid: unknown key; did you mean "valid"?', id="unknown-key"),
        pytest.param(["--waivers", "missing.toml"], "missing.toml", id="no-such-waivers"),
        pytest.param(["--depth", "abysmal"], "'abysmal' is not one of", id="unknown-depth"),
        pytest.param(["--report-dir", "odd.toml/x"], "odd.toml/x: cannot be written", id="unwritable-report"),
        pytest.param(["--", "-k", "nothing_like_this"], "no check was selected", id="nothing-selected"),
    ],
)
def test_wrong_usage_ends_in_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    """A mistake in the call is named, without a traceback and without a run."""
    (tmp_path / "odd.toml").write_text(
        '[target]\nbase_url = "http://127.0.0.1:1"\n[scope]\ntenant_id = "t"\norg_id = "o"\n[tokens]\nvlaid = "x"\n'
    )
    ended = synq_conformance("server", *arguments, folder=tmp_path)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err + ended.out


def test_a_waiver_that_matches_nothing_ends_in_2(target: Target, tmp_path: Path) -> None:
    """A waiver for a rule that does not exist excuses nothing and is fatal."""
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('[[waiver]]\nrule = "no-such-rule"\nreason = "r"\nuntil = 2999-01-31\nticket = "T-1"\n')
    arguments = ("--rule", "headers-missing", "--waivers", str(waivers))
    ended = synq_conformance("server", *arguments, folder=tmp_path, environ=_named(target))
    assert ended.code == 2
    assert "no-such-rule" in ended.err


def test_a_rule_with_too_few_cases_ends_in_3(target: Target, tmp_path: Path) -> None:
    """Part of a rule's cases proves nothing."""
    arguments = ("--rule", "headers-missing", "--", "-k", "X-Org-ID")
    ended = synq_conformance("server", *arguments, folder=tmp_path, environ=_named(target))
    rule = _report(tmp_path)["rules"][0]
    assert (ended.code, rule["outcome"]) == (3, "partly-assessed")
    assert rule["reason"] == "only 4 of 7 cases were run"


def test_checks_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """Which file, and why: of such a run pytest says how many errors there were, and that it was interrupted."""
    broken = f"import sys; sys.modules['conformance.server.harness.in_clear'] = None; {MAIN}"
    ended = synq_conformance("server", "--mock", "--depth", "quick", folder=tmp_path, main=broken)
    assert ended.code == 3
    assert "test_tls.py cannot be read: ModuleNotFoundError: import of conformance" in ended.lines[-1]


def test_workers_and_shards_bring_the_same_rules(tmp_path: Path) -> None:
    """Two shards, one of them on two workers, answer for every rule once."""
    ids: list[str] = []
    for shard in ("1/2", "2/2"):
        arguments = ("--mock", "--shard", shard, "-n", "2", "--depth", "quick")
        ended = synq_conformance("server", *arguments, folder=tmp_path)
        assert ended.code == 0, ended.out + ended.err
        ids += [rule["id"] for rule in _report(tmp_path)["rules"]]
    from conformance.contract.rules import Role, load_contract

    assert sorted(ids) == sorted(rule.id for rule in load_contract().of(Role.SERVER))


def test_a_report_that_cannot_be_written_ends_in_2(tmp_path: Path) -> None:
    """It is said in a line, before the first request."""
    (tmp_path / "reports" / "report.json").mkdir(parents=True)
    ended = synq_conformance("server", "--mock", "--rule", "org-missing", folder=tmp_path)
    assert ended.code == 2
    assert "report.json: cannot be written" in ended.lines[-1]


def test_a_run_writes_the_formats_that_are_asked_for(tmp_path: Path) -> None:
    """In addition to the page; the archive has what was exchanged."""
    arguments = ("--mock", "--rule", "org-missing", "--format", "junit", "--format", "har")
    ended = synq_conformance("server", *arguments, folder=tmp_path)
    assert ended.code == 0
    assert {"report.html", "junit.xml", "exchanges.har"} <= {path.name for path in (tmp_path / "reports").iterdir()}
    entries = json.loads((tmp_path / "reports" / "exchanges.har").read_text("utf-8"))["log"]["entries"]
    assert len(entries) == _report(tmp_path)["run"]["exchanges"] > 0


def test_an_unknown_format_ends_in_2_before_anything_is_sent(tmp_path: Path) -> None:
    """The message names those that there are."""
    ended = synq_conformance("server", "--mock", "--format", "pdf", folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "there is no 'pdf'; there are badge, " in ended.err
    assert not (tmp_path / "reports" / "report.json").exists()


DEADLY = """
import os, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if "said-twice" in item.name and hasattr(item.config, "workerinput"):
        os._exit(3)
"""


def test_a_case_under_which_a_worker_died_is_an_error(tmp_path: Path) -> None:
    """However many other cases of the rule passed: it is not known how that one came out."""
    (tmp_path / "deadly.py").write_text(DEADLY, "utf-8")
    arguments = ("--mock", "--rule", "alg-none", "-n", "2", "--", "-p", "deadly")
    ended = synq_conformance("server", *arguments, folder=tmp_path, environ={"PYTHONPATH": str(tmp_path)})
    rule = _report(tmp_path)["rules"][0]
    assert (ended.code, rule["outcome"]) == (3, "error"), ended.out + ended.err
    assert rule["reason"] == "the worker process died during the case"
    assert [case for check in rule["checks"] for case in check["case_outcomes"]] == ["alg-none-said-twice"]

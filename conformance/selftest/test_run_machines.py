"""Workers of xdist on this machine give the report of one process; what those elsewhere are given.

`tox -e machines` starts such workers, over ssh.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import execnet
import pytest

from conformance.config.options import options_given
from conformance.config.profile import from_mapping
from conformance.contract.rules import Role, load_contract
from conformance.evidence.judge import NotAssessed
from conformance.evidence.recorder import Recorder
from conformance.run.machines import ELSEWHERE, PARTS, given_to, is_elsewhere, received
from conformance.server.harness.traffic import joined_traffic, new_traffic

RULES = ("documented-request", "headers-missing", "tenant-foreign")
MINIMAL = {
    "target": {"base_url": "http://127.0.0.1:1"},
    "scope": {"tenant_id": "tenant-1", "org_id": "org-1"},
    "tokens": {"valid": "not-a-token"},
}
SSH = execnet.XSpec("ssh=there")
NODE = SimpleNamespace(
    nodemanager=SimpleNamespace(specs=[SSH]), gateway=SimpleNamespace(spec=SSH), workerinput={"workercount": 1}
)


def _run(folder: Path, name: str, workers: Sequence[str]) -> tuple[int, str, dict[str, Any]]:
    chosen = [f"--synq-rule={one}" for one in RULES]
    words = ["--pyargs", "conformance.server", "-p", "no:cacheprovider", "--synq-embedded", *chosen, *workers]
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", *words, f"--synq-report-dir={name}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    file = folder / name / "report.json"
    return ended.returncode, ended.stdout + ended.stderr, json.loads(file.read_text("utf-8")) if file.is_file() else {}


def _timeless(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules without what depends on the case before: how long it took, and whether it shared that one's control."""
    own = {"duration_s": 0, "exchanges": 0}
    return [{**rule, "checks": [{**check, **own} for check in rule["checks"]]} for rule in report["rules"]]


def test_gateways_of_this_machine_give_the_same_report(tmp_path: Path) -> None:
    """Two processes, started by execnet with an interpreter that is named: rule for rule as one process."""
    code, _, alone = _run(tmp_path, "alone", ())
    spread, _, shared = _run(tmp_path, "shared", ("-d", "--tx", f"2*popen//python={sys.executable}"))
    assert (code, spread) == (0, 0)
    assert _timeless(shared) == _timeless(alone)
    assert shared["verdict"] == alone["verdict"]


@pytest.mark.parametrize(
    ("spec", "elsewhere"),
    [
        pytest.param("popen", False, id="here"),
        pytest.param("popen//python=python3.12", False, id="another-python"),
        pytest.param("ssh=machine", True, id="ssh"),
        pytest.param("socket=192.0.2.1:8888", True, id="socket"),
        pytest.param("popen//via=other", True, id="through-another-gateway"),
    ],
)
def test_a_gateway_says_whose_process_it_starts(spec: str, elsewhere: bool) -> None:
    """Only a process of this machine shares clock, count and folder."""
    assert is_elsewhere(execnet.XSpec(spec)) is elsewhere


def test_a_part_of_the_limits_is_kept_by_one_of_its_own() -> None:
    """Of 100 requests 10 were sent before: each of three has 30 of them, and a third of the rate."""
    first = new_traffic()
    first.ledger.take(10, most=None, interval_ns=0)
    apart = joined_traffic(first.handed_over(), "gw1", 3)
    target = from_mapping(MINIMAL | {"limits": {"max_requests": 100, "requests_per_second": 30}}, "profile.toml")
    route = apart.route(target, Recorder(None))
    began = time.monotonic()
    for _ in range(30):
        route.take(1)
    assert 2 < time.monotonic() - began < 20
    with pytest.raises(NotAssessed, match=r"limits\.max_requests"):
        route.take(1)
    assert (first.ledger.sent, apart.ledger.sent) == (10, 30)


def test_the_options_come_over_as_they_were_understood() -> None:
    """Every kind of value: paths, sets, the gate's."""
    asked = {"rule": ["role-forbidden"], "report_dir": "reports", "deadline": "10m", "fail_on": ["not-assessed"]}
    options = options_given(asked, Role.SERVER, load_contract())
    worker = {"workerid": "gw0", **given_to(NODE, options, None)}
    cleanups: list[Callable[[], None]] = []
    config = SimpleNamespace(add_cleanup=cleanups.append)
    given = received(cast("pytest.Config", config), worker)
    for clean_up in cleanups:
        clean_up()
    assert given is not None
    assert given.options.report_dir != options.report_dir
    assert replace(given.options, report_dir=options.report_dir) == options
    assert worker[PARTS] == 1


def test_another_version_of_the_suite_is_refused() -> None:
    """Its judgments would be those of another contract."""
    options = options_given({}, Role.SERVER, load_contract())
    given = json.loads(given_to(NODE, options, None)[ELSEWHERE]) | {"suite_version": "0.9.0"}
    worker = {"workerid": "gw0", ELSEWHERE: json.dumps(given)}
    with pytest.raises(pytest.UsageError, match=r"gw0: .*0\.9\.0.*install the same version"):
        received(cast("pytest.Config", SimpleNamespace()), worker)

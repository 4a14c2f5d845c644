"""Lines that findings print are run here as they are printed. `tox -e finding-lines` does it for every rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.mock.faults import FAULTS
from conformance.selftest.commands import synq_conformance
from conformance.selftest.finding_lines.shown import (
    GROUPS,
    IN_PROCESS,
    OF_TLS,
    PROFILE,
    REPORTS,
    WITHIN_S,
    Target,
    findings,
    kind_of,
    must_show_their_findings,
    served,
    shown,
)


@pytest.mark.parametrize("group", ["two-values", "writes", "errors", "challenges"])
def test_a_line_shows_its_finding(tmp_path: Path, group: str) -> None:
    """A curl line gets the answer that the finding tells of; a line that judges a case again finds the same."""
    must_show_their_findings(GROUPS[group], tmp_path)


def test_without_a_profile_the_variables_are_enough(tmp_path: Path) -> None:
    """In a pipeline the target is described by variables alone, and so is what a line needs."""
    with served(("alg-none-accepted", "signature-spelled-loosely-accepted"), tmp_path) as target:
        (tmp_path / PROFILE).unlink()
        url = f"http://127.0.0.1:{target.port}"
        rules = ("--rule=alg-none", "--rule=signature-spelling")
        ended = synq_conformance(
            "server", "--url", url, *rules, "--depth=quick", folder=tmp_path, environ=target.environ, within_s=WITHIN_S
        )
        found = findings(tmp_path / REPORTS / "report.json")
        assert ended.code == 1, ended.err
        for rule, finding in {kind_of(one["curl"]): (name, one) for name, one in found}.values():
            assert shown(finding["curl"], finding, rule, target) is None, finding["curl"]


@pytest.mark.parametrize(
    ("fault", "flags"),
    [*((name, []) for name in ("tenant-unchecked", *OF_TLS)), *((name, ["--mock"]) for name in IN_PROCESS)],
)
def test_of_a_server_that_ends_with_the_run_the_case_is_judged_again(
    tmp_path: Path, fault: str, flags: list[str]
) -> None:
    """The address of the suite's own server is free once the run is over."""
    named = [f"--fault={fault}", f"--rule={FAULTS[fault].rule}", *flags]
    ended = synq_conformance("server", *named, "--level=hardening", folder=tmp_path, within_s=WITHIN_S)
    assert ended.code == 1, ended.err
    (rule, finding), *_ = findings(tmp_path / REPORTS / "report.json")
    assert finding["curl"].startswith(f"synq-conformance server --fault {fault} {' '.join([*flags, '--rule', rule])}")
    assert shown(finding["curl"], finding, rule, Target((), tmp_path, 0, {})) is None

"""The lines of findings about a target behind a gateway, run as they are printed: the gateway lets them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.selftest.finding_lines.shown import REPORTS, Target, checked, findings, shown, variables
from conformance.selftest.gateways import KEY, KEY_VARIABLE, PROFILE, behind_a_gateway

FAULTS = ("tenant-unchecked", "two-bad-tokens-accepted", "first-duplicate-checked-last-served")


def test_lines_get_past_the_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curl lines and octets alike; the variable is the one that the line names."""
    monkeypatch.setenv("GATEWAY_KEY", KEY)
    with behind_a_gateway(tmp_path, *FAULTS) as found:
        environ = variables(found.profile) | {KEY_VARIABLE: KEY}
        target = Target(FAULTS, tmp_path, found.port, environ)
        ended = checked(target, "--profile", PROFILE)
        assert ended.code == 1, ended.err
        told = [(rule, one) for rule, one in findings(tmp_path / REPORTS / "report.json") if one["curl"]]
        wrong = [(one["curl"], why) for rule, one in told if (why := shown(one["curl"], one, rule, target)) is not None]
    assert {one["curl"].split(" -")[0].split(" http")[0] for _, one in told} >= {"curl", "synq-conformance send"}
    assert wrong == []

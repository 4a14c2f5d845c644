"""A target behind a gateway that lets callers in by a key of its own: every request bears it, and no output."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w

from conformance.mock.faults import FAULTS
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.gateways import KEY, KEY_FIELD, KEY_VARIABLE, PROFILE, behind_a_gateway
from conformance.selftest.grams import must_stand_nowhere

BROKEN = ("tenant-unchecked", "two-bad-tokens-accepted")
"""One that a curl line shows, and one that octets show."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A run of the suite, and the folder that it wrote to."""

    ended: Ended
    folder: Path


@pytest.fixture(scope="module", params=[(), BROKEN], ids=["right", "broken"])
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """What a run says of the target."""
    folder = tmp_path_factory.mktemp("gateway")
    formats = ("--format", "junit", "--format", "har", "--format", "sarif")
    with behind_a_gateway(folder, *request.param):
        environ = {"GATEWAY_KEY": KEY}
        rules = [f"--rule={FAULTS[name].rule}" for name in request.param]
        given = ("--profile", PROFILE, "--depth", "quick", *formats, *rules)
        yield Checked(synq_conformance("server", *given, folder=folder, environ=environ), folder)


@pytest.mark.parametrize("checked", [()], ids=["right"], indirect=True)
def test_a_right_target_behind_a_gateway_is_judged_in_full(checked: Checked) -> None:
    """Requests of every kind bear the key: single ones, concurrent ones, octets, sign-ins and those of cleaning up."""
    assert checked.ended.code == 0, checked.ended.out + checked.ended.err
    assert "75 of 75" in checked.ended.out
    assert KEY_FIELD not in checked.ended.out


@pytest.mark.parametrize("checked", [BROKEN], ids=["broken"], indirect=True)
def test_lines_of_findings_bear_the_key_by_a_variable(checked: Checked) -> None:
    """A curl line and a line of octets alike; what is no secret stands there as it is."""
    assert checked.ended.code == 1, checked.ended.out + checked.ended.err
    told = json.loads((checked.folder / "reports" / "report.json").read_text("utf-8"))
    lines = [finding["curl"] for rule in told["rules"] for finding in rule["findings"] if finding["curl"]]
    for command in ("curl ", "synq-conformance send "):
        of_command = [line for line in lines if line.startswith(command)]
        assert of_command
        assert [line for line in of_command if f"{KEY_FIELD}: ${KEY_VARIABLE}" not in line] == []
        assert [line for line in of_command if "X-Stage: blue" not in line] == []


def test_without_the_key_it_is_told_where_it_goes(tmp_path: Path) -> None:
    """The token and the ids are right, so the advice on them alone would lead nowhere."""
    with behind_a_gateway(tmp_path):
        profile = tomllib.loads((tmp_path / PROFILE).read_text("utf-8"))
        del profile["target"]["fields"]
        (tmp_path / PROFILE).write_text(tomli_w.dumps(profile), "utf-8")
        ended = synq_conformance("server", "--profile", PROFILE, folder=tmp_path)
    assert ended.code == 3, ended.out + ended.err
    assert "A gateway in front that asks for a key gets it by [target.fields]" in ended.out + ended.err


def test_the_key_stands_in_no_output(checked: Checked) -> None:
    """Nor any twelve characters of it."""
    must_stand_nowhere(KEY, checked.folder / "reports", checked.ended)

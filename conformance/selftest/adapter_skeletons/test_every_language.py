"""An adapter of each language works as it stands, and its client breaks no required rule of a sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.selftest.commands import synq_conformance
from conformance.setup.commands import LANGUAGES
from conformance.setup.writing_adapters import tool_missing

RULES = ("three-headers", "retry-after-401", "retry-same-request", "no-retry-on-403", "sign-in-recovers")


@pytest.fixture(params=LANGUAGES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the adapter `mine`, as it was written; fails if the machine lacks a program that it needs."""
    assert tool_missing(request.param) is None, f"{tool_missing(request.param)} is needed for {request.param}"
    written = synq_conformance("init", "adapter", "--language", request.param, "-o", "mine", folder=tmp_path)
    assert written.code == 0, written.err
    return tmp_path


def test_it_speaks_the_protocol_and_keeps_the_contract(folder: Path) -> None:
    """Every step of --smoke, then the rules that a client's author looks at first."""
    environ = {"SYNQ_ADAPTER_ENVS": str(folder / "envs")}
    smoke = synq_conformance("client", "--adapter", "mine", "--smoke", folder=folder, environ=environ, within_s=400)
    assert smoke.code == 0, smoke.out + smoke.err
    named = [f"--rule={one}" for one in RULES]
    arguments = ("client", "--adapter", "mine", "--depth", "quick", "--no-real-time", *named)
    judged = synq_conformance(*arguments, folder=folder, environ=environ, within_s=400)
    assert judged.code == 0, judged.out + judged.err

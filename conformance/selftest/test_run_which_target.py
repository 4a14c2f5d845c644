"""Which target a run checks is never changed in silence, and the first line says which it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import OptionError, RunOptions
from conformance.config.profile import Target, from_mapping
from conformance.contract.rules import Role
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import NAMED, WITHIN_S, Ended, synq_conformance
from conformance.server.harness.choice import choice, first_line

ONE = "--rule=org-missing"
CREDENTIALS = ["SYNQ_TOKEN", "SYNQ_TENANT_ID", "SYNQ_ORG_ID", "SYNQ_EMAIL", "SYNQ_PASSWORD"]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A reference server on loopback."""
    synq = create()
    with serve(synq) as served:
        yield from_mapping(describe(synq, served.base_url), "selftest")


def _environ(target: Target) -> dict[str, str]:
    scope, token = target.scope, target.tokens.valid or ""
    given = {"SYNQ_BASE_URL": target.base_url, "SYNQ_TOKEN": token}
    return given | {"SYNQ_TENANT_ID": scope.tenant_id, "SYNQ_ORG_ID": scope.org_id}


def _first(ended: Ended) -> str:
    return ended.out.splitlines()[0]


def plain_pytest(*arguments: str, folder: Path, environ: Mapping[str, str] | None = None) -> Ended:
    """The suite through pytest itself, with no SYNQ_ variable but these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_"))}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", *arguments],
        cwd=folder,
        env=inherited | dict(environ or {}),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


# ---------------------------------------------------------------------- what is refused


def settings(**given: Any) -> RunOptions:  # noqa: ANN401 - the fields of Settings
    """The options of a run of the server suite."""
    plain: dict[str, Any] = {each.name: None for each in fields(RunOptions)}
    return RunOptions(**plain | {"role": Role.SERVER, "embedded": False, "mock": False, "faults": ()} | given)


@pytest.mark.parametrize("value", ["x", ""], ids=["set", "empty"])
@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_without_a_url_is_refused(name: str, value: str) -> None:
    """A CI variable that is not defined arrives as an empty string: a target was meant, and it is not ours."""
    with pytest.raises(OptionError) as caught:
        choice(settings(), {name: value})
    assert name in str(caught.value)
    assert "SYNQ_BASE_URL is not set" in str(caught.value)
    assert "--embedded" in str(caught.value)


@pytest.mark.parametrize("url", ["", "  "], ids=["empty", "blank"])
@pytest.mark.parametrize("others", [{}, NAMED], ids=["alone", "with-credentials"])
def test_an_empty_url_variable_is_refused(url: str, others: Mapping[str, str]) -> None:
    """SYNQ_BASE_URL that is set and empty names no target, and does not choose the embedded Synq."""
    with pytest.raises(OptionError) as caught:
        choice(settings(), {"SYNQ_BASE_URL": url, **others})
    assert "SYNQ_BASE_URL is empty" in str(caught.value)
    assert [name for name in others if name not in str(caught.value)] == []


@pytest.mark.parametrize(
    "named",
    [
        {"embedded": True, "url": "http://127.0.0.1:1"},
        {"embedded": True, "profile": Path("profile.toml")},
        {"mock": True, "url": "http://127.0.0.1:1"},
        {"faults": ("alg-none-accepted",), "profile": Path("profile.toml")},
        {"url": "http://127.0.0.1:1", "profile": Path("profile.toml")},
    ],
    ids="-and-".join,
)
def test_two_targets_are_refused(named: dict[str, object]) -> None:
    """The message names both options, and which of them wins is not left to us."""
    with pytest.raises(OptionError, match="use one of them") as caught:
        choice(settings(**named), NAMED)
    assert [name for name in named if f"--{name.removesuffix('s')}" not in str(caught.value)] == []


def test_half_a_target_ends_in_2(tmp_path: Path) -> None:
    """Without a report: nothing was checked."""
    ended = synq_conformance("server", ONE, folder=tmp_path, environ={**NAMED, "SYNQ_BASE_URL": ""})
    assert (ended.code, ended.out) == (2, "")
    assert "SYNQ_TENANT_ID, SYNQ_ORG_ID and SYNQ_TOKEN are set" in ended.err
    assert not (tmp_path / "reports" / "report.json").exists()


@pytest.mark.parametrize("arguments", [("--url", ""), ("--profile", " "), ("--waivers", ""), ("--cases", "")])
def test_an_empty_option_ends_in_2(arguments: tuple[str, str], target: Target, tmp_path: Path) -> None:
    """Also if variables name a target: what was written on the command line was meant."""
    ended = synq_conformance("server", ONE, *arguments, folder=tmp_path, environ=_environ(target))
    assert (ended.code, ended.out) == (2, "")
    assert f"{arguments[0]} is empty" in ended.err


def test_the_embedded_synq_beside_a_url_ends_in_2(tmp_path: Path) -> None:
    """One of the two was not meant."""
    ended = synq_conformance("server", ONE, "--embedded", "--url=http://127.0.0.1:1", folder=tmp_path, environ=NAMED)
    assert (ended.code, ended.out) == (2, "")
    assert "--embedded" in ended.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "target.base_url: is missing", id="no-key"),
        pytest.param('base_url = ""', "target.base_url: must be an absolute URL", id="empty"),
        pytest.param('base_url = {env = "SYNQ_BASE_URL"}', "SYNQ_BASE_URL is not set", id="of-a-missing-variable"),
    ],
)
def test_a_profile_without_a_url_ends_in_2(text: str, said: str, tmp_path: Path) -> None:
    """It named a target, so nothing else is checked."""
    (tmp_path / "profile.toml").write_text(
        f'[target]\n{text}\n[scope]\ntenant_id = "t"\norg_id = "o"\n[tokens]\nvalid = "not-a-token"\n'
    )
    ended = synq_conformance("server", ONE, "--profile", "profile.toml", folder=tmp_path)
    assert ended.code == 2, ended.out
    assert said in ended.err


@pytest.mark.parametrize(
    "arguments",
    [("--command=",), ("--factory=",), ("--adapter=", "--factory=json:loads")],
    ids=["command", "factory", "beside-another"],
)
def test_an_empty_option_for_a_client_ends_in_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """No other option is taken in its place."""
    ended = synq_conformance("client", *arguments, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert f"{arguments[0].removesuffix('=')} is empty" in ended.err


def test_a_server_named_to_the_checks_of_clients_ends_in_2(tmp_path: Path) -> None:
    """A URL that would be passed over is a mistake."""
    ended = plain_pytest("conformance.client", "--synq-command=x", "--synq-url=http://x.example", folder=tmp_path)
    assert ended.code == 4, ended.out
    assert "--url is for a server" in ended.err


# ---------------------------------------------------------------------- what the first line says


def test_without_any_name_the_embedded_synq_is_checked(tmp_path: Path) -> None:
    """And the first line says so."""
    ended = synq_conformance("server", ONE, folder=tmp_path)
    assert ended.code == 0, ended.err
    assert _first(ended) == "Checking the embedded Synq over HTTP: no other target is named"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"embedded": True}, "Checking the embedded Synq over HTTP (--embedded)"),
        ({"mock": True}, "Checking the embedded Synq in-process (--mock)"),
        ({"embedded": True, "mock": True}, "Checking the embedded Synq in-process (--embedded, --mock)"),
        ({"faults": ("x", "y")}, "Checking the embedded Synq over HTTP (--fault x, --fault y)"),
    ],
    ids=lambda named: "-and-".join(named) if isinstance(named, dict) else "",
)
def test_the_embedded_synq_that_is_named_goes_before_variables(named: dict[str, object], said: str) -> None:
    """An option is more deliberate than an environment; the first line says what is not used."""
    asked = settings(**named)
    assert first_line(choice(asked, {}), asked, None) == said
    one, two = {"SYNQ_TOKEN": "x"}, {"SYNQ_TOKEN": "x", "SYNQ_BASE_URL": ""}
    assert first_line(choice(asked, one), asked, None) == f"{said}; SYNQ_TOKEN is set and not used"
    assert first_line(choice(asked, two), asked, None) == f"{said}; SYNQ_BASE_URL and SYNQ_TOKEN are set and not used"


def test_the_embedded_synq_is_checked_beside_variables_if_it_is_named(target: Target, tmp_path: Path) -> None:
    """By the command, too."""
    ended = synq_conformance("server", ONE, "--embedded", folder=tmp_path, environ=_environ(target))
    assert ended.code == 0
    unused = "SYNQ_BASE_URL, SYNQ_TENANT_ID, SYNQ_ORG_ID and SYNQ_TOKEN are set and not used"
    assert _first(ended) == f"Checking the embedded Synq over HTTP (--embedded); {unused}"


def test_a_named_target_is_told_by_its_url(target: Target, tmp_path: Path) -> None:
    """And by what named it."""
    environ = _environ(target)
    named = synq_conformance("server", ONE, folder=tmp_path, environ=environ)
    other = {**environ, "SYNQ_BASE_URL": "http://127.0.0.1:1"}
    optioned = synq_conformance("server", ONE, "--url", target.base_url, folder=tmp_path, environ=other)
    assert (named.code, optioned.code) == (0, 0), named.err + optioned.err
    assert _first(named) == f"Checking {target.base_url} (SYNQ_BASE_URL)"
    assert _first(optioned) == f"Checking {target.base_url} (--url); SYNQ_BASE_URL is set and not used"


def test_a_profile_is_told_with_its_url_and_name(target: Target, tmp_path: Path) -> None:
    """The file may be one of many."""
    (tmp_path / "staging.toml").write_text(
        f'[target]\nname = "staging"\nbase_url = "{target.base_url}"\n'
        f'[scope]\ntenant_id = "{target.scope.tenant_id}"\norg_id = "{target.scope.org_id}"\n'
        f'[tokens]\nvalid = {{env = "SYNQ_TOKEN"}}\n'
    )
    environ = {"SYNQ_TOKEN": target.tokens.valid or ""}
    ended = synq_conformance("server", ONE, "--profile", "staging.toml", folder=tmp_path, environ=environ)
    assert ended.code == 0, ended.err
    assert _first(ended) == f"Checking staging at {target.base_url} (--profile staging.toml)"


def test_the_first_line_comes_before_a_target_that_is_down(tmp_path: Path) -> None:
    """It says what could not be assessed."""
    ended = synq_conformance("server", "--url=http://127.0.0.1:1", folder=tmp_path, environ=NAMED)
    assert ended.code == 3
    assert _first(ended) == "Checking http://127.0.0.1:1 (--url)"


@pytest.mark.parametrize("arguments", [(), ("-q", "-n2")], ids=["plain", "quiet-workers"])
def test_plain_pytest_says_it_first_as_well(arguments: tuple[str, ...], target: Target, tmp_path: Path) -> None:
    """Once, with workers or without."""
    every = ("conformance.server", "--synq-rule=org-missing", *arguments)
    ended = plain_pytest(*every, folder=tmp_path, environ=_environ(target))
    assert ended.code == 0, ended.out
    assert _first(ended) == f"Checking {target.base_url} (SYNQ_BASE_URL)"
    assert ended.out.count("Checking") == 1


def test_plain_pytest_takes_the_embedded_synq_by_name_and_refuses_half_a_target(tmp_path: Path) -> None:
    """By --synq-embedded."""
    rule = "--synq-rule=org-missing"
    named = plain_pytest("conformance.server", rule, "--synq-embedded", folder=tmp_path, environ=NAMED)
    half = plain_pytest("conformance.server", rule, folder=tmp_path, environ=NAMED)
    assert (named.code, half.code) == (0, 4), named.out + half.err
    unused = "SYNQ_TENANT_ID, SYNQ_ORG_ID and SYNQ_TOKEN are set and not used"
    assert _first(named) == f"Checking the embedded Synq over HTTP (--embedded); {unused}"
    assert "SYNQ_BASE_URL is not set" in half.err


def test_a_client_is_told_by_the_option_that_named_it(tmp_path: Path) -> None:
    """Before it has introduced itself; nothing but its program's name is repeated."""
    ended = synq_conformance("client", "--command=no-such-program --password=hunter2", folder=tmp_path)
    assert ended.code == 3
    assert _first(ended) == "Checking the client no-such-program (--command)"
    assert "hunter2" not in ended.out

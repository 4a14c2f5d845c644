"""`init` writes a profile that loads as it stands, says what every key is for, and holds no secret."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from conformance.config.profile import from_mapping, from_profile
from conformance.config.run_table import RUN_OPTIONS, run_table
from conformance.selftest.commands import synq_conformance
from conformance.setup.profile_text import TABLES, profile_text, toml_value
from conformance.setup.writing_profiles import (
    InitError,
    Told,
    asked_profile,
    profile_of_mock,
    target_in,
    variables_in,
)

NAMED = {"SYNQ_BASE_URL": "https://staging.example", "SYNQ_TENANT_ID": "tenant-1", "SYNQ_ORG_ID": "org-1"}
FILE = Path("synq-conformance.toml")


def unasked(_question: str) -> None:
    return None


def test_a_profile_of_the_environment_loads_without_a_change(tmp_path: Path) -> None:
    """As a user writes and uses it; the token stays in its variable."""
    environ = NAMED | {"SYNQ_TOKEN": "a.very.secret"}
    ended = synq_conformance("init", folder=tmp_path, environ=environ)
    assert ended.code == 0, ended.err
    text = (tmp_path / FILE).read_text("utf-8")
    target = from_profile(tmp_path / FILE, environ)
    assert (target.base_url, target.scope.tenant_id, target.tokens.valid) == (
        *("https://staging.example", "tenant-1"),
        "a.very.secret",
    )
    assert "secret" not in text
    assert "Tier: token only. 39 of 75 required rules" in ended.out
    assert "synq-conformance doctor --profile synq-conformance.toml" in ended.out


def test_every_comment_is_true_once_it_is_no_comment(tmp_path: Path) -> None:
    """All keys that the profile shows as comments load, made true at once: each is what it would have to be."""
    text = asked_profile(Told(), NAMED | {"SYNQ_TOKEN": "t"}, unasked)
    lines = [line.removeprefix("# ") if re.match(r"# (\[|\w+ = )", line) else line for line in text.splitlines()]
    lines = [line for line in lines if not line.startswith(("url = ", "public = ", "signing = "))]
    data = tomllib.loads("\n".join(lines))
    target = from_mapping(data, "made true", environ={name: name.lower() for name in variables_in("\n".join(lines))})
    assert set(data) == set(TABLES)
    (tmp_path / FILE).write_text("\n".join(lines), "utf-8")
    assert set(run_table(tmp_path / FILE, {})) == {option.name for option in RUN_OPTIONS.values()}
    assert target.probe.write is not None
    assert target.sign_in is not None


def test_every_key_of_a_profile_is_shown() -> None:
    """Given or as a comment; a key that is added to a table is there by itself."""
    shown = profile_text({"target": {"base_url": "https://x.example"}, "scope": {"tenant_id": "t", "org_id": "o"}})
    for table in TABLES:
        assert f"[{table}]" in shown
    assert all(f"{key} = " in shown for key in ("retired_key", "wrong_tries", "other_tenant_org_id", "identify"))


def test_a_token_that_signing_in_brings_is_not_asked_for() -> None:
    """With an e-mail address and a password there is a sign-in, and no token that runs out."""
    text = asked_profile(Told(), NAMED | {"SYNQ_EMAIL": "a@b.example", "SYNQ_PASSWORD": "p"}, unasked)
    target = target_in(text, FILE)
    assert target.sign_in is not None
    assert target.tokens.valid is None


def test_what_is_not_known_is_asked_for() -> None:
    """Only that, and with an example."""
    asked: list[str] = []

    def answers(question: str) -> str:
        asked.append(question)
        return "org-7"

    told = Told(url="https://staging.example", tenant_id="tenant-1")
    assert target_in(asked_profile(told, {}, answers), FILE).scope.org_id == "org-7"
    assert asked == ["Organization of the token (X-Org-ID)"]


def test_without_a_terminal_what_is_missing_is_named(tmp_path: Path) -> None:
    """With the option and the variable, exit code 2, and no file."""
    ended = synq_conformance("init", "--tenant-id", "tenant-1", folder=tmp_path)
    assert ended.code == 2
    assert "give --url (or SYNQ_BASE_URL) and --org-id (or SYNQ_ORG_ID)" in ended.err
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(url="staging.example", tenant_id="t", org_id="o"), "target.base_url: must be an absolute URL"),
        (Told(url="https://x.example", tenant_id=" ", org_id="o"), "scope.tenant_id"),
        (Told(url="https://x.example", tenant_id="t", org_id="o", openapi="nowhere.yaml"), "--openapi nowhere.yaml"),
    ],
    ids=["url", "tenant", "description"],
)
def test_a_wrong_value_is_refused_before_it_is_written(told: Told, said: str) -> None:
    """By the words that a run would refuse it with."""
    with pytest.raises(InitError, match=re.escape(said)):
        target_in(asked_profile(told, {}, unasked), FILE)


def test_a_description_gives_address_and_operations(tmp_path: Path) -> None:
    """Its first server is the base URL, and the profile names it."""
    (tmp_path / "api.json").write_text(
        '{"openapi": "3.1.0", "servers": [{"url": "https://api.example/v2"}], "paths": {}}', "utf-8"
    )
    told = Told(tenant_id="t", org_id="o", openapi=str(tmp_path / "api.json"))
    target = target_in(asked_profile(told, {}, unasked), FILE)
    assert target.base_url == "https://api.example/v2"
    assert target.openapi is not None


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    """Unless that is asked for."""
    (tmp_path / FILE).write_text("# mine\n", "utf-8")
    assert synq_conformance("init", folder=tmp_path, environ=NAMED).code == 2
    assert (tmp_path / FILE).read_text("utf-8") == "# mine\n"
    assert synq_conformance("init", "--force", folder=tmp_path, environ=NAMED).code == 0


def test_a_profile_of_the_embedded_synq_loads(tmp_path: Path) -> None:
    """It signs in by itself, so that it holds for whatever process serves one."""
    target = target_in(profile_of_mock("http://127.0.0.1:9999"), tmp_path / FILE)
    assert target.sign_in is not None
    assert {"scope.other_tenant_id", "probe.write", "openapi"} <= target.capabilities


@pytest.mark.parametrize(
    "value",
    ['quotes " and \\ in it', "two\nlines\tand a tab", "ä 名 🙂", "\x7f", True, 20.5, {"a": [1, {"b.c": "d"}]}],
    ids=["quotes", "control", "unicode", "delete", "boolean", "number", "nested"],
)
def test_a_value_is_written_as_toml_reads_it(value: object) -> None:
    """On one line."""
    assert tomllib.loads(f"key = {toml_value(value)}")["key"] == value

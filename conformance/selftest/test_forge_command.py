"""The forge command: the token that a finding's line asks for, made of what the reader has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.tokens import ATTACKS, HALF_SCOPES, decode, expires_at, issued_at


@pytest.fixture(scope="module")
def profile() -> Mapping[str, Any]:
    return describe(create(), "http://127.0.0.1:1")


def forge(*arguments: str, **environ: str) -> Result:
    """Run the command with no SYNQ_ variable but these."""
    names = ("TOKEN", "TOKEN_VIEWER", "PUBLIC_KEY", "SIGNING_KEY", "TENANT_ID", "ORG_ID")
    given: dict[str, str | None] = {f"SYNQ_{name}": environ.get(name) for name in names}
    return CliRunner().invoke(main, ["forge", *arguments], env=given)


def test_every_attack_can_be_made_from_a_profile(profile: Mapping[str, Any], tmp_path: Path) -> None:
    """Nothing else is needed. What is printed is one token, and a newline that a shell drops."""
    elliptic = describe(create(algorithm="ES256"), "http://127.0.0.1:1")
    (tmp_path / "rsa.toml").write_text(tomli_w.dumps(profile), "utf-8")
    (tmp_path / "elliptic.toml").write_text(tomli_w.dumps(elliptic), "utf-8")
    for attack in ATTACKS:
        file = "elliptic" if attack.name in {"key-confusion-point", "key-confusion-x-coordinate"} else "rsa"
        ended = forge(attack.name, "--profile", str(tmp_path / f"{file}.toml"), "--listener", "http://127.0.0.1:2")
        assert ended.exit_code == 0, ended.stderr
        assert ended.stdout_bytes.endswith(b"\n"), attack.name
        assert ended.stdout_bytes.count(b"\n") == 1, attack.name


def test_a_token_in_the_environment_is_enough(profile: Mapping[str, Any]) -> None:
    """Without a profile, for attacks that take no key."""
    ended = forge("alg-none", TOKEN=profile["tokens"]["valid"])
    parts = decode(ended.stdout.strip())
    assert parts is not None
    assert parts.header["alg"] == "none"


def test_variables_bring_keys_and_more_tokens(profile: Mapping[str, Any]) -> None:
    """For a reader who has the report and no profile."""
    tokens, keys, scope = profile["tokens"], profile["keys"], profile["scope"]
    assert forge("key-confusion-pem", TOKEN=tokens["valid"], PUBLIC_KEY=keys["public"]).exit_code == 0
    assert forge("signature-swapped", TOKEN=tokens["valid"], TOKEN_VIEWER=tokens["viewer"]).exit_code == 0
    environ = {"TOKEN": tokens["valid"], "SIGNING_KEY": keys["signing"]}
    ended = forge("without-scope", **environ, TENANT_ID=scope["tenant_id"], ORG_ID=scope["org_id"])
    claims = decode(ended.stdout.strip())
    assert claims is not None
    assert scope["tenant_id"] not in json.dumps(claims.claims)


@pytest.mark.parametrize(("name", "age_s"), [("aged-3540", 3540), ("expired-300", 3900), ("expired-0", 3600)])
def test_a_minted_token_is_as_old_as_its_name_says(profile: Mapping[str, Any], name: str, age_s: int) -> None:
    """The number is of seconds; a token lives one hour."""
    ended = forge(name, TOKEN=profile["tokens"]["valid"], SIGNING_KEY=profile["keys"]["signing"])
    token = ended.stdout.strip()
    issued, genuine = issued_at(token), issued_at(profile["tokens"]["valid"])
    assert issued is not None
    assert genuine is not None
    assert abs(genuine - age_s - issued) < 60
    assert expires_at(token) == issued + 3600


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        pytest.param(["alg-non"], {"TOKEN": "a.b.c"}, "did you mean alg-none?", id="misspelled"),
        pytest.param(["?"], {"TOKEN": "a.b.c"}, "'?'; see `synq-conformance forge --list`", id="unknown"),
        pytest.param(["alg-none"], {}, "set SYNQ_TOKEN", id="no-token"),
        pytest.param(["alg-none"], {"TOKEN": "opaque"}, "is no JWT", id="opaque-token"),
        pytest.param(["key-confusion-pem"], {"TOKEN": "a.b.c"}, "set SYNQ_PUBLIC_KEY", id="no-public-key"),
        pytest.param(["expired-60"], {"TOKEN": "a.b.c"}, "set SYNQ_SIGNING_KEY", id="no-signing-key"),
        pytest.param(["signature-swapped"], {"TOKEN": "a.b.c"}, "set SYNQ_TOKEN_VIEWER", id="no-second-token"),
        pytest.param(["alg-none", "--profile", "none.toml"], {}, "none.toml: cannot be read", id="no-profile"),
        pytest.param([], {"TOKEN": "a.b.c"}, "name an attack", id="no-name"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], environ: dict[str, str], said: str) -> None:
    """Exit code 2, what to do, and nothing that a shell would take for a token."""
    ended = forge(*arguments, **environ)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr


def test_the_list_names_every_attack() -> None:
    """A line each, with what is done under the name; minted tokens too."""
    listed = [line.split()[0] for line in forge("--list").stdout.splitlines()]
    minted = {"signed-anew", "aged-N", "expired-N", "without-scope", *HALF_SCOPES}
    assert set(listed) == {one.name for one in ATTACKS} | minted

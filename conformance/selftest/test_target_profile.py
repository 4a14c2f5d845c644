"""A profile becomes a target, or one line for each thing that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from functools import reduce
from pathlib import Path

import pytest

from conformance.config.profile import Limits, ProfileError, Target, Tokens, Write, from_mapping, from_profile

PROFILES = Path(__file__).parents[2] / "fixtures" / "profiles"
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nmade up\n-----END PRIVATE KEY-----"
PUBLIC_KEY = PRIVATE_KEY.replace("PRIVATE", "PUBLIC")
MINIMAL = """
[target]
base_url = "https://staging.example"
[scope]
tenant_id = "t-1"
org_id = "o-1"
[tokens]
valid = "good-token"
"""
ENVIRONMENT = {
    "SYNQ_TENANT_ID": "t-1",
    "SYNQ_ORG_ID": "o-1",
    "SYNQ_TOKEN": "good-token",
    "SYNQ_EMAIL": "a@example.com",
    "SYNQ_PASSWORD": "pass word",
    "SYNQ_SIGNING_KEY": PRIVATE_KEY,
    "GATEWAY_KEY": "made-up-gateway-key",
    "PATH": "/usr/bin:/bin",
}


def refused(folder: Path, text: str) -> tuple[str, ...]:
    """The problems of a profile with this text, in a file named staging.toml, less the folder."""
    path = folder / "staging.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError) as caught:
        from_profile(path, {})
    return tuple(problem.replace(f"{folder}/", "") for problem in caught.value.problems)


def accepted(folder: Path, text: str) -> Target:
    path = folder / "staging.toml"
    path.write_text(text, "utf-8")
    return from_profile(path, {})


def test_the_least_profile_takes_everything_else_by_default() -> None:
    """A profile with address, scope and token is enough; its path and limits are the documented ones."""
    target = from_profile(PROFILES / "staging.toml", ENVIRONMENT)
    assert (target.name, target.base_url) == ("staging", "https://staging.example")
    assert (target.scope.tenant_id, target.scope.org_id, target.tokens.valid) == ("t-1", "o-1", "good-token")
    assert target.probe.read == "/api/v1/pim/products"
    assert target.limits == Limits(requests_per_second=20, concurrency=4, max_requests=20_000, timeout_s=10)
    assert (target.sign_in, target.revoke, target.probe.write) == (None, None, None)


def test_the_full_profile_fills_every_field() -> None:
    """The example with every key leaves no field of the target at None."""
    target = from_profile(PROFILES / "full.toml", ENVIRONMENT)
    tables = (
        target.scope,
        target.tokens,
        target.keys,
        target.sign_in,
        target.revoke,
        target.probe,
        *target.operation,
        target.limits,
    )
    empty = [each.name for table in tables if table for each in fields(table) if getattr(table, each.name) is None]
    assert None not in tables
    assert empty == []
    assert target.tokens.viewer == "made-up-viewer-token"
    assert target.tokens.expired == "made-up-expired-token"
    assert target.probe.write == Write("POST", "/api/v1/pim/products", {"name": "probe {run_id}"})
    assert target.limits == Limits()
    assert target.fields == {"X-Gateway-Key": "made-up-gateway-key"}


def test_the_full_profile_names_every_key() -> None:
    """A key that is added to a table without being shown in the example turns this red."""
    text = (PROFILES / "full.toml").read_text("utf-8")
    target = from_profile(PROFILES / "full.toml", ENVIRONMENT)
    tables = (
        target.scope,
        target.tokens,
        target.keys,
        target.sign_in,
        target.revoke,
        target.probe,
        target.openapi,
        *target.operation,
        target.limits,
    )
    keys = [each.name for table in tables if table for each in fields(table)]
    assert [key for key in keys if not re.search(rf"\n(# )?{key} = |\[probe\.{key}\]", text)] == []


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        pytest.param('vlaid = "x"', 'tokens.vlaid: unknown key; did you mean "valid"?', id="key"),
        pytest.param("[probe.write]\njosn = {}", 'probe.write.josn: unknown key; did you mean "json"?', id="nested"),
        pytest.param('[revoek]\npath = "/r"', 'revoek: unknown key; did you mean "revoke"?', id="table"),
        pytest.param(
            "[revoke]\nzzz = 1", "revoke.zzz: unknown key; known here: path, token_field, fields", id="nothing-near"
        ),
    ],
)
def test_an_unknown_key_is_named_with_what_was_meant(tmp_path: Path, addition: str, problem: str) -> None:
    """A misspelt key never passes silently."""
    assert refused(tmp_path, f"{MINIMAL}{addition}\n") == (f"staging.toml: {problem}",)


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        pytest.param("viewer = 5", "tokens.viewer: must be a string, not a number", id="number-for-string"),
        pytest.param("viewer = true", "tokens.viewer: must be a string, not true or false", id="boolean-for-string"),
        pytest.param('viewer = ["x"]', "tokens.viewer: must be a string, not an array", id="array-for-string"),
        pytest.param(
            "viewer = 2027-01-01",
            "tokens.viewer: must not be a date; write it as a string",
            id="date-for-string",
        ),
        pytest.param('revoke = "x"', 'tokens.revoke: unknown key; did you mean "revoked"?', id="table-as-key"),
        pytest.param('[probe]\nwrite = "x"', "probe.write: must be a table, not a string", id="string-for-table"),
        pytest.param(
            '[limits]\nconcurrency = "4"',
            "limits.concurrency: must be a whole number, not a string",
            id="string-for-number",
        ),
        pytest.param(
            "[limits]\nconcurrency = 4.5",
            "limits.concurrency: must be a whole number, not a number",
            id="fraction",
        ),
        pytest.param("[limits]\nmax_requests = 0", "limits.max_requests: must be a number greater than 0", id="zero"),
        pytest.param("[limits]\ntimeout_s = inf", "limits.timeout_s: must be a number greater than 0", id="endless"),
    ],
)
def test_a_wrong_type_is_named_with_the_right_one(tmp_path: Path, addition: str, problem: str) -> None:
    """Types are strict: nothing is converted in silence."""
    assert refused(tmp_path, f"{MINIMAL}{addition}\n") == (f"staging.toml: {problem}",)


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        pytest.param('Authorization = "Bearer x"', "Authorization: is not for this table: the token goes", id="token"),
        pytest.param('x-org-id = "o"', "x-org-id: is not for this table: the organization is scope.org_id", id="scope"),
        pytest.param('X-Request-ID = "1"', "X-Request-ID: is not for this table: the run counts", id="request-id"),
        pytest.param('Content-Length = "1"', "Content-Length: is not for this table: each request", id="framing"),
        pytest.param('"X Key" = "1"', "X Key: is no name of an HTTP field", id="blank-in-name"),
        pytest.param('X-Key = "1"\nx-key = "2"', "x-key: is the same field as X-Key; give it once", id="twice"),
        pytest.param('X-Key = "1\\r\\nX-B: 2"', "X-Key: must be printable ASCII on one line", id="two-lines"),
        pytest.param("X-Key = 1", "X-Key: must be a string, not a number", id="number"),
        pytest.param('X-Key = {env = "NO_SUCH"}', "X-Key: ", id="not-in-the-environment"),
    ],
)
def test_a_field_that_no_request_may_bear_is_named(tmp_path: Path, field: str, problem: str) -> None:
    """Each with what to do instead."""
    (told,) = refused(tmp_path, f"{MINIMAL}[target.fields]\n{field}\n")
    assert told.startswith(f"staging.toml: target.fields.{problem}")


@pytest.mark.parametrize(
    ("table", "key", "value", "complaint"),
    [
        pytest.param("tokens", "viewer", "Bearer abc", "must be the token alone", id="token-with-scheme"),
        pytest.param("tokens", "viewer", "a\nb", "must be one token", id="token-on-two-lines"),
        pytest.param("tokens", "viewer", "", "must be one token", id="token-empty"),
        pytest.param("scope", "other_org_id", "a\u0007b", "must be printable ASCII", id="id-with-control"),
        pytest.param("scope", "other_org_id", " b", "without blanks around it", id="id-with-blank"),
        pytest.param("probe", "read", "products", "must be a path", id="path-relative"),
        pytest.param("probe", "read", "/a b", "must be a path", id="path-with-blank"),
        pytest.param("probe.write", "method", "post", "must be an HTTP method", id="method-in-lower-case"),
        pytest.param("sign_in", "token_pointer", "token", "must be a JSON Pointer", id="pointer-bare"),
        pytest.param("sign_in", "request", "xml", "must be 'json' or 'form'", id="request-kind"),
        pytest.param("sign_in", "email_field", "", "must not be empty", id="field-empty"),
        pytest.param("keys", "public", "hello", "must be a JWKS or a public key", id="public-of-words"),
        pytest.param("keys", "public", '{"keys": [1]}', "must be a JWKS", id="public-of-numbers"),
        pytest.param("keys", "public", '{"keys": [{"kty": "EC", "d": ""}]}', "private key", id="public-private"),
        pytest.param("keys", "public", PRIVATE_KEY, "is a private key", id="public-private-pem"),
        pytest.param("keys", "signing", PUBLIC_KEY, "must be a private key", id="signing-public"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(
    tmp_path: Path, table: str, key: str, value: str, complaint: str
) -> None:
    """What could only fail later, or fail silently, is refused on reading, with the key's path."""
    data = tomllib.loads(f'{MINIMAL}[sign_in]\nemail = "a@example.com"\npassword = "p"\n')
    nested = reduce(lambda inside, name: inside.setdefault(name, {}), table.split("."), data)
    nested[key] = value
    with pytest.raises(ProfileError) as caught:
        from_mapping(data, "staging.toml", folder=tmp_path)
    [problem] = caught.value.problems
    assert problem.startswith(f"staging.toml: {table}.{key}: ")
    assert complaint in problem


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        pytest.param("staging.example", "must be an absolute URL", id="no-scheme"),
        pytest.param("ftp://staging.example", "must be an absolute URL", id="other-scheme"),
        pytest.param("https://", "must be an absolute URL", id="no-host"),
        pytest.param("https://staging.example?x=1", "query or a fragment", id="query"),
        pytest.param("https://staging.example/#top", "query or a fragment", id="fragment"),
        pytest.param("https://me:secret@staging.example", "user or a password", id="userinfo"),
        pytest.param("https://staging.example:99999", "its port", id="port-too-large"),
        pytest.param("https://staging.example/a b", "blanks", id="blank"),
        pytest.param("https://[::1", "IPv6", id="open-bracket"),
    ],
)
def test_a_base_url_must_be_one_to_build_on(tmp_path: Path, url: str, complaint: str) -> None:
    """An address with anything but scheme, host, port and path is refused, and no secret in it is shown."""
    [problem] = refused(tmp_path, MINIMAL.replace("https://staging.example", url))
    assert problem.startswith("staging.toml: target.base_url: ")
    assert complaint in problem
    assert "secret" not in problem


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    """A user who mends a profile sees every problem in one go, whatever its kind."""
    text = """
        zzz = 1
        [target]
        name = "x"
        [scope]
        tenant_id = 3
        other_org_id = {env = "ABSENT"}
        [tokens]
        vlaid = "x"
    """
    keys = [problem.split(": ")[1] for problem in refused(tmp_path, text)]
    expected = [
        "zzz",
        "target.base_url",
        "scope.tenant_id",
        "scope.org_id",
        "scope.other_org_id",
        "tokens.vlaid",
    ]
    assert sorted(keys) == sorted(expected)


def test_a_missing_table_is_told_by_its_keys(tmp_path: Path) -> None:
    """An empty profile says which keys it needs, not which tables."""
    problems = refused(tmp_path, "")
    keys = ("target.base_url", "scope.tenant_id", "scope.org_id")
    assert problems == tuple(f"staging.toml: {key}: is missing and must be given" for key in keys)


def test_a_profile_without_any_way_to_a_token_is_refused(tmp_path: Path) -> None:
    """Nothing could be judged without a token."""
    [problem] = refused(tmp_path, MINIMAL.replace('valid = "good-token"', ""))
    assert problem.startswith("staging.toml: tokens.valid: is missing")
    assert "[sign_in]" in problem


def test_credentials_are_a_way_to_a_token(tmp_path: Path) -> None:
    """Signing in stands in for a ready-made token."""
    text = MINIMAL.replace('valid = "good-token"', '[sign_in]\nemail = "a@example.com"\npassword = "p"')
    target = accepted(tmp_path, text)
    assert target.tokens == Tokens()
    assert "sign_in" in target.capabilities


@pytest.mark.parametrize(
    ("table", "key", "value", "same"),
    [
        pytest.param("scope", "other_tenant_id", "t-1", "scope.tenant_id", id="tenant"),
        pytest.param("scope", "other_org_id", "o-1", "scope.org_id", id="org"),
        pytest.param("scope", "other_tenant_org_id", "o-1", "scope.org_id", id="org-of-other-tenant"),
        pytest.param("tokens", "expired", "good-token", "tokens.valid", id="token"),
    ],
)
def test_a_value_that_must_differ_is_refused_when_it_does_not(
    tmp_path: Path, table: str, key: str, value: str, same: str
) -> None:
    """One's own tenant given as a foreign one would make a right server violate a rule."""
    [problem] = refused(tmp_path, MINIMAL.replace(f"[{table}]\n", f'[{table}]\n{key} = "{value}"\n'))
    assert problem.startswith(f"staging.toml: {table}.{key}: is the same")
    assert same in problem


def test_a_syntax_error_is_told_with_line_and_column(tmp_path: Path) -> None:
    """Broken TOML is one line that names the place."""
    [problem] = refused(tmp_path, '[target]\nbase_url = "https://staging.example\n')
    assert problem.startswith("staging.toml: is not valid TOML: ")
    assert "line 2, column" in problem


def test_endless_nesting_is_refused(tmp_path: Path) -> None:
    """A profile too deep for the parser is refused without a traceback."""
    [problem] = refused(tmp_path, "a = " + "[" * 100_000)
    assert problem.startswith("staging.toml: is nested too deeply")


def test_a_profile_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    path = tmp_path / "staging.toml"
    path.write_bytes('[target]\nname = "Zürich"\n'.encode("latin-1"))
    with pytest.raises(ProfileError, match=r"staging\.toml: is not UTF-8 text \(octet 18\)"):
        from_profile(path)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    """Some editors put one in front."""
    assert accepted(tmp_path, f"\ufeff{MINIMAL}").tokens.valid == "good-token"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("absent.toml", "No such file or directory", id="absent"),
        pytest.param(".", "Is a directory", id="folder"),
    ],
)
def test_a_profile_that_cannot_be_read_says_why(tmp_path: Path, name: str, reason: str) -> None:
    """The path and the system's reason, no traceback."""
    with pytest.raises(ProfileError) as caught:
        from_profile(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot be read: {reason}"


def test_no_problem_repeats_a_secret(tmp_path: Path) -> None:
    """A refused token is not printed: the terminal may be a public log."""
    [problem] = refused(tmp_path, MINIMAL.replace("good-token", "Bearer canary-4711"))
    assert "canary-4711" not in problem


@pytest.mark.parametrize(
    ("url", "rate"),
    [
        pytest.param("http://localhost:8080", None, id="localhost"),
        pytest.param("http://synq.localhost", None, id="below-localhost"),
        pytest.param("http://127.1.2.3", None, id="127-block"),
        pytest.param("http://[::1]:8080", None, id="ipv6-loopback"),
        pytest.param("https://staging.example", 20.0, id="remote-https"),
        pytest.param("http://staging.example", 20.0, id="remote-http"),
        pytest.param("http://localhost.example", 20.0, id="only-looks-local"),
    ],
)
def test_only_loopback_is_driven_freely(tmp_path: Path, url: str, rate: float | None) -> None:
    """Another's machine is spared by default."""
    target = accepted(tmp_path, MINIMAL.replace("https://staging.example", url))
    assert target.limits.requests_per_second == rate
    assert target.loopback is (rate is None)


def test_a_limit_that_is_given_holds_on_loopback_too(tmp_path: Path) -> None:
    """Only what the profile leaves open is free."""
    text = f"{MINIMAL}[limits]\nrequests_per_second = 5\n".replace("https://staging.example", "http://localhost")
    limits = accepted(tmp_path, text).limits
    assert (limits.requests_per_second, limits.max_requests) == (5.0, None)


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_a_base_url_ends_without_a_slash(tmp_path: Path, slashes: str) -> None:
    """Paths begin with one."""
    target = accepted(tmp_path, MINIMAL.replace("https://staging.example", f"https://a.example/base{slashes}"))
    assert target.base_url == "https://a.example/base"
    assert target.name == "a.example/base"


def test_a_write_without_a_body_has_none(tmp_path: Path) -> None:
    """The body of the write probe is sent as it stands, sources and all."""
    assert accepted(tmp_path, f"{MINIMAL}[probe.write]\n").probe.write == Write(json=None)
    body = accepted(tmp_path, f'{MINIMAL}[probe.write]\njson = {{name = {{env = "HOME"}}}}\n').probe.write
    assert body == Write(json={"name": {"env": "HOME"}})


def test_the_embedded_synq_describes_itself_as_a_profile() -> None:
    """What the mock says of itself is read by the same rules as a file, and leaves nothing open."""
    from conformance.mock.describe import describe
    from conformance.mock.state import create

    target = from_mapping(describe(create(), "http://127.0.0.1:1"), "embedded Synq")
    assert None not in [getattr(target.tokens, each.name) for each in fields(target.tokens)]
    assert target.keys.signing in target.secrets

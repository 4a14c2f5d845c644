"""A target from the SYNQ_ variables alone."""

from __future__ import annotations

import pytest

from conformance.config.profile import ProfileError, from_environment

FOUR = {
    "SYNQ_BASE_URL": "https://staging.example",
    "SYNQ_TOKEN": "good-token",
    "SYNQ_TENANT_ID": "t-1",
    "SYNQ_ORG_ID": "o-1",
}
CREDENTIALS = {"SYNQ_EMAIL": "a@example.com", "SYNQ_PASSWORD": " pass word "}


def test_four_variables_are_enough() -> None:
    """Address, token, tenant and organization make a target."""
    target = from_environment(FOUR)
    assert (target.base_url, target.tokens.valid) == ("https://staging.example", "good-token")
    assert (target.scope.tenant_id, target.scope.org_id) == ("t-1", "o-1")
    assert "sign_in" not in target.capabilities


def test_two_more_add_signing_in() -> None:
    """The password is taken as it is, blanks included."""
    sign_in = from_environment(FOUR | CREDENTIALS).sign_in
    assert sign_in
    assert (sign_in.email, sign_in.password) == ("a@example.com", " pass word ")


def test_credentials_stand_in_for_the_token() -> None:
    """The token can be had by signing in."""
    target = from_environment({**FOUR, "SYNQ_TOKEN": "", **CREDENTIALS})
    assert target.tokens.valid is None
    assert "sign_in" in target.capabilities


def test_the_url_option_goes_before_the_variable() -> None:
    """--url is the more deliberate of the two."""
    assert from_environment(FOUR, "http://127.0.0.1:5000/").base_url == "http://127.0.0.1:5000"


@pytest.mark.parametrize("name", ["SYNQ_BASE_URL", "SYNQ_TENANT_ID", "SYNQ_ORG_ID", "SYNQ_TOKEN"])
def test_a_missing_variable_is_named(name: str) -> None:
    """The message names the variable to set, not a key of a file that does not exist."""
    with pytest.raises(ProfileError) as caught:
        from_environment({key: value for key, value in FOUR.items() if key != name})
    [problem] = caught.value.problems
    assert problem.startswith(f"environment: {name}: is missing")


@pytest.mark.parametrize(
    ("given", "missing"), [("SYNQ_EMAIL", "SYNQ_PASSWORD"), ("SYNQ_PASSWORD", "SYNQ_EMAIL")]
)
def test_half_of_the_credentials_names_the_other_half(given: str, missing: str) -> None:
    """A user without a password, or the reverse, is a mistake and not a target without sign-in."""
    with pytest.raises(ProfileError) as caught:
        from_environment(FOUR | {given: CREDENTIALS[given]})
    assert caught.value.problems == (f"environment: {missing}: is missing and must be given",)


def test_a_wrong_url_option_is_called_by_its_name() -> None:
    """A user who typed --url is told about --url."""
    with pytest.raises(ProfileError, match="environment: --url: must be an absolute URL"):
        from_environment(FOUR, "localhost:8080")

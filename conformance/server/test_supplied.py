"""Tokens that the profile supplies: properly signed, and wrong in the one way that their name says."""

from __future__ import annotations

from conformance.contract.marks import alternative, needs, rule
from conformance.server.harness.calls import TargetApi


@rule("token-expired")
@alternative("an expired token", by="a supplied token")
@needs("tokens.expired")
def test_the_supplied_expired_token_is_unauthorized(synq: TargetApi) -> None:
    """A token past its hour is answered 401, whatever else is right."""
    synq.get(token=synq.target.tokens.expired).must_be(401, why="the token is past its hour")


@rule("token-revoked")
@alternative("a revoked token", by="a supplied token")
@needs("tokens.revoked")
def test_the_supplied_revoked_token_is_unauthorized(synq: TargetApi) -> None:
    """A token that was revoked earlier is answered 401."""
    synq.get(token=synq.target.tokens.revoked).must_be(401, why="the token was revoked")


@rule("not-yet-valid")
@alternative("a token from the future", by="a supplied token")
@needs("tokens.not_yet_valid")
def test_the_supplied_token_from_the_future_is_unauthorized(synq: TargetApi) -> None:
    """Before its not-before time a token does not count."""
    synq.get(token=synq.target.tokens.not_yet_valid).must_be(401, why="the token is not valid yet")


@rule("issuer-wrong")
@alternative("a token of another issuer", by="a supplied token")
@needs("tokens.wrong_issuer")
def test_the_supplied_token_of_another_issuer_is_unauthorized(synq: TargetApi) -> None:
    """The issuer is checked, not the signature alone."""
    synq.get(token=synq.target.tokens.wrong_issuer).must_be(401, why="another issuer made the token")


@rule("audience-wrong")
@alternative("a token for another audience", by="a supplied token")
@needs("tokens.wrong_audience")
def test_the_supplied_token_for_another_audience_is_unauthorized(synq: TargetApi) -> None:
    """The audience is checked, not the signature alone."""
    synq.get(token=synq.target.tokens.wrong_audience).must_be(401, why="the token is for another audience")


@rule("expiry-missing")
@alternative("a token without expiry", by="a supplied token")
@needs("tokens.no_expiry")
def test_the_supplied_token_without_expiry_is_unauthorized(synq: TargetApi) -> None:
    """A token that never expires is none of Synq's, which live an hour."""
    synq.get(token=synq.target.tokens.no_expiry).must_be(401, why="the token never expires")


@rule("token-unprovisioned")
@alternative("a token without scope", by="a supplied token")
@needs("tokens.unprovisioned")
def test_the_supplied_token_without_scope_is_forbidden(synq: TargetApi) -> None:
    """The token of an account without tenant and organization is valid, and lets nobody in."""
    answered = synq.get(token=synq.target.tokens.unprovisioned)
    answered.must_be(403, why="the token is valid and carries no tenant or organization")

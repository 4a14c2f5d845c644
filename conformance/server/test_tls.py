"""TLS: which versions, whose certificate, and what is given without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.marks import rule
from conformance.server.harness.in_clear import must_give_nothing_in_clear, must_take_no_token_in_clear
from conformance.server.harness.secure_way import CERTIFICATES, VERSIONS, SecureWay, negotiated, unverified
from conformance.server.harness.target_api import TargetApi


@rule("tls-old-versions")
@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_version_is_not_negotiated(synq: TargetApi, secure: SecureWay, version: str) -> None:
    """A handshake that offers nothing newer comes to nothing, although the usual one does not."""
    found = negotiated(secure, VERSIONS[version])
    replace(synq.get(), alone=False).must_hold(
        found is None, f"a handshake that offers {version} alone came to an end", expected="no connection", got=found
    )


@rule("tls-certificate")
def test_every_new_connection_has_a_certificate_that_verifies(synq: TargetApi, secure: SecureWay) -> None:
    """A name may stand for several nodes, and each of them has a certificate."""
    problems = unverified(secure)
    share = f"{len(problems)} of {CERTIFICATES} new connections"
    replace(synq.get(), alone=False).must_hold(
        not problems, f"the certificate of {share} does not verify: {', '.join(dict.fromkeys(problems))}",
        expected="a certificate for the target's name, by a trusted issuer", got=share,
    )  # fmt: skip


@rule("cleartext-without-data")
def test_nothing_is_given_out_in_clear(synq: TargetApi, secure: SecureWay) -> None:
    """Without TLS and without a token there is no data."""
    must_give_nothing_in_clear(synq, secure)


@rule("cleartext-without-data")
def test_no_token_is_taken_in_clear(synq: TargetApi, secure: SecureWay) -> None:
    """A client that forgets the s in https gets no data for the token that it has given away."""
    must_take_no_token_in_clear(synq, secure)

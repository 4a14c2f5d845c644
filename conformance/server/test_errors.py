"""RFC 9110 and RFC 6750 on errors: challenges, bodies, and what must not stand in them."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.contract.marks import needs, rule, signs_in_wrongly
from conformance.evidence.judge import NotAssessed
from conformance.server.harness.cases import UNKNOWN_ID
from conformance.server.harness.challenges import bearer_challenge
from conformance.server.harness.inside import shown_inside
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.signing_in import WRONG_CREDENTIALS, sign_in_with
from conformance.server.harness.target_api import TargetApi

WRONG: dict[str, dict[str, Any]] = {
    "no-authorization": {"authorization": None},
    "not-a-token": {"token": "not-a-token"},
    "token-cut-off": {"token": "cut"},
    "other-scheme": {"authorization": "Basic dTpw"},
    "tenant-missing": {"tenant": None},
    "tenant-unknown": {"tenant": UNKNOWN_ID},
    "org-missing": {"org": None},
    "org-unknown": {"org": UNKNOWN_ID},
}

def _wrong(synq: TargetApi, name: str) -> ResponseAssertion:
    return synq.get(**WRONG[name])


@rule("challenge-present")
@pytest.mark.parametrize("wrong", ["no-authorization", "not-a-token", "token-cut-off", "other-scheme"])
def test_a_401_carries_abearer_challenge(synq: TargetApi, wrong: str) -> None:
    """A 401 says how to authenticate."""
    answered = _wrong(synq, wrong).must_have_been(401)
    field = answered.header("WWW-Authenticate")
    answered.must_hold(
        bearer_challenge(field) is not None, "the 401 carries no Bearer challenge",
        expected="WWW-Authenticate: Bearer", got=field or "no WWW-Authenticate",
    )  # fmt: skip


@rule("challenge-invalid-token")
@pytest.mark.parametrize("wrong", ["not-a-token", "token-cut-off"])
def test_the_challenge_to_a_bad_token_says_so(synq: TargetApi, wrong: str) -> None:
    """A client learns from invalid_token that a new token is what it takes."""
    answered = _wrong(synq, wrong).must_have_been(401)
    challenge = bearer_challenge(answered.header("WWW-Authenticate"))
    error = (challenge or {}).get("error")
    said = "the 401 carries no Bearer challenge, and so names no error"
    answered.must_hold(
        error == "invalid_token", said if challenge is None else "the challenge does not name the error",
        expected='error="invalid_token"', got=error or "no error code",
    )  # fmt: skip


@rule("challenge-without-code")
def test_the_challenge_to_no_credentials_has_no_error(synq: TargetApi) -> None:
    """If no credentials were sent, the challenge names no error."""
    answered = _wrong(synq, "no-authorization").must_have_been(401)
    error = (bearer_challenge(answered.header("WWW-Authenticate")) or {}).get("error")
    answered.must_hold(
        error is None, "the challenge names an error although no credentials were sent",
        expected="no error code", got=error,
    )  # fmt: skip


@rule("challenge-scope")
@pytest.mark.parametrize("wrong", ["tenant-unknown", "org-unknown"])
def test_a_challenge_in_a_403_says_insufficient_scope(synq: TargetApi, wrong: str) -> None:
    """A 403 need not carry a challenge; one that does names the right error."""
    answered = _wrong(synq, wrong).must_have_been(403)
    challenge = bearer_challenge(answered.header("WWW-Authenticate"))
    error = None if challenge is None else challenge.get("error", "none")
    answered.must_hold(
        error in (None, "insufficient_scope"), "the challenge in the 403 names another error",
        expected='error="insufficient_scope" or no challenge', got=error,
    )  # fmt: skip


@rule("error-body")
@pytest.mark.synq_plain
@pytest.mark.parametrize("wrong", WRONG)
def test_an_error_body_is_what_its_type_says(synq: TargetApi, wrong: str) -> None:
    """JSON under a JSON type, XML under an XML type, text in the charset that is named."""
    answered = _wrong(synq, wrong).must_have_been(401, 403)
    problem = _malformed(answered)
    answered.must_hold(problem is None, f"the error body {problem}", expected="a well-formed body")


def _malformed(answered: ResponseAssertion) -> str | None:
    declared = Message()
    declared["Content-Type"] = answered.header("Content-Type") or ""
    media_type = declared["Content-Type"].partition(";")[0].strip().lower()
    if not answered.body:
        return None
    try:
        if media_type.endswith(("/json", "+json")):
            json.loads(answered.body)
        elif media_type.endswith(("/xml", "+xml")):
            ET.fromstring(answered.body)  # noqa: S314 - stdlib expat is bounded against entity bombs
        elif media_type.startswith("text/"):
            answered.body.decode(declared.get_content_charset("utf-8"))
        elif not media_type:
            return "has no Content-Type"
    except (LookupError, ValueError, ET.ParseError) as error:
        return f"is not {media_type}: {error}"
    except RecursionError as error:
        raise NotAssessed(f"an error body is nested too deeply to be read ({len(answered.body)} octets)") from error
    return None


@rule("head-no-body")
@pytest.mark.parametrize("wrong", ["none", "no-authorization", "not-a-token"])
def test_an_answer_to_head_has_no_body(synq: TargetApi, wrong: str) -> None:
    """HEAD brings header fields only, accepted or refused."""
    request = synq.request("HEAD", **WRONG.get(wrong, {}))
    answered = synq.send(request, control=synq.documented())
    answered.must_hold(
        answered.exchange.response is not None and not answered.body, "the answer to HEAD has a body",
        expected="no body", got=f"{len(answered.body)} octets",
    )  # fmt: skip


@rule("secrets-not-echoed")
@pytest.mark.parametrize("place", ["token", "altered-token", "tenant", "path"])
def test_no_answer_repeats_the_token(synq: TargetApi, place: str) -> None:
    """What was sent as a token does not come back, in whichever place it was sent."""
    token = synq.credentials.valid()
    altered = f"{token[:-12]}{token[-12:][::-1]}x"
    requests = {
        "token": synq.request(tenant=UNKNOWN_ID),
        "altered-token": synq.request(token=altered),
        "tenant": synq.request(tenant=token),
        "path": synq.request("GET", f"{synq.target.probe.read}?q=1&token={token}", authorization=None),
    }
    answered = synq.send(requests[place], control=synq.documented())
    response = answered.exchange.response
    said = "" if response is None else " ".join(v for _, v in response.headers) + answered.body.decode("latin-1")
    repeated = any(piece in said for piece in (token, altered, token.rpartition(".")[2] or token))
    answered.must_hold(not repeated, "the answer repeats the token", expected="no token")


@rule("internals-not-shown")
@pytest.mark.parametrize("wrong", WRONG)
def test_no_refusal_shows_the_inside(synq: TargetApi, wrong: str) -> None:
    """No stack trace and no file path stands in an error answer."""
    answered = _wrong(synq, wrong)
    shown = shown_inside(answered.exchange)
    answered.must_hold(
        shown is None, "the answer shows the server's inside", expected="no stack trace, no file path", got=shown
    )


@signs_in_wrongly
@rule("secrets-not-echoed")
@needs("sign_in")
def test_a_refused_sign_in_does_not_repeat_the_password(synq: TargetApi) -> None:
    """The password that was sent does not come back."""
    password = WRONG_CREDENTIALS["wrong-password"]["password"]
    answered = sign_in_with(synq, password=password)
    repeated = password.encode() in answered.body or json.dumps(password).encode() in answered.body
    answered.must_hold(not repeated, "the answer repeats the password", expected="no password")

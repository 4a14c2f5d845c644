"""No run of twelve characters of a secret gets out of a run, whatever the target does with what it was sent."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w
from joserfc import jws
from joserfc.errors import JoseError

from conformance.http.message import Response
from conformance.mock.call import Call, Synq
from conformance.mock.describe import describe
from conformance.mock.faults import FAULTS, apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.report.writing import formats
from conformance.selftest.commands import synq_conformance

WITHIN_S = 900
RUN = 12
COMPACT = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
FAULTY = (
    "signature-compared-over-its-shorter-length",
    "signature-spelled-loosely-accepted",
    "surplus-segments-ignored",
    "token-repeated-in-refusals",
    "query-repeated-in-refusals",
    "expiry-never-comes",
    "revocation-ignored",
    "fourth-segment-believed",
    "quoted-token-accepted",
    "wrong-password-accepted",
)
"""Forged, altered, expired and revoked tokens are let in, and what is refused comes back in the refusal."""


def recording(synq: Synq) -> set[str]:
    """Every text with the form of a token that goes in or comes out from here on."""
    answer, seen = synq.steps.answer, set[str]()

    def answered(call: Call) -> Response:
        response = answer(call)
        texts = [call.request.target, *(value for _, value in call.request.headers), response.body.decode("latin-1")]
        seen.update(token for text in texts for token in COMPACT.findall(text))
        return response

    synq.steps = replace(synq.steps, answer=answered)
    return seen


def is_signed(token: str, synq: Synq) -> bool:
    """Whether the deployment's own key signed it: it is a credential, or was one, or may be one at a faulty server."""
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    try:
        jws.deserialize_compact(token.encode(), synq.keys.private, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False
    return True


def grams(secret: str) -> set[str]:
    return {secret[at : at + RUN] for at in range(len(secret) - RUN + 1)}


@pytest.mark.parametrize("faults", [pytest.param((), id="honest"), pytest.param(FAULTY, id="faulty")])
def test_no_part_of_a_secret_gets_out_of_a_run(tmp_path: Path, faults: tuple[str, ...]) -> None:
    """Not in the record of exchanges, in any format of the report, in the regression cases, or on the console.

    Secret is all of a token but its header, which is the same for every token of a deployment and says no more than
    how it was signed. The payload counts although forged tokens begin with the same one.
    """
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    seen = recording(synq)
    with serve(synq) as running:
        profile = describe(synq, running.base_url)
        (tmp_path / "target.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = [f"--rule={rule}" for rule in dict.fromkeys(FAULTS[name].rule for name in faults)]
        options = ["--profile=target.toml", "--level=hardening", *rules, *(f"--format={name}" for name in formats())]
        ended = synq_conformance("server", *options, folder=tmp_path, within_s=WITHIN_S)
    assert ended.code == (1 if faults else 0), ended.err
    tokens = {token for token in seen if is_signed(token, synq)} | set(profile["tokens"].values())
    assert len(tokens) > len(profile["tokens"])
    lines = profile["keys"]["signing"].splitlines()[1:-1]
    secrets = [token.partition(".")[2] for token in tokens] + [profile["sign_in"]["password"], *lines]
    known = set[str]().union(*map(grams, secrets))
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    outputs = {str(path.relative_to(tmp_path)): path.read_bytes().decode("latin-1") for path in files}
    assert {"reports/report.json", "reports/exchanges.jsonl", "reports/pytest.xml"} <= set(outputs)
    assert not faults or "reports/found.toml" in outputs
    outputs |= {"stdout": ended.out, "stderr": ended.err}
    leaks = {name: next(iter(found)) for name, text in outputs.items() if (found := grams(text) & known)}
    assert leaks == {}

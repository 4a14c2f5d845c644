"""Canary secrets: whatever a target sends back, they do not leave a run."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.results.data import Finding
from conformance.selftest.commands import synq_conformance
from conformance.selftest.dull_servers import always
from conformance.selftest.grams import grams
from conformance.tokens import ATTACKS, Attack, Material

CANARY_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktc3ViamVjdCJ9.Q0FOQVJZLXNpZ25hdHVyZS1vZi1ub2JvZHk"
CANARY_PASSWORD = 'canary "pass" word & more'
SPELLINGS = {
    "plain": CANARY_TOKEN,
    "in-url": quote(CANARY_TOKEN, safe=""),
    "in-base64": base64.b64encode(CANARY_TOKEN.encode()).decode(),
    "in-hexadecimal": CANARY_TOKEN.encode().hex(),
    "signature-alone": CANARY_TOKEN.rpartition(".")[2],
    "payload-alone": CANARY_TOKEN.split(".")[1],
    "cut-short": CANARY_TOKEN[:-4],
    "password": CANARY_PASSWORD,
    "password-in-json": json.dumps(CANARY_PASSWORD)[1:-1],
    "password-in-url": quote(CANARY_PASSWORD),
}

RULES = [
    f"--rule={rule}" for rule in ("headers-missing", "credentials-elsewhere", "signature-altered", "sign-in-refused")
]


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.name(CANARY_TOKEN, "$SYNQ_TOKEN")
    redactor.name(CANARY_PASSWORD, "$SYNQ_PASSWORD")
    return redactor


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_secret_stays(redactor: Redactor, spelling: str) -> None:
    """However a secret is encoded or cut, its text is gone, and what stood around it stays."""
    secret = SPELLINGS[spelling]
    redacted = redactor.text(f"before<{secret}>after")
    assert secret not in redacted
    assert redacted.startswith("before<")
    assert redacted.endswith(">after")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("node adapter.mjs --password hunter2", "node adapter.mjs --password [redacted]"),
        ("./adapter --api-key=abc -v", "./adapter --api-key=[redacted] -v"),
        ("./adapter --client-secret  x y", "./adapter --client-secret  [redacted] y"),
        (f"./adapter {CANARY_TOKEN}", "./adapter $SYNQ_TOKEN"),
        ("fixtures/adapters/faulty:honest", "fixtures/adapters/faulty:honest"),
    ],
)
def test_a_command_line_is_kept_without_its_secrets(redactor: Redactor, line: str, kept: str) -> None:
    """What named the client under test says how to run it again, and no more."""
    assert redactor.option(line) == kept


def test_two_unknown_tokens_can_be_told_apart(redactor: Redactor) -> None:
    """A token without a name is shown by a fingerprint of its own."""
    one, two = (redactor.text(f"{CANARY_TOKEN[:20]}.eyJzdWIiOiJ{tail * 90}") for tail in "AB")
    assert one != two
    assert one.startswith("[token ")


FACTS = describe(create(), "http://127.0.0.1:1")
ELLIPTIC = describe(create(algorithm="ES256"), "http://127.0.0.1:1")
ON_A_CURVE = {"key-confusion-point", "key-confusion-x-coordinate"}
"""Attacks that take a key on an elliptic curve."""
GENUINE: str = FACTS["tokens"]["valid"]


def secret_part(token: str) -> str:
    """Payload and signature: the header is public, as it is that of every token of a deployment."""
    return token.partition(".")[2]


@pytest.fixture(scope="module")
def knowing() -> Redactor:
    """A redactor that knows a real token, as a run does, and nothing that is made of it."""
    redactor = Redactor()
    redactor.name(GENUINE, "$SYNQ_TOKEN")
    return redactor


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_attack_shows_a_part_of_the_genuine_token(knowing: Redactor, attack: Attack) -> None:
    """However little was changed, and wherever the forged token comes back."""
    keys = (ELLIPTIC if attack.name in ON_A_CURVE else FACTS)["keys"]
    material = Material(GENUINE, FACTS["tokens"]["viewer"], keys["public"], keys["signing"], now=time.time())
    forged = attack.forge(material)
    data = {"headers": [["Authorization", f"Bearer {forged}"], ["X-Echo", forged]], "body": f'{{"sent": "{forged}"}}'}
    kept = json.dumps(knowing.data(data))
    assert not grams(kept) & grams(secret_part(GENUINE))


@given(cut=st.lists(st.integers(0, len(GENUINE)), min_size=2, max_size=2).map(sorted), around=st.text(max_size=9))
@settings(max_examples=300, deadline=None)
def test_no_cut_of_a_token_stays(knowing: Redactor, cut: list[int], around: str) -> None:
    """From whichever character to whichever other, among any text."""
    kept = knowing.text(f"{around}{GENUINE[cut[0] : cut[1]]}{around}{GENUINE[cut[1] :]}")
    assert not grams(kept) & grams(secret_part(GENUINE))


@given(cut=st.lists(st.integers(0, len(GENUINE)), min_size=2, max_size=2).map(sorted), around=st.text(max_size=9))
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("label", ["[a token of the run]", "$SYNQ_TOKEN"])
def test_what_was_harmless_is_looked_through_again(label: str, cut: list[int], around: str) -> None:
    """A text that held no secret when it came by first may hold one that was named since."""
    text = f"{around}{GENUINE[cut[0] : cut[1]]}{around}"
    seen_before, fresh = Redactor(), Redactor()
    seen_before.text(text)
    for one in (seen_before, fresh):
        one.name(GENUINE, label)
    assert seen_before.text(text) == fresh.text(text)


def test_no_cut_of_a_password_or_a_key_stays() -> None:
    """Plain, in hexadecimal, and in base64 wherever it begins among other octets."""
    redactor = Redactor()
    secrets = {"$SYNQ_PASSWORD": CANARY_PASSWORD, "[signing key]": FACTS["keys"]["signing"]}
    for label, secret in secrets.items():
        redactor.name(secret, label)
    assert not grams(redactor.text(f"x{CANARY_PASSWORD[3:20]}y")) & grams(CANARY_PASSWORD)
    middle = FACTS["keys"]["signing"].splitlines()[9]
    assert not grams(redactor.text(f"key={middle[5:40]}")) & grams(middle)
    for before in ("", "a", "ab"):
        encoded = base64.b64encode((before + CANARY_PASSWORD[:-2]).encode()).decode()
        assert "[" in redactor.text(encoded), before
        assert encoded[8:24] not in redactor.text(encoded)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(f"{GENUINE[:500]} {GENUINE[500:]}", "${SYNQ_TOKEN:0:500} ${SYNQ_TOKEN:500}", id="blank-inserted"),
        pytest.param(f"{GENUINE}x", "$SYNQ_TOKENx", id="lengthened"),
        pytest.param(GENUINE.rpartition(".")[0], f"${{SYNQ_TOKEN:0:{GENUINE.rindex('.')}}}", id="without-signature"),
    ],
)
def test_an_altered_token_is_written_as_what_it_is(knowing: Redactor, text: str, kept: str) -> None:
    """Which part of the genuine one it has, and what stands between the parts."""
    assert knowing.text(f"Bearer {text}") == f"Bearer {kept}"


@pytest.mark.parametrize(
    "host", ["framework-demo.example.com", "newport-gateway.example", "eyewitness-api.example.com/a.b.c"]
)
def test_a_name_that_begins_like_a_token_stays(knowing: Redactor, host: str) -> None:
    """A line that calls a host without its name cannot be run."""
    assert knowing.text(f"https://{host}/products") == f"https://{host}/products"


@pytest.mark.parametrize("unit", ["eyey", "eyJ", "eyJ.", "ewo", "eyJhbGci", "e30.", "password ", "token=", "x"])
def test_redaction_takes_time_by_the_length_of_the_text(knowing: Redactor, unit: str) -> None:
    """A header of 100 kB that might begin a token at every other character is read once."""
    text = unit * (100_000 // len(unit))
    tick = time.process_time()
    knowing.header("Authorization", text)
    knowing.header("X-Odd", f"{text}.")
    assert time.process_time() - tick < 3


def test_pieces_of_a_secret_by_the_thousand_are_read_once(knowing: Redactor) -> None:
    """Each might be part of a run, and no more of the text is looked at for it than the secret is long."""
    block = GENUINE.index(".") + 13
    text = "~".join([GENUINE[block : block + 6]] * 100_000)
    tick = time.process_time()
    assert knowing.text(text) == text
    assert time.process_time() - tick < 5


@pytest.mark.parametrize(
    "advice",
    [
        "signing in brought no token: check sign_in (email, password, path, token_pointer)",
        "tokens.valid: must be one token: printable ASCII on one line",
    ],
)
def test_the_suite_s_own_advice_stays(knowing: Redactor, advice: str) -> None:
    """A sentence that goes on after a colon holds no secret."""
    assert knowing.text(advice) == advice


@pytest.mark.parametrize("text", ["password: hunter2-of-old", "token=abcdefgh", '{"password": "abcdefgh"}'])
def test_a_value_after_the_name_of_a_secret_goes(knowing: Redactor, text: str) -> None:
    """It may be one although the run knows nothing of it."""
    assert "[redacted]" in knowing.text(text)


@pytest.mark.parametrize("name", ["Cookie", "Set-Cookie"])
def test_cookies_are_never_kept(redactor: Redactor, name: str) -> None:
    """Of a cookie only its name stays."""
    assert "s3cr3t" not in redactor.header(name, "session=s3cr3t-value; Path=/")


def test_the_record_holds_no_secret(redactor: Redactor, tmp_path: Path) -> None:
    """A line of the record is redacted in its target, its fields and both bodies."""
    path = tmp_path / "exchanges.jsonl"
    recorder = Recorder(path, redactor)
    request = Request(
        "POST",
        f"/x?token={CANARY_TOKEN}",
        (("Authorization", f"Bearer {CANARY_TOKEN}"), ("Cookie", "a=b")),
        json.dumps({"password": CANARY_PASSWORD}).encode(),
    )
    response = Response(200, (("X-Echo", CANARY_TOKEN),), f"you sent {CANARY_TOKEN}".encode())
    recorder.exchange(Exchange(request, response, None, "", 0.0, 0.001))
    recorder.close()
    kept = path.read_text("utf-8")
    assert "$SYNQ_TOKEN" in kept
    assert not [secret for secret in SPELLINGS.values() if secret in kept]


def test_a_finding_holds_no_secret(redactor: Redactor) -> None:
    """Summary, answer and curl line of a finding are redacted."""
    recorder = Recorder(None, redactor)
    finding = Finding(f"saw {CANARY_TOKEN}", (401,), f"got {CANARY_TOKEN}", curl=f"curl -H 'X: {CANARY_TOKEN}'")
    assert CANARY_TOKEN not in repr(recorder.finding(finding))


def test_no_output_of_a_run_holds_a_secret(tmp_path: Path) -> None:
    """A target that answers with the token itself puts it into no file and on no console."""
    environ = {"SYNQ_TOKEN": CANARY_TOKEN, "SYNQ_TENANT_ID": "t", "SYNQ_ORG_ID": "o"}
    environ |= {"SYNQ_EMAIL": "a@example.com", "SYNQ_PASSWORD": CANARY_PASSWORD}
    with always(200, json.dumps({"token": CANARY_TOKEN, "said": CANARY_PASSWORD}).encode()) as url:
        ended = synq_conformance("server", "--url", url, *RULES, folder=tmp_path, environ=environ)
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    written = {path.name: path.read_bytes().decode("latin-1") for path in files}
    assert {"report.json", "exchanges.jsonl", "pytest.xml"} <= set(written)
    outputs = written | {"stdout": ended.out, "stderr": ended.err}
    assert not [(name, key) for name, text in outputs.items() for key, secret in SPELLINGS.items() if secret in text]


@pytest.mark.parametrize("option", ["--debug", "--showlocals", "--setup-show", "--trace-config"])
def test_no_option_of_pytest_writes_a_secret(option: str, tmp_path: Path) -> None:
    """What pytest tells of its hooks and their arguments has none either."""
    with serve(create()) as running:
        profile = describe(running.synq, running.base_url)
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        words = ("server", "--profile", "profile.toml", "--depth", "quick", *RULES, "--", option)
        ended = synq_conformance(*words, folder=tmp_path)
    assert ended.code == 0, ended.err
    secrets = [*profile["tokens"].values(), profile["sign_in"]["password"], profile["keys"]["signing"].splitlines()[2]]
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "profile.toml"]
    written = {file.name: file.read_text("utf-8", "replace") for file in files}
    outputs = written | {"stdout": ended.out, "stderr": ended.err}
    assert not [(name, secret[:8]) for name, text in outputs.items() for secret in secrets if secret in text]

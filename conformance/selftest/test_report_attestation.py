"""A report that was signed is verified, and one octet that was changed in it or beside it is found, with the reason."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from conformance.cli import main
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.report.belonging import ENVELOPE
from conformance.report.signing import EnvelopeRefused, signed, statement_in
from conformance.selftest.commands import synq_conformance

RULES = ("--rule", "documented-request", "--rule", "headers-missing")
WAIVERS = '[[waiver]]\nrule = "token-expired"\nreason = "known"\nuntil = 2099-01-31\nticket = "API-1"\n'
"""Of a rule that the run leaves out: it is left for the run that has it."""
FILES = ["report.json", "journal.jsonl", "exchanges.jsonl", "profile.json"]
KINDS: dict[str, Callable[[], Any]] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def pems(kind: str = "ed25519", password: bytes | None = None) -> tuple[bytes, bytes]:
    """A new private key and its public one."""
    key = KINDS[kind]()
    kept: KeySerializationEncryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept), public


def write_keys(folder: Path, private: bytes, public: bytes) -> None:
    (folder / "private.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a profile and waivers, signed, and the keys."""
    folder = tmp_path_factory.mktemp("signed")
    synq = create()
    (folder / "waivers.toml").write_text(WAIVERS, "utf-8")
    with serve(synq) as running:
        (folder / "profile.toml").write_text(tomli_w.dumps(describe(synq, running.base_url)), "utf-8")
        named = ("--profile", "profile.toml", "--waivers", "waivers.toml")
        assert synq_conformance("server", *named, *RULES, folder=folder).code == 0
    write_keys(folder, *pems())
    assert attested(folder).exit_code == 0
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path


def attested(folder: Path) -> Result:
    return ran("attest", folder / "reports", "--key", folder / "private.pem")


def verified(folder: Path, *instead_of_key: object) -> Result:
    key = instead_of_key or ("--key", folder / "public.pem")
    return ran("verify", folder / "reports", "--waivers", folder / "waivers.toml", *key)


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the data of report.json."""
    path = folder / "reports" / "report.json"
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data, indent=1) + "\n", "utf-8")


def test_a_signed_report_is_verified(folder: Path) -> None:
    """It says of each file that it is as it was, and what the signature covers."""
    done = verified(folder)
    assert (done.exit_code, "WRONG" in done.output, "open  " in done.output) == (0, False, False)
    looked_at = ("signature", "statement", "verdict", "contract", "waivers", "cases", *FILES)
    assert [one for one in looked_at if f"ok     {one}: " not in done.output] == []
    assert "does not cover report.html" in done.output


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 1.0], ids=["first", "early", "late", "last"])
@pytest.mark.parametrize("name", [*FILES, ENVELOPE, "../waivers.toml"])
def test_one_changed_octet_is_found(folder: Path, name: str, place: float) -> None:
    """Wherever it is, in the report, beside it or in the envelope; the file is named."""
    path = folder / "reports" / name
    octets = bytearray(path.read_bytes())
    octets[round(place * (len(octets) - 1))] ^= 1
    path.write_bytes(octets)
    done = verified(folder)
    what = {"../waivers.toml": "waivers", ENVELOPE: "signature"}.get(name, name)
    read_at_all = done.exit_code == 1 and f"WRONG  {what}: " in done.output
    assert read_at_all or (done.exit_code, name, "not a report" in done.output) == (2, "report.json", True)


def test_each_octet_of_an_envelope_counts() -> None:
    """Of its payload, of its signature, and of all that stands around them."""
    private, public = pems()
    text = signed('{"_type": "a statement"}', private)
    assert statement_in(text, [public]) == {"_type": "a statement"}
    for place in range(len(text)):
        with pytest.raises(EnvelopeRefused):
            statement_in(text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :], [public])


def test_an_envelope_is_what_its_standard_says(folder: Path) -> None:
    """Verified without the library, over the octets that DSSE puts together; the payload is about report.json."""
    envelope = json.loads((folder / "reports" / ENVELOPE).read_text("utf-8"))
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    key: Any = load_pem_public_key((folder / "public.pem").read_bytes())
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    key.verify(signature, b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    digest = hashlib.sha256((folder / "reports" / "report.json").read_bytes()).hexdigest()
    assert (kind, json.loads(payload)["subject"][0]["digest"]["sha256"]) == (b"application/vnd.in-toto+json", digest)


@pytest.mark.parametrize("kind", KINDS)
def test_usual_keys_sign(folder: Path, kind: str) -> None:
    """Each with its own public key, and with no other."""
    write_keys(folder, *pems(kind))
    assert (attested(folder).exit_code, verified(folder).exit_code) == (0, 0)
    (folder / "public.pem").write_bytes(pems(kind)[1])
    done = verified(folder)
    assert (done.exit_code, "it names no signature by the key" in done.output) == (1, True)


def test_an_encrypted_key_needs_its_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from a variable, so that no list of processes shows it."""
    write_keys(folder, *pems(password=b"hush"))
    refused = attested(folder)
    assert (refused.exit_code, "Password was not given" in refused.output) == (2, True)
    monkeypatch.setenv("SYNQ_KEY_PASSWORD", "hush")
    assert (attested(folder).exit_code, verified(folder).exit_code) == (0, 0)


@pytest.mark.parametrize("content", [b"", b"no key", pems()[0]], ids=["empty", "text", "private"])
def test_what_is_no_public_key_is_exit_2(folder: Path, content: bytes) -> None:
    """A private key above all: it is not handed to those who verify."""
    (folder / "public.pem").write_bytes(content)
    done = verified(folder)
    assert (done.exit_code, "a public key in PEM is expected" in done.output) == (2, True)


def test_a_verification_needs_a_key_or_says_that_it_has_none(folder: Path) -> None:
    """Without a key, nothing is called verified."""
    refused, unsigned = ran("verify", folder / "reports"), verified(folder, "--unsigned")
    assert (refused.exit_code, "--unsigned" in refused.output) == (2, True)
    assert (unsigned.exit_code, unsigned.output.splitlines()[-1]) == (0, "In order, unsigned")


def test_a_verdict_that_was_edited_is_rendered_and_signed_by_nothing(folder: Path) -> None:
    """Formats are made of the rules, and an edited file is not signed."""
    changed(folder, lambda data: data["rules"][1].update(outcome="failed", checks=[]))
    changed(folder, lambda data: data.update(verdict="conformant"))
    ran("render", folder / "reports", "--format", "intoto")
    statement = json.loads((folder / "reports" / "report.intoto.json").read_text("utf-8"))
    assert statement["predicate"]["result"] == "FAILED"
    refused = attested(folder)
    assert (refused.exit_code, 'verdict is "conformant" in the file' in refused.output) == (1, True)


@pytest.mark.parametrize("claimed", ["passed", "partly-assessed", "waived", "not-assessed"])
def test_a_rule_that_is_better_than_its_checks_is_no_report(folder: Path, claimed: str) -> None:
    """Neither is a check that is better than its cases."""
    changed(folder, lambda data: data["rules"][1]["checks"][0].update(outcome="failed"))
    changed(folder, lambda data: data["rules"][1].update(outcome=claimed))
    done = ran("render", folder / "reports")
    assert (done.exit_code, "although a check of it is failed" in done.output) == (2, True)
    changed(folder, lambda data: data["rules"][1]["checks"][0].update(outcome="passed", case_outcomes={"a": "failed"}))
    done = ran("render", folder / "reports")
    assert (done.exit_code, "although a case of it is failed" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data["rules"][1].update(level="hardening"), "headers-missing is hardening in the report"),
        (lambda data: data["rules"][1].update(id="made-up"), "the contract has no server rule made-up"),
        (lambda data: data["contract"].update(rules=2), "the report says that there are 2 rules"),
        (lambda data: data["rules"].append(data["rules"][1]), "headers-missing stands in it twice"),
        (lambda data: data["grades"]["required"].update(passed=50), "grades is "),
        (lambda data: data["judged"].update(required=[50, 50]), "judged is "),
        (lambda data: data["rules"][1]["checks"][0]["passed_cases"].append("none"), "is not in the journal"),
        (lambda data: data["rules"][1]["checks"][0]["passed_cases"].pop(), "and not at all here"),
        (lambda data: data["digests"].update(profile="0" * 64), "profile.json: it was changed"),
        (lambda data: data["digests"].update(waivers=None), "the run heeded no waivers"),
    ],
    ids=["level", "rule", "number", "twice", "grades", "judged", "more", "less", "digest", "waivers"],
)
def test_a_report_that_does_not_agree_with_itself_is_not_in_order(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    """With its contract, its files, its journal or its own rules, also if no signature is there to tell."""
    changed(folder, change)
    done = verified(folder, "--unsigned")
    assert (done.exit_code, words in done.output) == (1, True)


def test_what_is_not_there_is_open(folder: Path) -> None:
    """A report may be handed on alone; it says which digests its files have."""
    for name in FILES[1:]:
        (folder / "reports" / name).unlink()
    done = ran("verify", folder / "reports", "--key", folder / "public.pem")
    last = "Verified, but for profile.json, journal.jsonl, exchanges.jsonl, waivers"
    assert (done.exit_code, last in done.output) == (0, True)


def test_a_new_run_takes_the_old_signature_away(folder: Path) -> None:
    """It was about another report."""
    synq_conformance("server", "--mock", *RULES, folder=folder)
    assert not (folder / "reports" / ENVELOPE).exists()


def test_a_profile_is_kept_without_its_secrets(folder: Path) -> None:
    """Which secrets there were can be read, and what was asked; not the account either."""
    text = (folder / "reports" / "profile.json").read_text("utf-8")
    kept, given = json.loads(text), tomllib.loads((folder / "profile.toml").read_text("utf-8"))
    assert {"tokens.valid", "sign_in", "keys.public"} <= set(kept["capabilities"])
    assert kept["scope"]["tenant_id"] == given["scope"]["tenant_id"]
    values = [*given["tokens"].values(), given["sign_in"]["password"]]
    assert ([value for value in values if value in text], "email" in kept["sign_in"]) == ([], False)


def test_a_merged_report_keeps_what_its_parts_share(folder: Path) -> None:
    """It was judged by the same contract and profile; journals stay with the parts."""
    ran("merge", folder / "reports", folder / "reports", "--output-dir", folder / "whole")
    data = json.loads((folder / "whole" / "report.json").read_text("utf-8"))["digests"]
    assert {name for name, value in data.items() if value} == {"contract", "profile", "waivers"}

"""Every TOML file that the suite reads is refused in one style: the file, the key, what is wrong and what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance.calibrate.adapters import client_subjects
from conformance.calibrate.subjects import UnknownSubject
from conformance.client.adapters.adapter import load_adapter
from conformance.config.options import OptionError
from conformance.config.profile import ProfileError, from_profile
from conformance.contract.rules import ContractError, load_contract
from conformance.contract.schema import parse_contract
from conformance.evidence.regression_cases import RegressionCaseError, read_cases
from conformance.results.waivers import WaiverError, load_waivers
from conformance.selftest.commands import synq_conformance

FILE = "adapter.toml"
"""What each file is called here, since an adapter's has no other name."""


class Kind(NamedTuple):
    """One kind of file: how it is read, what refuses it, and one that is right."""

    read: Callable[[Path], object]
    error: type[Exception]
    right: str


KINDS = {
    "profile": Kind(
        lambda file: from_profile(file, {}),
        ProfileError,
        '[target]\nbase_url = "https://staging.example"\n[scope]\ntenant_id = "t"\norg_id = "o"\n'
        '[tokens]\nvalid = "good-token"\n',
    ),
    "waivers": Kind(
        load_waivers,
        WaiverError,
        '[[waiver]]\nrule = "token-expired"\nreason = "known"\nuntil = 2027-01-31\nticket = "T-1"\n',
    ),
    "contract": Kind(
        lambda file: parse_contract(file.read_text("utf-8"), str(file)),
        ContractError,
        'version = "1"\n[section.headers]\nrole = "server"\ntitle = "Headers"\n[[rule]]\nid = "a-rule"\n'
        'role = "server"\nlevel = "required"\nbasis = "documented"\nsection = "headers"\nreferences = ["Guide"]\n'
        'sentence = "It holds."\nneeds = ["sign_in"]\ncases = 1\n',
    ),
    "cases": Kind(
        read_cases,
        RegressionCaseError,
        '[[case]]\nname = "one"\nrule = "token-expired"\nmethod = "GET"\ntarget = "/p"\nbody = ""\n'
        'headers = [["Authorization", "Bearer x"]]\n',
    ),
    "adapter": Kind(
        lambda file: load_adapter(str(file.parent)),
        OptionError,
        'name = "mine"\ncommand = ["cat"]\nsetup = [["true"]]\nexpect = "breaks"\nbreaks = ["three-headers"]\n',
    ),
    "clients": Kind(
        lambda file: client_subjects(file.parents[1]),
        UnknownSubject,
        'command = ["cat"]\n[[variant]]\nname = "liar"\nexpect = "breaks"\nbreaks = ["three-headers"]\n',
    ),
}
EACH = pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in KINDS.items()])
EACH_READ_BY_PATH = pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in KINDS.items() if name != "contract"]
)


def file_with(folder: Path, content: str | bytes) -> Path:
    """A file of any kind, with this content."""
    file = folder / "mine" / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def problems(kind: Kind, file: Path) -> list[str]:
    """What is said of it, line by line, less the folder."""
    with pytest.raises(kind.error) as caught:
        kind.read(file)
    assert type(caught.value) is kind.error
    return str(caught.value).replace(f"{file.parent}/", "").split("\n")


@EACH
def test_a_right_file_is_read(tmp_path: Path, kind: Kind) -> None:
    """So that what is refused below is refused for what was changed in it."""
    kind.read(file_with(tmp_path, kind.right))


@EACH_READ_BY_PATH
def test_a_byte_order_mark_is_no_problem(tmp_path: Path, kind: Kind) -> None:
    """Some editors put one in front."""
    kind.read(file_with(tmp_path, f"\ufeff{kind.right}"))


@EACH_READ_BY_PATH
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, kind: Kind) -> None:
    """With the system's reason."""
    file = tmp_path / "mine" / FILE
    file.mkdir(parents=True)
    assert problems(kind, file) == [f"{FILE}: cannot be read: Is a directory"]


@EACH_READ_BY_PATH
def test_a_file_in_another_encoding_is_refused(tmp_path: Path, kind: Kind) -> None:
    """TOML is UTF-8."""
    file = file_with(tmp_path, 'name = "Zürich"'.encode("latin-1"))
    assert problems(kind, file) == [f"{FILE}: is not UTF-8 text (octet 9), as TOML must be"]


@EACH
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("a = [", "is not valid TOML: Invalid value (at end of document)", id="open-bracket"),
        pytest.param("a = " + "[" * 100_000, "is nested too deeply", id="arrays-in-arrays"),
        pytest.param("a." * 2_000 + "a = 1", "is nested too deeply", id="tables-in-tables"),
        pytest.param("a = " + "9" * 5_000, "is not valid TOML: ", id="endless-number"),
        pytest.param("a = 0x" + "f" * 5_000, "is not valid TOML: a number has more than 64 bits", id="hex-number"),
    ],
)
def test_what_is_not_toml_is_refused(tmp_path: Path, kind: Kind, text: str, complaint: str) -> None:
    """In one line, without a traceback."""
    [problem] = problems(kind, file_with(tmp_path, text))
    assert problem.startswith(f"{FILE}: {complaint}")


@pytest.mark.parametrize(
    ("kind", "old", "new", "problem"),
    [
        pytest.param(
            "waivers",
            "ticket",
            'check = "a"\ntikcet = "x"\nticket',
            'waiver[token-expired].tikcet: unknown key; did you mean "ticket"?',
            id="waiver",
        ),
        pytest.param(
            "waivers", "[[waiver]]", "waivers = 1\n[[waiver]]", 'waivers: unknown key; did you mean "waiver"?', id="top"
        ),
        pytest.param(
            "contract",
            "cases = 1",
            "cases = 1\nfxi = 'x'",
            'rule[a-rule].fxi: unknown key; did you mean "fix"?',
            id="rule",
        ),
        pytest.param(
            "contract",
            "[[rule]]",
            "titel = 'x'\n[[rule]]",
            'section.headers.titel: unknown key; did you mean "title"?',
            id="section",
        ),
        pytest.param("cases", "rule =", "zzz = 1\nrule =", "case[one].zzz: unknown key; known here: name, ", id="case"),
        pytest.param("adapter", "setup", "setpu", 'setpu: unknown key; did you mean "setup"?', id="adapter"),
        pytest.param(
            "clients",
            "[[variant]]",
            "[[variant]]\narguemnts = []",
            'variant[liar].arguemnts: unknown key; did you mean "arguments"?',
            id="variant",
        ),
        pytest.param(
            "profile", "[scope]", "'odd key.' = 1\n[scope]", 'target."odd key.": unknown key; known here: ', id="quoted"
        ),
    ],
)
def test_an_unknown_key_is_named_with_what_was_meant(
    tmp_path: Path, kind: str, old: str, new: str, problem: str
) -> None:
    """A misspelt key never passes silently, whatever the file; an entry of a list is called by its name."""
    one = KINDS[kind]
    [said] = problems(one, file_with(tmp_path, one.right.replace(old, new, 1)))
    assert said.startswith(f"{FILE}: {problem}")


@pytest.mark.parametrize(
    ("kind", "old", "new", "problem"),
    [
        pytest.param("waivers", "2027-01-31", '"2027-01-31"', "until: must be a date such as 2027-01-31", id="text"),
        pytest.param(
            "waivers",
            "2027-01-31",
            "2027-01-31T00:00:00",
            "until: must be a date such as 2027-01-31",
            id="date-and-time",
        ),
        pytest.param("waivers", '"known"', "2027-01-31", "reason: must be a string, not a date", id="date-for-string"),
        pytest.param("waivers", '"known"', '" "', "reason: is empty; write one", id="blank"),
        pytest.param("waivers", "[[waiver]]", "[waiver]", "waiver: must be an array, not a table", id="one-table"),
        pytest.param(
            "waivers", 'rule = "token-expired"', "", "waiver[#1].rule: is missing and must be given", id="no-name"
        ),
        pytest.param("contract", '["Guide"]', '"Guide"', "references: must be an array, not a string", id="no-list"),
        pytest.param("contract", '["Guide"]', "[1]", "references[#1]: must be a string, not a number", id="list"),
        pytest.param("contract", "cases = 1", "cases = 'x'", "cases: must be a whole number, not a string", id="cases"),
        pytest.param("contract", "cases = 1", "cases = 0", "cases: must be at least 1", id="no-cases"),
        pytest.param(
            "contract", '"required"', '"high"', "level: must be 'required', 'standard' or 'hardening'", id="level"
        ),
        pytest.param("cases", '"/p"', "5", "case[one].target: must be a string, not a number", id="target"),
        pytest.param("cases", '"Bearer x"', "5", "headers[#1][#2]: must be a string, not a number", id="header"),
        pytest.param("cases", ', "Bearer x"', "", "headers[#1][#2]: is missing and must be given", id="no-value"),
        pytest.param("cases", '"Bearer x"', '"x", "y"', "headers[#1]: must have at most 2 entries, not 3", id="three"),
        pytest.param("cases", 'body = ""', 'body = "€"', "body: must hold no character beyond U+00FF", id="body"),
        pytest.param("cases", "Bearer x", "Bearer €", "headers[#1][#2]: must hold no character beyond", id="value"),
        pytest.param("adapter", '["cat"]', "[]", "command: must name a program, and then its arguments", id="command"),
        pytest.param("adapter", '["cat"]', '[" "]', "command: must name a program, and then its arguments", id="blank"),
        pytest.param("adapter", '["true"]', "[]", "setup[#1]: must name a program, and then its arguments", id="setup"),
        pytest.param("adapter", '["true"]', '"true"', "setup[#1]: must be an array, not a string", id="setup-of-words"),
        pytest.param("adapter", 'command = ["cat"]', "", "command: is missing and must be given", id="no-command"),
        pytest.param("adapter", '"breaks"', '"good"', "expect: must be 'conformant', 'breaks' or 'error'", id="expect"),
        pytest.param(
            "adapter",
            'breaks = ["three-headers"]',
            "",
            'breaks: must name a rule, since expect is "breaks"',
            id="breaks",
        ),
        pytest.param(
            "adapter", '"breaks"', '"conformant"', 'breaks: is for expect = "breaks"; leave it out', id="breaks-nothing"
        ),
        pytest.param(
            "clients",
            "command",
            'expect = "error"\ncommand',
            "expect: is each variant's own; leave it out",
            id="of-all",
        ),
        pytest.param(
            "clients",
            "command",
            "waits_s = 30\ncommand",
            "waits_s: is each variant's own; leave it out",
            id="waiting-of-all",
        ),
        pytest.param(
            "clients",
            'breaks = ["three-headers"]',
            "",
            "variant[liar].breaks: must name a rule",
            id="breaks-of-variant",
        ),
        pytest.param("clients", 'name = "liar"', "", "variant[#1].name: is missing", id="no-name-of-variant"),
        pytest.param(
            "clients",
            "[[variant]]",
            "[[variant]]\nname = 'liar'\nexpect = 'error'\n[[variant]]",
            'variant[#2].name: "liar" is given twice',
            id="twice",
        ),
    ],
)
def test_a_wrong_value_is_named_with_the_right_one(tmp_path: Path, kind: str, old: str, new: str, problem: str) -> None:
    """Types are strict, and what could only fail later is refused on reading."""
    one = KINDS[kind]
    [said] = problems(one, file_with(tmp_path, one.right.replace(old, new, 1)))
    assert said.startswith(f"{FILE}: ")
    assert problem in said


@pytest.mark.parametrize(
    ("right", "problem"),
    [
        pytest.param('command = ["cat"]\n', "expect: is missing and must be given for a calibration", id="no-expect"),
        pytest.param(
            'command = ["cat"]\n[[variant]]\nname = "liar"\n',
            "variant[liar].expect: is missing and must be given for a calibration",
            id="no-expect-of-variant",
        ),
        pytest.param(
            KINDS["adapter"].right.replace("three-headers", "three-haeders"),
            'breaks[#1]: there is no client rule "three-haeders"; did you mean "three-headers"?',
            id="no-such-rule",
        ),
    ],
)
def test_a_client_that_does_not_say_what_is_right_is_not_calibrated(tmp_path: Path, right: str, problem: str) -> None:
    """Before anything is started."""
    with pytest.raises(UnknownSubject) as caught:
        client_subjects(file_with(tmp_path, right).parents[1])
    assert str(caught.value) == f"{tmp_path / 'mine' / FILE}: {problem}"


def test_every_problem_of_a_file_is_listed_at_once(tmp_path: Path) -> None:
    """A file is mended in one go."""
    text = "setpu = []\ncommand = [1]\n[[variant]]\nexpect = 'good'\n"
    keys = [said.split(": ")[1] for said in problems(KINDS["adapter"], file_with(tmp_path, text))]
    assert sorted(keys) == ["command[#1]", "setpu", "variant[#1].expect", "variant[#1].name"]


CLIENT, CALIBRATE = ("client", "--adapter", "mine"), ("calibrate", "--role", "client", "--adapters", ".")


@pytest.mark.parametrize(
    ("command", "text", "problem"),
    [
        pytest.param(CLIENT, "command = []", "command: must name a program", id="no-program"),
        pytest.param(CLIENT, "setpu = []\ncommand = ['cat']", "setpu: unknown key", id="misspelt"),
        pytest.param(CALIBRATE, "command = ['cat']\nexpect = 'breaks'", "breaks: must name a rule", id="no-rule"),
    ],
)
def test_a_wrong_adapter_file_ends_in_2(tmp_path: Path, command: tuple[str, ...], text: str, problem: str) -> None:
    """At once, without a traceback and without a run."""
    file_with(tmp_path, text)
    ended = synq_conformance(*command, folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert f"mine/{FILE}: {problem}" in ended.lines[0]


def test_the_shipped_contract_is_right() -> None:
    """It is read without the schema, so that listing it needs no pydantic; here the schema is looked at."""
    text = files("conformance.contract").joinpath("contract.toml").read_text("utf-8")
    assert parse_contract(text) == load_contract()


def test_listing_the_rules_needs_no_pydantic(tmp_path: Path) -> None:
    """Its import takes longer than all the rest."""
    command = "import sys\nfrom conformance.cli import main\ntry: main()\nfinally: print('pydantic' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", command, "list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\nFalse\n")


def test_a_date_in_a_body_is_refused(tmp_path: Path) -> None:
    """JSON has none, and which string it should become is not for the suite to say."""
    text = f'{KINDS["profile"].right}[probe.write]\njson = {{a = [{{when = 2027-01-31}}], b = {{env = "X"}}}}\n'
    assert problems(KINDS["profile"], file_with(tmp_path, text)) == [
        f"{FILE}: probe.write.json.a[#1].when: must not be a date; write it as a string"
    ]


@pytest.mark.parametrize(
    ("end", "problem"),
    [
        pytest.param('cuaght_by = []\nexpect = "null"', 'cuaght_by: unknown key; did you mean "caught_by"?', id="key"),
        pytest.param("", 'caught_by: must name a rule, unless expect is "conformant" or "null"', id="no-rule"),
        pytest.param('caught_by = ["x"]\nexpect = "null"', "caught_by: is for broken targets", id="both"),
        pytest.param(
            'expect = "null"\n[[target.finding]]\nrule = "x"\nsource = "y"\nwhy = "z"',
            "finding: is for conformant targets",
            id="finding",
        ),
    ],
)
def test_a_target_of_the_fixtures_is_refused_like_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, problem: str
) -> None:
    """They are read by the same function."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "fixtures" / "targets")
    deployment = import_module("deployment")
    file = tmp_path / "mine" / "target.toml"
    file.parent.mkdir()
    file.write_text(f'language = "C"\nsetup = []\nstart = "x"\n[[target]]\nname = "one"\nwhy = "w"\n{end}', "utf-8")
    with pytest.raises(deployment.DeploymentError) as caught:
        deployment.load(tmp_path)
    assert str(caught.value).startswith(f"{file}: target[one].{problem}")

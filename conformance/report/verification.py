"""Is a report what it says it is? Nothing is believed of it: what can be made again is made again and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from conformance.contract import rules as contract
from conformance.contract.rules import Contract
from conformance.contract.versions import contract_of_version, frozen_digests
from conformance.contract.words import plural
from conformance.evidence.files import whole_lines
from conformance.report.belonging import BESIDE, file_digest
from conformance.report.format import Evidence
from conformance.report.formats import intoto
from conformance.report.signing import EnvelopeRefused, statement_in
from conformance.report.text import one_line
from conformance.results import data as results
from conformance.results.data import Outcome, Report
from conformance.results.digests import contract_digest
from conformance.results.policy import Verdict


class Holding(StrEnum):
    """How one thing that was looked at came out."""

    HOLDS = "ok"
    OPEN = "open"
    """It could not be looked at."""
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at."""

    what: str
    state: Holding
    words: str

    @property
    def is_wrong(self) -> bool:
        """Whether the report, or a file of it, is not what it should be."""
        return self.state is Holding.WRONG


def summed_up(examined: Sequence[Examined], *, signed: bool) -> Iterator[str]:
    """What was looked at, a line each, then what it comes to and what that covers."""
    for one in examined:
        yield f"{one.state:<6} {one.what}: {one_line(one.words, 500)}"
    if wrong := [one.what for one in examined if one.is_wrong]:
        yield f"Not verified: {', '.join(dict.fromkeys(wrong))}"
        return
    left = [one.what for one in examined if one.state is Holding.OPEN]
    yield ("Verified" if signed else "In order, unsigned") + (f", but for {', '.join(left)}" if left else "")
    if signed:
        yield _COVERED


_COVERED = (
    "The signature covers the statement (verdict, rules by outcome, contract, waivers, target, seed), by digest "
    "report.json, and by the digests in that the files named above. It does not cover report.html and other formats: "
    "`report render` makes them again. It says that the holder of the key stands by these files; that the run took "
    "place as they say, only another run shows."
)


def report_examined(text: str, report: Report) -> Iterator[Examined]:
    """Whether a report.json says what its rules come to, and whether its rules are those of the contract.

    `text` is the file, `report` what was read from it.
    """
    said, made = json.loads(text), json.loads(results.dumps(report))
    if said.get("schema") != results.SCHEMA:
        yield Examined(
            "verdict", Holding.OPEN, f"{said.get('schema')} is older: its verdict is made of its rules alone"
        )
    elif differing := [name for name in ("verdict", "judged", "grades") if said.get(name) != made[name]]:
        name = differing[0]
        words = f"{name} is {json.dumps(said.get(name))} in the file, its rules come to {json.dumps(made[name])}"
        yield Examined("verdict", Holding.WRONG, words)
    else:
        words = f"{_verdict(report)}, made again of {plural(len(report.rules), 'rule')}"
        yield Examined("verdict", Holding.HOLDS, words)
    yield from _contract_examined(report)


def _verdict(report: Report) -> str:
    return {
        Verdict.CONFORMANT: "conformant",
        Verdict.CONFORMANT_AS_ASSESSED: "conformant as far as assessed",
        Verdict.NOT_CONFORMANT: "not conformant",
        Verdict.NOT_ASSESSED: "not assessed",
    }[report.verdict]


def _contract_examined(report: Report) -> Iterator[Examined]:
    digest, version = report.digests.contract, report.contract.version
    kept = {**frozen_digests(), contract.load_contract().version: contract_digest()}
    law = contract_of_version(version)
    if digest is None:
        yield Examined("contract", Holding.OPEN, "the report has no digest of it")
    elif law is None:
        yield Examined(
            "contract", Holding.OPEN, f"version {version} is not known to this suite; its digest is {digest}"
        )
    elif digest != kept[version] and version in frozen_digests():
        yield Examined("contract", Holding.WRONG, f"version {version} has the digest {kept[version]}, not {digest}")
    elif digest != kept[version]:  # it may be changed until it is released
        yield Examined("contract", Holding.OPEN, f"version {version} was another text then; its digest is {digest}")
    elif wrong := _unlike_the_contract(report, law):
        yield Examined("contract", Holding.WRONG, wrong)
    else:
        yield Examined("contract", Holding.HOLDS, f"version {version}, with these rules at these levels")


def _unlike_the_contract(report: Report, law: Contract) -> str | None:
    """The first thing in which the report's rules are not those of the contract."""
    known = {rule.id: rule for rule in law.of(report.subject.role)}
    if report.contract.rules != len(known):
        return f"the report says that there are {report.contract.rules} rules, the contract has {len(known)}"
    for rule in report.rules:
        if rule.id not in known:
            return f"the contract has no {report.subject.role} rule {rule.id}"
        if rule.level is not known[rule.id].level:
            return f"{rule.id} is {rule.level} in the report, and {known[rule.id].level} in the contract"
    ids = [rule.id for rule in report.rules]
    return next((f"{one} stands in it twice" for one in ids if ids.count(one) > 1), None)


def files_examined(report: Report, folder: Path, waivers: Path | None) -> Iterator[Examined]:
    """Whether the files that belong to the report are as they were when it was written; raises OSError."""
    for name, file in BESIDE.items():
        expected, path = getattr(report.digests, name), folder / file
        if expected is None and not path.is_file():
            continue
        if expected is None:
            yield Examined(file, Holding.OPEN, "it is here, and the report has no digest of it")
        elif not path.is_file():
            yield Examined(file, Holding.OPEN, f"it is not here; its digest is {expected}")
        else:
            yield _file_examined(file, path, expected)
    expected = report.digests.waivers
    if expected is None and waivers is not None:
        yield Examined("waivers", Holding.WRONG, f"the run heeded no waivers; {waivers} is none of it")
    elif expected is not None and waivers is None:
        yield Examined("waivers", Holding.OPEN, f"name the file with --waivers; its digest is {expected}")
    elif expected is not None and waivers is not None:
        yield _file_examined("waivers", waivers, expected)


def _file_examined(what: str, path: Path, expected: str) -> Examined:
    found = file_digest(path)
    if found != expected:
        return Examined(what, Holding.WRONG, f"it was changed: its digest is {found}, the report has {expected}")
    return Examined(what, Holding.HOLDS, "as it was when the report was written")


def journal_examined(report: Report, path: Path) -> Iterator[Examined]:
    """Whether each case came out in the report as the run wrote it down when it judged it; raises OSError."""
    if report.digests.journal is None or not path.is_file():
        return
    try:
        judged = _judged(path)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield Examined("cases", Holding.WRONG, f"{path.name} is no journal")
        return
    told = dict(_told(report))
    for case, outcome in judged.items():
        if told.get(case) != outcome:
            where, rule = case[1], case[0]
            named = f" [{case[2]}]" if case[2] else ""
            words = f"{rule}: {where}{named} came out {outcome} in the journal, and {told.get(case, 'not at all')} here"
            yield Examined("cases", Holding.WRONG, words)
            return
    invented = [case for case in told if case not in judged and told[case] != Outcome.ERROR]
    if invented and report.run.cut_short is None:  # else it may have ended before it could write them down
        rule, where, _ = invented[0]
        yield Examined("cases", Holding.WRONG, f"{rule}: a case of {where} is not in the journal")
        return
    yield Examined(
        "cases", Holding.HOLDS, f"{plural(len(judged), 'case')} of the journal came out as the report says"
    )


_Case = tuple[str, str, str]
"""Rule, check and the case's own name."""


def _judged(path: Path) -> dict[_Case, str]:
    """How each case of a journal came out; of two lines for one case the later counts."""
    by_case: dict[str, list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, whole_lines(lines)):
            if "case" in line:
                by_case[line["case"]] = [case for told in line["reports"] for case in told.get("synq", ())]
    return {
        (case["rule"], case["check"], case["name"]): case["outcome"] for cases in by_case.values() for case in cases
    }


def _told(report: Report) -> Iterator[tuple[_Case, str]]:
    for rule in report.rules:
        for check in rule.checks:
            for name in check.passed_cases:
                yield (rule.id, check.id, name), str(Outcome.PASSED)
            for name, outcome in check.case_outcomes.items():
                yield (rule.id, check.id, name), str(outcome)


def envelope_examined(envelope: str, keys: Sequence[bytes], sha256: str, report: Report) -> Iterator[Examined]:
    """Whether the envelope was signed by each of these keys, for this file, and says what its rules come to.

    `sha256` is that of report.json. Raises KeyRefused for a key that is not usable.
    """
    try:
        statement = statement_in(envelope, keys)
    except EnvelopeRefused as error:
        yield Examined("signature", Holding.WRONG, str(error))
        return
    yield Examined("signature", Holding.HOLDS, f"by {plural(len(keys), 'key')} that you named")
    expected = json.loads(intoto.render(report, Evidence(sha256)))
    if statement.get("subject") != expected["subject"]:
        yield Examined("report.json", Holding.WRONG, f"it was changed: its digest is {sha256}, another one was signed")
        return
    yield Examined("report.json", Holding.HOLDS, "as it was when it was signed")
    if differing := _unlike(statement, expected):
        yield Examined("statement", Holding.WRONG, f"{differing} is not what the report comes to")
    else:
        yield Examined("statement", Holding.HOLDS, f"it says {expected['predicate']['result']}, as the report does")


def _unlike(statement: dict[str, Any], expected: dict[str, Any]) -> str | None:
    """The first member of the statement that is not as it is made of the report."""
    predicate = statement.get("predicate")
    if not isinstance(predicate, dict):
        return "predicate"
    names = ("result", "passedTests", "warnedTests", "failedTests")
    differing = [name for name in ("_type", "predicateType") if statement.get(name) != expected[name]]
    differing += [name for name in names if predicate.get(name) != expected["predicate"][name]]
    return next(iter(differing), None)

"""Contract versions are kept as they were; what changed is known, and said of reports that rest on different ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract.rules import Contract, Level, Rule, load_contract
from conformance.contract.versions import (
    contract_differences,
    contract_of_version,
    frozen_contract,
    frozen_digests,
    frozen_versions,
    stated,
)
from conformance.report import compare, view
from conformance.report.contract_origin import Origin
from conformance.report.writing import evidence_of, formats
from conformance.results import data as results
from conformance.results.data import ContractRef, Outcome, Report, RuleResult
from conformance.selftest.report_sample import a_report

P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED
FOLDER = files("conformance.contract")
WRITTEN_BY_1_0 = Path(__file__).parents[2] / "fixtures" / "reports" / "contract-1.0.json"
OLD, CURRENT = frozen_contract("1.0"), load_contract()


@pytest.mark.parametrize("version", frozen_versions())
def test_a_version_that_is_kept_is_as_it_was(version: str) -> None:
    """Its file, or contract.toml if it is still the current one. If it is not, raise the version of contract.toml."""
    kept = "contract.toml" if version == CURRENT.version else f"versions/{version}.toml"
    digest = hashlib.sha256(FOLDER.joinpath(kept).read_bytes()).hexdigest()
    assert digest == frozen_digests()[version], (
        f"{version} is released, and never changed: copy contract.toml of that release to versions/{version}.toml,"
        " and let contract.toml have the next version"
    )


@pytest.mark.parametrize("version", frozen_versions())
def test_a_version_that_is_kept_is_read(version: str) -> None:
    """Under its own number, each id once."""
    found = contract_of_version(version)
    assert found is not None
    assert found.version == version
    assert len({rule.id for rule in found.rules}) == len(found.rules)


def test_an_unknown_version_is_none() -> None:
    """Whatever a report calls its contract, no other file is opened."""
    assert contract_of_version("../contract") is None
    with pytest.raises(KeyError):
        frozen_contract("9.9")


def test_what_changed_is_found() -> None:
    """New, gone, of another level, with other needs, or in other words."""
    said = {one.rule.id: one.said for one in contract_differences(OLD, CURRENT)}
    assert said["authorization-spacing"] == "gone"
    assert said["refusal-without-data"] == "new"
    assert said["redirect-keeps-secrets"].startswith("standard in place of hardening, ")
    assert "documented-request" not in said


def changed(**fields: object) -> str:
    """What is said of the first rule of the contract if this is another."""
    rule = CURRENT.rules[0]
    old = Contract("a", CURRENT.sections, (rule,))
    new = Contract("b", CURRENT.sections, (replace(rule, **fields),))  # type: ignore[arg-type]  # fields of a rule
    (found,) = contract_differences(old, new) or (None,)
    return found.said if found else ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"level": Level.HARDENING}, "hardening in place of required", id="level"),
        pytest.param({"needs": (frozenset({"b", "a"}),)}, "needs a or b in place of nothing", id="needs"),
        pytest.param({"cases": 9}, "passes from 9 cases on in place of 1", id="cases"),
        pytest.param({"moment": True}, "a breach that is not seen again counts", id="moment"),
        pytest.param({"right": "Else.", "sent": "X."}, "other words for what is sent and what is right", id="words"),
        pytest.param({"fix": "Else.", "why": "Because.", "causes": "Y."}, "", id="advice is no change"),
    ],
)
def test_a_change_is_said(fields: dict[str, object], said: str) -> None:
    """In words; advice that reads otherwise changes no judgment."""
    assert changed(**fields) == said


def result(rule: Rule, outcome: Outcome) -> RuleResult:
    return RuleResult(rule.id, rule.role, rule.level, rule.sentence, rule.section.title, outcome)


def report_of(contract: Contract, **outcomes: Outcome) -> Report:
    """A report by this contract."""
    rules = (result(contract.rule(name.replace("_", "-")), outcome) for name, outcome in outcomes.items())
    return replace(a_report(*rules), contract=ContractRef(contract.version, len(contract.rules)))


def test_a_rule_is_shown_in_the_words_by_which_it_was_judged() -> None:
    """Of the version that has the report's sentence; a rule that is gone still explains itself."""
    old = report_of(OLD, authorization_spacing=F, claim_types=F)
    spacing, types = map(view.law, old.rules)
    assert (spacing, types) == (OLD.rule("authorization-spacing"), OLD.rule("claim-types"))
    assert view.law(report_of(CURRENT, claim_types=F).rules[0]) == CURRENT.rule("claim-types")
    assert stated("claim-types", "In words of no version.", Level.REQUIRED) == CURRENT.rule("claim-types")
    assert stated("no-such-rule", "x", Level.REQUIRED) is None


@pytest.mark.parametrize("name", formats())
def test_an_old_report_is_rendered(name: str) -> None:
    """In every format, with the advice of its own contract."""
    report = report_of(OLD, documented_request=P, authorization_spacing=F, claim_types=N)
    text = formats()[name].render(report, evidence_of(report))
    assert text
    if name == "html":
        assert "authorization-spacing" in text
        assert OLD.rule("authorization-spacing").fix.split("'")[0][:40] in text


@pytest.mark.parametrize("name", formats())
def test_a_report_of_the_suite_of_then_is_rendered(name: str) -> None:
    """As it was written in the days of contract 1.0; each of its rules in the words and at the level of then."""
    report = results.loads(WRITTEN_BY_1_0.read_text("utf-8"))
    assert formats()[name].render(report, evidence_of(report))
    laws = [(rule.id, law.sentence, law.right, law.level) for rule in report.rules if (law := view.law(rule))]
    then = [OLD.rule(rule.id) for rule in report.rules]
    assert laws == [(rule.id, rule.sentence, rule.right, rule.level) for rule in then]


def test_a_report_of_the_suite_of_then_is_compared() -> None:
    """What the contract dropped since is no regression, what the run of today left out is one."""
    old = results.loads(WRITTEN_BY_1_0.read_text("utf-8"))
    found = compare.comparison(old, report_of(CURRENT, documented_request=P, claim_types=F, token_expired=P))
    step = found.contract
    origins = {change.rule.id: step.origin(change.rule.id, in_both=change.in_both) for change in found.rules}
    assert origins["authorization-spacing"] is Origin.CONTRACT
    assert origins["claim-types"] is Origin.EITHER
    assert origins["tenant-missing"] is origins["duplicate-one-order"] is Origin.RUN
    assert "token-expired" not in origins
    markdown = compare.comparison_markdown(found)
    assert "the contract: gone in 1.1" in markdown
    assert "| the choice of rules |" in markdown
    assert found.regressions["judged less than before"] == ("tenant-missing",)


@pytest.mark.parametrize(
    ("rule_id", "origin"),
    [
        pytest.param("authorization-spacing", Origin.CONTRACT, id="gone"),
        pytest.param("refusal-without-data", Origin.CONTRACT, id="new"),
        pytest.param("claim-types", Origin.EITHER, id="stated otherwise"),
        pytest.param("documented-request", Origin.TARGET, id="unchanged"),
    ],
)
def test_a_change_is_of_the_contract_or_of_the_target(rule_id: str, origin: Origin) -> None:
    """By what the two versions say of the rule."""
    found = compare.comparison(report_of(OLD), report_of(CURRENT))
    assert found.contract.origin(rule_id) is origin
    same = compare.comparison(report_of(OLD), report_of(OLD))
    assert same.contract.origin(rule_id) is Origin.TARGET
    assert same.contract.origin(rule_id, in_both=False) is Origin.RUN


def test_a_version_that_is_not_known_leaves_it_open() -> None:
    """Nothing is put down to a target that may be the contract's doing."""
    strange = replace(report_of(CURRENT), contract=ContractRef("7.7", 1))
    found = compare.comparison(strange, report_of(CURRENT, documented_request=F))
    assert found.contract.origin("documented-request") is Origin.EITHER
    assert "does not know both" in compare.comparison_summary(found)


@pytest.mark.parametrize(
    ("rule_id", "lost"),
    [
        pytest.param("authorization_spacing", False, id="the contract dropped it"),
        pytest.param("tenant_missing", True, id="the run left it out"),
    ],
)
def test_a_required_rule_that_is_missing_under_a_newer_contract(rule_id: str, lost: bool) -> None:
    """It is lost if the newer contract still has it."""
    old = report_of(OLD, **{rule_id: P})
    old = replace(old, rules=tuple(replace(rule, level=Level.REQUIRED) for rule in old.rules))
    assert compare.comparison(old, report_of(CURRENT)).regressed is lost


@pytest.mark.parametrize("style", ["markdown", "html"])
def test_the_command_says_whence_changes_come(style: str, tmp_path: Path) -> None:
    """In the summary and beside each change; a comparison by one version has no such column."""
    old = report_of(OLD, documented_request=P, authorization_spacing=F, claim_types=P)
    new = report_of(CURRENT, documented_request=F, refusal_without_data=F, claim_types=F)
    for name, report in (("old", old), ("new", new)):
        (tmp_path / f"{name}.json").write_text(results.dumps(report), "utf-8")
    command = ["report", "compare", str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--format", style]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    shown = ["From contract 1.0 to 1.1", "2 changes by the contract", "1 change by the target", "Comes from"]
    shown += ["the contract: new in 1.1", "the contract: gone in 1.1", "the contract or the target: "]
    assert [one for one in shown if one not in done.output] == []
    alone = CliRunner().invoke(main, [*command[:2], command[3], command[3], *command[4:]])
    assert "Comes from" not in alone.output


def test_a_hostile_version_is_no_markup(tmp_path: Path) -> None:
    """What a report calls its contract stays text, and short."""
    strange = json.loads(results.dumps(report_of(CURRENT, documented_request=P)))
    strange["contract"]["version"] = "<script>alert(1)</script>" + "9" * 5000
    (tmp_path / "old.json").write_text(json.dumps(strange), "utf-8")
    (tmp_path / "new.json").write_text(results.dumps(report_of(CURRENT, documented_request=F)), "utf-8")
    command = ["report", "compare", str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--format", "html"]
    done = CliRunner().invoke(main, command)
    assert "<script>alert" not in done.output
    assert "9" * 200 not in done.output

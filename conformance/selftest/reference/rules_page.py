"""`conformance/RULES.md`: every rule with all that is known of it, under an anchor of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from conformance.calibrate.adapters import client_subjects
from conformance.calibrate.subjects import Kind
from conformance.contract.explain import CAPABILITIES, inputs_in_words
from conformance.contract.references import reference_url
from conformance.contract.requirements import Requirement, load_requirements
from conformance.contract.rules import Role, Rule, load_contract
from conformance.mock.faults import FAULTS
from conformance.report.markup import code, inline
from conformance.selftest.reference.broken_stacks import stacks_by_rule
from conformance.selftest.reference.checks_of_rules import CheckSource, checks_by_rule

ROOT = Path(__file__).parents[3]
HEAD = """\
# The rules

What each rule of the contract sends, what is right, why, what breaks it, how it is fixed, on what it rests, and how
it is known that its checks can fail. Made by `python -m conformance.selftest.generated` from
[contract.toml](contract/contract.toml), [requirements.toml](contract/data/requirements.toml), the checks and the
faults; `synq-conformance explain RULE` says the same of one rule.

A failed *required* rule makes a target not conformant: the guide says so. A *standard* rule rests on an RFC, a
*hardening* rule on good practice; both are graded on their own. A rule is only judged if what it *needs* is known of
the target ([PROFILE.md](PROFILE.md)), and only counts as passed if each of its checks was judged."""
LONG = 1000
FAULTS_SHOWN = 200


@cache
def faults_by_rule() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The faults that break a rule, each by name and with what it does: of servers, and of clients."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, fault in sorted(FAULTS.items()):
        found[fault.rule].append((name, " ".join(fault.doc.split())))
    for one in client_subjects(ROOT / "fixtures" / "adapters"):
        if one.kind is Kind.FAULT:
            for rule_id in one.declared:
                found[rule_id].append((one.name.partition(":")[2], one.doc))
    return {rule_id: tuple(faults) for rule_id, faults in found.items()}


def rules_page() -> str:
    """The whole page."""
    contract = load_contract()
    parts = [HEAD, f"Contract version {contract.version}: {len(contract.rules)} rules.", "\n".join(_contents())]
    for section in contract.sections:
        parts.append(f"## {section.title} ({section.role})")
        parts += ["\n\n".join(_rule(rule)) for rule in contract.rules if rule.section is section]
    parts.append("## What the guide demands")
    parts.append("Each demand of the guide in our own words, with its place there, and what became of it.")
    parts += ["\n\n".join(_demand(one)) for one in load_requirements()]
    return "\n\n".join(parts) + "\n"


def _contents() -> Iterator[str]:
    contract = load_contract()
    for role in Role:
        yield f"- {role}s"
        for section in (one for one in contract.sections if one.role is role):
            links = ", ".join(f"[{rule.id}](#{rule.id})" for rule in contract.rules if rule.section is section)
            yield f"  - {section.title}: {links}"
    yield "- [What the guide demands](#what-the-guide-demands)"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield f"**{inline(rule.sentence, LONG)}** ({rule.level}, {rule.role}, {rule.basis})"
    yield "\n".join(f"- *{name}*: {text}" for name, text in _facts(rule) if text)
    if tried := inputs_in_words(rule):
        yield "<details><summary>What is tried</summary>"
        yield "\n".join(f"- {inline(line, LONG)}" for line in tried.splitlines())
        yield "</details>"
    yield from _proof(rule)


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "What is sent", inline(rule.sent, LONG)
    yield "What is right", inline(rule.right, LONG)
    yield "Why it matters", inline(rule.why, LONG)
    yield "What typically breaks it", inline(rule.causes, LONG)
    yield "How to fix it", inline(rule.fix, LONG)
    yield "Rests on", "; ".join(map(linked_source, rule.sources))
    demands = (one for one in load_requirements() if rule.id in one.rules)
    yield "Judges the demand", ", ".join(f"[{one.id}](#{one.id})" for one in demands)
    yield "Needs", "; ".join(" or ".join(map(linked_need, sorted(need))) for need in rule.needs)
    yield "Counts as passed from", f"{rule.cases} judged {'case' if rule.cases == 1 else 'cases'}"


def linked_source(source: str) -> str:
    """The source as a link to its text, if it has one of its own."""
    url = reference_url(source)
    return f"[{inline(source)}]({url})" if url else inline(source)


def linked_need(name: str) -> str:
    """What a rule needs, as a link to the key of a profile, if it is one."""
    in_profile = "." in name or name in {"sign_in", "revoke", "openapi", "operation", "tls"}
    table = name.partition(".")[0]
    return f"[`{name}`](PROFILE.md#{table})" if in_profile else f"{CAPABILITIES[name]} (`{name}`)"


def _proof(rule: Rule) -> Iterator[str]:
    checks, faults = checks_by_rule().get(rule.id, ()), faults_by_rule().get(rule.id, ())
    role = "" if rule.role is Role.SERVER else " --role client"
    command = f"synq-conformance calibrate{role} --fault NAME"
    yield f"{len(checks)} {'check' if len(checks) == 1 else 'checks'}:"
    yield "\n".join(map(_check, checks))
    counted = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}"
    yield f"Proven by {counted}, each caught by this rule and by no unrelated one (`{command}`):"
    yield "\n".join(f"- {code(name)}: {inline(doc, FAULTS_SHOWN)}" for name, doc in faults)
    if stacks := stacks_by_rule().get(rule.id, ()):
        links = ", ".join(f"[{inline(name)}](../fixtures/{folder}/)" for name, folder in stacks)
        yield f"Seen broken by real code of `fixtures/`: {links}."


def _check(check: CheckSource) -> str:
    return f"- [`{check.name}`]({check.file}): {inline(check.doc, LONG)}"


def _demand(one: Requirement) -> Iterator[str]:
    yield f"### {one.id}"
    yield f"**{inline(one.sentence, LONG)}** ({one.actor}, {one.force}; {one.section}, {one.place})"
    if one.untestable:
        yield f"Cannot be tested: {inline(one.untestable, LONG)}"
    else:
        yield f"Judged by {', '.join(f'[{rule_id}](#{rule_id})' for rule_id in one.rules)}."

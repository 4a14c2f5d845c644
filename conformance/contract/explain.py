"""The contract for people to read: all its rules as a table, and one rule explained."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.contract.inputs import SHOWN, shipped_inputs
from conformance.contract.rules import Contract, Level, Role, Rule, Section, load_contract

if TYPE_CHECKING:
    from rich.console import RenderableType

CAPABILITIES = {
    "clock": "a clock that the suite can move, as the embedded Synq has",
    "direct": "a way to the target on which no HTTP proxy reads the requests",
    "keys.public": "the target's public keys, as JWKS or PEM",
    "keys.signing": "the key that signs tokens, in PEM; for test deployments only",
    "loopback": "a target on this machine, which can reach a listener of the suite",
    "openapi": "the target's description in OpenAPI 3.x, also given as --openapi",
    "operation": "a table of the target's operations, [[operation]]",
    "patience": "leave to wait until a token has ended, --wait-for-expiry",
    "probe.foreign_resource": "the path of a resource that belongs to another organization",
    "probe.write": "a write that the suite may send",
    "probe.writes": "leave to send documented writes, on what the run itself created",
    "revoke": "how a token is revoked",
    "scope.other_org_id": "a real organization outside the token's own",
    "scope.other_tenant_id": "a real tenant that the token has no claim to",
    "scope.other_tenant_org_id": "a real organization of the other tenant",
    "sign_in": "the credentials of an account, and how it signs in",
    "tls": "an https base URL",
    "socket": "a target behind a real connection, so not --mock",
    "tokens.expired": "a properly signed token past its hour",
    "tokens.no_expiry": "a properly signed token without exp",
    "tokens.not_yet_valid": "a properly signed token whose nbf lies ahead",
    "tokens.other_tenant": "a valid token of the other tenant",
    "tokens.retired_key": "a token that is right in everything but its key, which was withdrawn",
    "tokens.revoked": "a token that was revoked before its hour was over",
    "tokens.unprovisioned": "a valid token without tenant or organization claims",
    "tokens.valid": "a genuine token",
    "tokens.viewer": "a valid token whose role may not write",
    "tokens.wrong_audience": "a properly signed token for another audience",
    "tokens.wrong_issuer": "a properly signed token of another issuer",
}
"""What a rule may need, and what that is. Keys of a profile, but for what capabilities.ELSEWHERE has."""

_STYLES = {Level.REQUIRED: "bold", Level.STANDARD: "cyan", Level.HARDENING: "dim"}


class UnknownRuleError(ValueError):
    """No rule of the contract has this id; the message names those that come close."""


def find(rule_id: str, contract: Contract | None = None) -> Rule:
    """The rule of this id, or UnknownRuleError."""
    contract = contract or load_contract()
    try:
        return contract.rule(rule_id)
    except KeyError:
        near = get_close_matches(rule_id, [rule.id for rule in contract.rules], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `synq-conformance list`"
        raise UnknownRuleError(f'the contract has no rule "{rule_id}"; {hint}') from None


def selected(
    role: Role | None = None, level: Level | None = None, contract: Contract | None = None
) -> tuple[Rule, ...]:
    """The rules for this role that a run at this level answers for; None leaves all in."""
    return tuple(
        rule
        for rule in (contract or load_contract()).rules
        if (role is None or rule.role is role) and (level is None or level.includes(rule.level))
    )


def rule_listing(
    role: Role | None = None, level: Level | None = None, contract: Contract | None = None
) -> RenderableType:
    """The selected rules, a table for each section: id, level, sentence."""
    rules = selected(role, level, contract)
    widest = max((len(rule.id) for rule in rules), default=0)
    sections = dict.fromkeys(rule.section for rule in rules)
    tables = [_table(section, rules, widest) for section in sections]
    return Group(*tables, Text(_total(rules), "dim"))


def listing_json(
    role: Role | None = None, level: Level | None = None, contract: Contract | None = None
) -> str:
    """The selected rules as a JSON array, with every field that contract.toml has."""
    return json.dumps(
        [_plain(rule) for rule in selected(role, level, contract)], indent=2, ensure_ascii=False
    )


def explanation(rule: Rule) -> RenderableType:
    """All that the contract says of one rule, for the engineer who has to satisfy it."""
    title = Text(rule.id, "bold").append(
        f"  {rule.level} · {rule.role} · {rule.section.title}", _STYLES[rule.level]
    )
    parts = {
        "What is sent": rule.sent,
        "What is right": rule.right,
        "Why it matters": rule.why,
        "What typically breaks it": rule.causes,
        "How to fix it": rule.fix,
        "Rests on": f"{'; '.join(rule.sources)} ({rule.basis})",
        "Needs": needs_in_words(rule),
        "Counts as passed from": f"{rule.cases} judged {'case' if rule.cases == 1 else 'cases'}",
    }
    if tried := inputs_in_words(rule):
        parts["What is tried"] = tried
    blocks = [
        block
        for heading, body in parts.items()
        for block in (Text(""), Text(heading, "bold"), Padding(Text(body), (0, 0, 0, 2)))
    ]
    return Group(title, Text(rule.sentence), *blocks)


def needs_in_words(rule: Rule) -> str:
    """What has to be known of the target before the rule can be judged, a line for each."""
    if not rule.needs:
        return "Nothing beyond a target and its credentials."
    return "\n".join(
        " or ".join(f"{name} ({CAPABILITIES[name]})" for name in sorted(need)) for need in rule.needs
    )


def inputs_in_words(rule: Rule) -> str:
    """The inputs that are tried for the rule, a line each with why and whence; empty if it has none of its own."""
    tried = SHOWN[rule.id](shipped_inputs()) if rule.id in SHOWN else ()
    lines = [f"{one.name}: {one.why} ({one.source})" for one in tried]
    return "\n".join([*lines, "A profile adds its own under [inputs]."]) if lines else ""


def _table(section: Section, rules: Iterable[Rule], widest: int) -> Table:

    table = Table(
        title=Text(f"{section.title} ({section.role})", "bold"),
        title_justify="left",
        box=None,
        show_header=False,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column(width=widest)
    table.add_column(width=len(Level.HARDENING))
    table.add_column(ratio=1)
    for rule in rules:
        if rule.section is section:
            table.add_row(rule.id, Text(rule.level, _STYLES[rule.level]), Text(rule.sentence))
    table.add_row()
    return table


def _total(rules: tuple[Rule, ...]) -> str:
    counts = {level: sum(rule.level is level for rule in rules) for level in Level}
    each = ", ".join(f"{count} {level}" for level, count in counts.items() if count)
    return f"{len(rules)} rules: {each}" if rules else "No rule is selected."


def _plain(rule: Rule) -> dict[str, object]:
    needed = [" | ".join(sorted(need)) for need in rule.needs]
    return asdict(rule) | {"section": rule.section.key, "needs": needed}

"""The contract that is shipped: complete, consistent, and readable by those who have to satisfy it."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from conformance.config.profile import Keys, Probe, Scope, Tokens
from conformance.contract import explain
from conformance.contract.explain import CAPABILITIES
from conformance.contract.rules import Level, Role, load_contract
from conformance.selftest.offenders import listed

RULES = load_contract().rules
TEXTS = ("sent", "right", "why", "causes", "fix")
HERE = "in conformance/contract/contract.toml"

TOPICS = {
    Role.SERVER: {
        "1 the documented request": ["documented-request"],
        "2 headers left out": ["headers-missing"],
        "3 no Authorization": ["authorization-missing"],
        "4 no tenant, no org": ["tenant-missing", "org-missing", "scope-missing"],
        "5 malformed tenant and org": ["tenant-malformed", "org-malformed", "scope-loose"],
        "6 letter case": ["field-name-case", "scheme-case"],
        "7 malformed Authorization": ["authorization-malformed", "authorization-loose", "authorization-scheme"],
        "8 duplicates": ["duplicate-foreign-data", "duplicate-one-order", "duplicate-both-orders"],
        "9 combinations": ["header-combinations", "token-before-scope"],
        "10 methods and paths": ["every-method", "every-path-form", "override-headers"],
        "11 credentials elsewhere": ["credentials-elsewhere"],
        "12 malformed tokens": ["token-malformed", "token-oversize", "token-other-form"],
        "13 expiry": ["token-expired", "expiry-leeway", "expiry-leeway-minute"],
        "14 revocation": ["token-revoked"],
        "12 other spellings": ["signature-spelling", "token-spelling"],
        "15 signature": ["signature-altered", "signature-foreign"],
        "16 attacks on the header": ["alg-none", "alg-unknown", "alg-misnamed", "key-confusion", "hmac-weak-secret"],
        "16 attacks by a key": ["embedded-key", "key-url", "key-url-fetched", "kid-injection"],
        "16 attacks by the form": ["crit-unknown", "crit-malformed", "signature-blank", "claims-prolonged"],
        "16 attacks on claims": ["claim-types", "claim-range", "expiry-missing", "not-yet-valid", "issued-in-future"],
        "16 issuer and audience": ["issuer-wrong", "audience-wrong"],
        "17 verified every time": ["verified-every-request", "connection-not-trusted"],
        "18 one hour": ["token-lifetime", "token-accepted-until-hour"],
        "19 foreign scope": ["tenant-foreign", "org-foreign", "org-of-other-tenant"],
        "20 not provisioned": ["token-unprovisioned"],
        "21 role": ["role-forbidden", "role-no-effect"],
        "22 foreign resource": ["foreign-resource", "foreign-resource-status"],
        "23 under concurrency": ["answers-not-crossed"],
        "24 signing in": ["sign-in-token-works", "sign-in-fresh-token"],
        "25 recovery": ["refresh-recovers"],
        "26 wrong credentials": ["sign-in-refused", "sign-in-refused-status", "sign-in-tells-nothing"],
        "26 malformed sign-ins": ["sign-in-malformed"],
        "27 caches": ["sign-in-not-cacheable", "sign-in-not-fresh", "responses-not-shared"],
        "28 challenges": ["challenge-present", "challenge-invalid-token", "challenge-without-code"],
        "28 challenge of a 403": ["challenge-scope"],
        "29 bodies": ["error-body", "head-no-body"],
        "30 robustness": ["no-server-error", "service-survives"],
        "31 nothing leaks": ["secrets-not-echoed", "internals-not-shown"],
        "34 scope beside good headers": ["scope-beside-headers", "scope-beside-write"],
        "35 exact field names": ["scope-field-name", "connection-named-fields"],
        "36 the token alone": ["identity-token-only"],
        "37 surroundings": ["surroundings"],
        "38 a 401 for browsers": ["unauthorized-for-browsers"],
        "39 the body of a refusal": ["refusal-without-data"],
        "40 caches": ["conditional-unauthorized", "cache-not-crossed", "kept-answer-varies"],
        "40 repeats": ["idempotency-not-crossed"],
        "41 nearly right": ["password-exact", "password-loose", "sign-in-claims-kept"],
        "42 withdrawn keys": ["retired-key"],
        "43 timing": ["sign-in-timing"],
        "44 origins": ["origin-not-reflected"],
        "44 TLS": ["tls-old-versions", "tls-certificate", "cleartext-without-data"],
        "raw wire": ["wire-refused", "request-boundaries"],
        "32 every operation's headers": ["operation-without-token", "operation-scope-missing"],
        "32 every operation's token": [
            *("operation-token-malformed", "operation-token-expired", "operation-token-revoked"),
        ],
        "32 every operation's scope and role": ["operation-scope-foreign", "operation-role", "operation-no-effect"],
        "32 operations on what belongs to others": ["operation-foreign-resource"],
        "33 objects by id": ["object-without-token", "object-viewer", "object-foreign"],
    },
    Role.CLIENT: {
        "1 three headers": ["three-headers"],
        "2 scope": ["scope-constant"],
        "3 the token is reused": ["token-reused", "password-only-at-sign-in", "token-not-in-url"],
        "3 nothing without a call": ["quiet-when-idle"],
        "4 one retry": ["retry-after-401"],
        "5 the same request": ["retry-same-request", "retry-one-effect"],
        "6 the fresh token": ["retry-fresh-token"],
        "7 bounded": ["retry-bounded"],
        "8 recovery": ["recovers-revoked", "recovers-rotated"],
        "9 a 403": ["no-retry-on-403", "permission-surfaced"],
        "10 other statuses": ["no-sign-in-on-other-status"],
        "11 sign-in trouble": ["sign-in-failure-surfaced", "sign-in-bounded", "sign-in-recovers"],
        "11 no token": ["sign-in-without-token"],
        "11a unusual answers": ["unusual-answers-taken"],
        "12 ahead of the hour": ["refresh-ahead"],
        "13 after the hour": ["after-the-hour"],
        "14 not too early": ["no-early-refresh", "clock-skew"],
        "15 in flight together": ["concurrent-expiry", "one-sign-in-at-expiry"],
        "15a every caller": ["callers-answered"],
        "15b bounded together": ["callers-bounded"],
        "16 a late 401": ["late-401"],
        "17 printed secrets": ["secrets-not-printed"],
        "18 redirects": ["redirect-keeps-secrets", "redirect-keeps-scope"],
    },
}
"""What the contract must speak of, and the rules that do."""


@pytest.mark.parametrize("role", Role)
def test_every_topic_has_its_rules_and_every_rule_its_topic(role: Role) -> None:
    """A rule that is added, renamed or dropped has to be placed here too."""
    placed = [rule_id for rules in TOPICS[role].values() for rule_id in rules]
    ids = [rule.id for rule in load_contract().of(role)]
    offenders = [
        f"{one}: in contract.toml {ids.count(one)} times, in TOPICS {placed.count(one)} times"
        for one in sorted({*ids, *placed})
        if ids.count(one) != 1 or placed.count(one) != 1
    ]
    assert not offenders, listed(
        offenders, "place each rule once under a topic of TOPICS in conformance/selftest/test_contract_file.py"
    )


def test_ids_are_unique() -> None:
    """The report's key is the id."""
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)


def test_every_section_is_used() -> None:
    """An empty section would be an empty heading in every report."""
    offenders = [each.key for each in load_contract().sections if each not in {rule.section for rule in RULES}]
    assert not offenders, listed(offenders, f"give each section a rule {HERE}, or drop it")


def test_an_id_is_short_and_in_kebab_case() -> None:
    """Ids are typed by hand, after --rule."""
    offenders = [rule.id for rule in RULES if not re.fullmatch(r"(?=.{1,30}$)[a-z0-9]+(-[a-z0-9]+)*", rule.id)]
    assert not offenders, listed(offenders, f"let each id have 30 characters at most, in kebab-case, {HERE}")


def test_a_sentence_is_one() -> None:
    """The rule in one sentence, fit for a heading."""
    offenders = [
        f"{rule.id}: {len(rule.sentence)} characters: {rule.sentence}"
        for rule in RULES
        if not rule.sentence.endswith((".", ").")) or ". " in rule.sentence or len(rule.sentence) > 130
    ]
    assert not offenders, listed(offenders, f"write each as one sentence of 130 characters at most, {HERE}")


def test_a_rule_explains_itself() -> None:
    """Every explaining text is there, on one line, and short enough to be read."""
    offenders = [
        f"{rule.id}: {field}, {len(text)} characters: {text}"
        for rule in RULES
        for field in TEXTS
        for text in [getattr(rule, field)]
        if not 0 < len(text) <= 400 or text != " ".join(text.split()) or not text.endswith((".", "…"))
    ]
    assert not offenders, listed(
        offenders, f"write 1 to 400 characters on one line, single blanks only, that end in a full stop or …, {HERE}"
    )


def test_texts_are_written_for_their_rule() -> None:
    """Two rules may be probed alike, but no advice is pasted under both."""
    rules_of: dict[tuple[str, str], list[str]] = {}
    for rule in RULES:
        for field in ("why", "causes", "fix"):
            rules_of.setdefault((field, getattr(rule, field)), []).append(rule.id)
    offenders = [f"{field} of {', '.join(ids)}: {text}" for (field, text), ids in rules_of.items() if len(ids) > 1]
    assert not offenders, listed(offenders, f"write each text for its own rule, {HERE}")


def test_a_need_is_a_known_capability() -> None:
    """A misspelt need would leave the rule unassessed for ever."""
    offenders = [
        f"{rule.id}: {name}" for rule in RULES for need in rule.needs for name in sorted(need - set(CAPABILITIES))
    ]
    assert not offenders, listed(
        offenders, f"name a need as CAPABILITIES in {explain.__name__} does, or describe the new one there"
    )


def test_a_capability_is_a_profile_key_or_the_runs_own() -> None:
    """What a rule needs can be supplied: by a key that the profile has, or by the kind of run."""
    tables = {"keys": Keys, "probe": Probe, "scope": Scope, "tokens": Tokens}
    keys = {f"{table}.{each.name}" for table, kind in tables.items() for each in fields(kind)}
    whole_tables = {"sign_in", "revoke", "openapi", "operation"}
    of_a_run = {"clock", "direct", "socket", "loopback", "patience", "tls"}
    offenders = sorted(set(CAPABILITIES) - keys - whole_tables - of_a_run)
    assert not offenders, listed(offenders, f"give the profile this key, or drop it from {explain.__name__}")


def test_a_capability_is_needed_by_a_rule() -> None:
    """No capability is asked for that changes nothing."""
    offenders = sorted(set(CAPABILITIES) - {name for rule in RULES for need in rule.needs for name in need})
    assert not offenders, listed(offenders, f"let a rule need it {HERE}, or drop it from {explain.__name__}")


def test_a_level_has_the_references_to_bear_it() -> None:
    """Required rests on the guide; standard on an RFC or, for its recommendations, the guide."""
    expected = {Level.REQUIRED: r"Guide: ", Level.STANDARD: r"Guide: |RFC ", Level.HARDENING: r""}
    offenders = [
        f"{rule.id}, {rule.level}: {'; '.join(rule.references) or 'no reference'}"
        for rule in RULES
        if not any(re.match(expected[rule.level], reference) for reference in rule.references)
    ]
    assert not offenders, listed(
        offenders,
        "a required rule needs a reference to the guide, a standard one to the guide or an RFC, a hardening one any;"
        f" add it or lower the level {HERE}",
    )


def test_a_standard_rule_says_how_strongly_its_source_demands_it() -> None:
    """MUST and SHOULD are not the same finding: each RFC section of a standard rule has its word, and it is shown."""
    sections = [
        (rule, one)
        for rule in RULES
        if rule.level is Level.STANDARD
        for one in rule.references
        if one.startswith("RFC ")
    ]
    offenders = [
        f"{rule.id}: {one}"
        for rule, one in sections
        if one not in rule.force or f"{one}, {rule.force[one]}" not in rule.sources
    ]
    assert not offenders, listed(offenders, f'say `force = {{"RFC …" = "MUST"}}` (or SHOULD and so on) {HERE}')


def test_a_reference_is_precise() -> None:
    """A section of the guide or of an RFC, or an entry of a list; never a whole document."""
    precise = r"Guide: [A-Z].+|RFC \d{4} §\d+(\.\d+)*|CWE-\d+|OWASP ASVS \d\.\d §\d+(\.\d+)*"
    offenders = [f"{rule.id}: {one}" for rule in RULES for one in rule.references if not re.fullmatch(precise, one)]
    assert not offenders, listed(offenders, f"name the section, as in `RFC 6750 §3.1`, {HERE}")


def test_a_clients_rule_needs_nothing_of_a_profile() -> None:
    """Clients meet the suite's own server, which has everything."""
    offenders = [
        f"{rule.id}: {sorted(map(sorted, rule.needs))}" for rule in load_contract().of(Role.CLIENT) if rule.needs
    ]
    assert not offenders, listed(offenders, f"drop `needs` {HERE}")

"""Reports of older schema versions as they would be said today. Pure."""

from __future__ import annotations

from typing import Any

from conformance.results.policy import Verdict


def from_1(data: dict[str, Any], interrupted: str) -> dict[str, Any]:
    """Version 1 called a rule passed of which some case was not judged, and told of an interruption in its notes.

    `interrupted` is how it said so there.
    """
    rules: Any = data.get("rules")
    run: Any = data.get("run")
    if isinstance(rules, list):
        rules = [_rule_from_1(rule) for rule in rules]
    match run:
        case {"notes": list(notes)} if interrupted in notes:
            run = {**run, "cut_short": interrupted, "notes": [note for note in notes if note != interrupted]}
    return {**data, "rules": rules, "run": run, "judged": {}}


def _rule_from_1(rule: Any) -> Any:  # noqa: ANN401 # parsed JSON, of any shape
    """Passed only if each case was judged. Of what repeated runs disagreed about, the reason tells as before."""
    if not isinstance(rule, dict) or not isinstance(rule.get("checks"), list):
        return rule
    checks = [_check_from_1(check) for check in rule["checks"]]
    came_to = {str(check.get("outcome")) for check in checks if isinstance(check, dict)}
    is_open = rule.get("outcome") == "passed" and came_to & {"not-assessed", "partly-assessed"}
    return {**rule, "checks": checks, **({"outcome": "partly-assessed"} if is_open else {})}


def _check_from_1(check: Any) -> Any:  # noqa: ANN401 # parsed JSON, of any shape
    match check:
        case {"outcome": "passed", "case_outcomes": dict(cases)} if "not-assessed" in map(str, cases.values()):
            return {**check, "outcome": "partly-assessed"}
    return check


def from_0(data: dict[str, Any]) -> dict[str, Any]:
    """Version 0 had neither grades nor seed; it said `target` for the subject, `skipped` for not assessed.

    Raises ValueError if it lacks what every report has.
    """
    if missing := {"target", "rules", "run", "contract"} - set(data):
        raise ValueError(f"{min(missing)}: Field required")
    rules = data["rules"]
    if isinstance(rules, list):
        rules = [{**rule, "outcome": "not-assessed"} if _was_skipped(rule) else rule for rule in rules]
    return {
        "subject": data["target"],
        "contract": data["contract"],
        "run": {"seed": 0, "depth": "standard"} | data["run"] if isinstance(data["run"], dict) else data["run"],
        "verdict": Verdict.NOT_ASSESSED,
        "grades": {},
        "rules": rules,
    }


def _was_skipped(rule: object) -> bool:
    return isinstance(rule, dict) and rule.get("outcome") == "skipped"

"""The matrix as one page: rules down, subjects across, nothing loaded from elsewhere."""

from __future__ import annotations

from conformance.calibrate.matrix import Matrix, Trial
from conformance.calibrate.subjects import TARGETS, Kind
from conformance.results import Outcome

MARKS = {Outcome.PASSED: "·", Outcome.FAILED: "✗", Outcome.NOT_ASSESSED: "?", Outcome.ERROR: "!"}


def render(result: Matrix, duration_s: float) -> str:
    """The page as HTML text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.calibrate", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("matrix.html.jinja")
    return template.render(
        result=result, duration_s=duration_s, kinds=Kind, targets=TARGETS[result.role], mark=MARKS.get, meaning=_meaning
    )


def _meaning(trial: Trial, rule_id: str) -> str:
    """What the outcome in this cell means, as a word for its style."""
    outcome, subject = trial.outcomes.get(rule_id), trial.subject
    if outcome is Outcome.FAILED:
        if rule_id in subject.declared:
            return "caught"
        return "consequence" if subject.allows(rule_id) else "unexpected"
    if outcome is Outcome.ERROR or rule_id in subject.due:
        return "unexpected"
    return "open" if outcome is Outcome.NOT_ASSESSED else "held"

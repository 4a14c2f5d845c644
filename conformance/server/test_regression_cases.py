"""Regression cases: requests that broke a rule once, sent again under their names (--cases FILE)."""

from __future__ import annotations

import pytest

from conformance.evidence.regression_cases import RegressionCase, filled, placeholders
from conformance.run.conformance_run import RUN
from conformance.server.harness.target_api import TargetApi


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each entry of the file, bound to the rule that the entry names."""
    run = metafunc.config.stash.get(RUN, None)
    cases = () if run is None else run.regression_cases
    params = [pytest.param(case, id=case.name, marks=pytest.mark.synq_rule(case.rule)) for case in cases]
    metafunc.parametrize("saved", params)


def test_a_saved_request_is_answered_rightly(synq: TargetApi, saved: RegressionCase) -> None:
    """What broke the rule once does not break it any more."""
    scope = synq.target.scope
    values = placeholders(synq.credentials.valid(), scope.tenant_id, scope.org_id)
    synq.send(filled(saved, values, synq.target.base_path), control=synq.documented()).must_be_right()

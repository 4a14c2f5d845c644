"""What the trials of servers and of clients have in common: how pytest is started, and what comes of the cases."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

from conformance.calibrate.matrix import Found, Trial
from conformance.calibrate.subjects import CalibrationSubject
from conformance.results.aggregate import aggregate
from conformance.results.data import Outcome
from conformance.run.start import UNREPORTED

if TYPE_CHECKING:
    from conformance.results.aggregate import Case
    from conformance.run.conformance_run import ConformanceRun

UNUSED_PLUGINS = (
    *("cacheprovider", "terminal", "logging", "warnings", "junitxml", "xdist", "faulthandler", "skipping"),
    *("debugging", "stepwise", "pastebin", "doctest", "unittest", "setuponly", "setupplan"),
    *("unraisableexception", "threadexception", "anyio", "respx"),
)
"""Each of them takes part in every case, two hundred thousand times in all."""

Done = Callable[[Trial], None]
"""Is told of each trial."""


def pytest_arguments(*more: str) -> list[str]:
    """What pytest is started with: the suite's own settings, and no plugin that is not needed."""
    ini = Path(__file__).parent.parent / "suite.ini"
    unused = [word for plugin in UNUSED_PLUGINS for word in ("-p", f"no:{plugin}")]
    return ["-c", str(ini), "--rootdir", str(Path.cwd()), "--assert=plain", *unused, *more]


def trial(
    run: ConformanceRun, subject: CalibrationSubject, cases: Sequence[Case], began: float, obstacle: str | None = None
) -> Trial:
    """What the cases of a run came to; `began` by time.perf_counter, `obstacle` if nothing could be judged."""

    duration_s = time.perf_counter() - began
    rules = aggregate(run.rules.values(), cases)
    return Trial(
        subject=subject,
        outcomes={rule.id: rule.outcome for rule in rules},
        reasons={
            rule.id: obstacle or rule.reason for rule in rules if rule.reason and rule.outcome is not Outcome.PASSED
        },
        found=_found(cases),
        exchanges=run.recorder.exchanges,
        duration_s=round(duration_s, 2),
    )


def _found(cases: Sequence[Case]) -> dict[str, Found]:
    """When each failed rule failed first, in the order in which its cases ran."""
    found: dict[str, Found] = {}
    spent: dict[str, int] = {}
    total = 0
    for case in cases:
        total += case.exchanges
        spent[case.rule] = spent.get(case.rule, 0) + case.exchanges
        if case.outcome is Outcome.FAILED:
            found.setdefault(case.rule, Found(total, spent[case.rule]))
    return found


class Calibrated:
    """A run without a report, and failures unshrunk: of a fault it is enough to know that it was found.

    A pytest plugin.
    """

    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Before the run is made of the options."""
        config.stash[UNREPORTED] = True
        config.option.tbstyle = "no"  # the option goes with the terminal; by default each failure's sources are parsed

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Now, before the import of the checks, which take these settings with them."""
        settings.register_profile("synq-calibration", settings.default, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("synq-calibration")

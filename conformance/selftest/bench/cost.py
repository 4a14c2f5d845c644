"""Where the time of a run goes: what the profiler saw in each part of the suite and in each library."""

from __future__ import annotations

import pstats
from collections import defaultdict
from pathlib import Path

PROFILED = (
    "import cProfile, sys\n"
    "from conformance.cli import main\n"
    "profile = cProfile.Profile()\n"
    "into = sys.argv.pop(1)\n"
    "try:\n"
    "    profile.runcall(main)\n"
    "finally:\n"
    "    profile.dump_stats(into)\n"
)
"""A program: its first argument is where the profile goes, the others are the command's."""

CALIBRATED = (
    "import cProfile, sys\n"
    "from conformance.calibrate.server_stage import try_servers\n"
    "from conformance.calibrate.subjects import server_subjects\n"
    "into, *names = sys.argv[1:]\n"
    "profile = cProfile.Profile()\n"
    "profile.runcall(try_servers, iter(server_subjects(tuple(names))), lambda _: None)\n"
    "profile.dump_stats(into)\n"
)
"""A program that calibrates the suite with some faults: first where the profile goes, then their names."""

WAITING = "waiting for answers"
_WAITS = ("'recv", "'poll'", "'select'", "'accept'", "'acquire'", "time.sleep", "select.epoll", "'do_handshake'")
_AREAS = (
    ("/hypothesis/", "drawing inputs (Hypothesis)"),
    ("/conformance/strategies/", "drawing inputs (Hypothesis)"),
    ("/_pytest/", "pytest and pluggy"),
    ("/pluggy/", "pytest and pluggy"),
    ("/conformance/evidence/", "record, without secrets"),
    ("/json/", "record, without secrets"),
    ("/conformance/http/", "sending and reading"),
    ("/conformance/server/", "checks and controls"),
    ("/conformance/contract/", "checks and controls"),
    ("/conformance/tokens/", "tokens"),
    ("/joserfc/", "tokens"),
    ("/cryptography/", "tokens"),
    ("/conformance/report/", "the report"),
    ("/jinja2/", "the report"),
    ("/conformance/mock/", "the embedded Synq"),
    ("/conformance/run/", "the run"),
    ("/conformance/", "the run"),
    ("importlib", "start-up"),
)


def shares(profile: Path) -> dict[str, float]:
    """The share of each area in all of the time, the largest first."""
    seconds: dict[str, float] = defaultdict(float)
    # A built-in function has no place of its own: its time is that of who called it.
    for (file, _, name), (_, _, own, _, callers) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]  # typeshed leaves `stats` out
        if file != "~":
            seconds[area_of(file)] += own
        elif any(wait in name for wait in _WAITS):
            seconds[WAITING] += own
        else:
            for (caller, _, _), (_, _, spent, _) in callers.items():
                seconds[area_of(caller)] += spent
    total = sum(seconds.values())
    return {area: spent / total for area, spent in sorted(seconds.items(), key=lambda one: -one[1])}


def area_of(file: str) -> str:
    """The area that a source file belongs to."""
    return next((area for part, area in _AREAS if part in file), "the rest of Python")

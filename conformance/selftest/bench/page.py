"""What the bench measured, as Markdown: the ratios for the README, and every figure for a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from conformance.report.markup import code, table
from conformance.selftest.bench.measure import Measure, short

HEAD = """\
# How fast the suite is

Made by `tox -e bench` on {date}, with Python {python} on {cores} cores that had nothing else to do.
`python -m conformance.selftest.generated` makes this page of [bench.json](bench.json). Figures of one run only can be
held against each other: another machine, or the same one on another day, is faster or slower in all of them.

![The figures as bars, with their spread](bench.svg)"""

RATIOS = """\
## Beside a bare client

The bare client is a loop around one `httpx.Client` that sends what the suite sent, built beforehand, and looks at no
answer. *Wanted* is what we set out to reach."""

FIGURES = """\
## Every figure

The rounds were interleaved. *1 x 15 inputs* is a run of the generated checks alone."""

FAILURES = """\
## How soon a fault is seen

From the first request of a run until it tells of its first failure, each on an embedded Synq with one fault, with
every level. Of {tried} servers {seen} were seen to be wrong; half of these within {middle} s and {requests}
requests, nine of ten within {most} s. The slowest:"""

SHARES = """\
## Where the time goes

What the profiler says of a run at depth standard; it slows Python down more than what is not Python, so these are
shares and no seconds."""

LIKE_THE_CLIENT = ("sending and reading", "waiting for answers")
BEYOND_THE_CLIENT = ("pytest and pluggy", "record, without secrets", "drawing inputs (Hypothesis)")
DEEP_TO_BARE = "deep, server in a process of its own / bare"
WHY_SLOWER = """\
This is why no run is as fast as the bare client. All that the client does (it sends, waits and reads) is {client:.0f} %
of the time of a run, and a run at depth deep would have to be done in {ratio:.0f} % of its time. The largest of what
would have to go is what makes a run worth its verdict: {parts}."""

CALIBRATED_SHARES = """\
## Where the time of a calibration goes

What the profiler says of `calibrate` with some faults, in one of its processes. It does without a record, without
pytest between the cases, and mostly without sockets; a faulty server is sent some 5,000 requests, since all that it
does not break must be seen to hold."""

STAGES = """\
## The project's own proof

What the stages of `.ci/run` took on {date}, {total} s in all; wanted: less than 600 s. `calibrate` and
`calibrate-client` judge some hundreds of faulty servers and clients, each in a whole run of the suite, and the
selftests run the command again and again: that is where the time goes."""

SHARE = "share: "
"""How a figure is called that belongs to the profile."""
CALIBRATED_SHARE = "share of calibration: "
"""The same of calibration's."""
FIRST_FAILURE = "first failure of a fault"
LIMITS: Mapping[str, str] = {
    "synq-conformance list": "< 0.4",
    "first request of a run": "< 1.2",
    "standard, peak memory": "< 150",
    FIRST_FAILURE: "< 1",
}
"""What a figure that stands alone should reach."""
SLOWEST = 12
HIDDEN: Mapping[str, str] = {
    "dies-of-an-unknown-method": "cannot show: the HTTP library in front of it refuses such a method",
    "head-has-a-body": "cannot show: the HTTP library in front of it takes the body away",
    "served-in-clear-as-well": "cannot show: the server of the bench speaks HTTP without TLS",
}
"""Faults that the server of the bench does not show, and why."""


def bench_summary(data: Mapping[str, Any]) -> str:
    """The ratios and the figures that have a limit, for the README."""
    rows = [
        *((one["name"], f"{one['value']:.2f}", one["wanted"]) for one in data["ratios"]),
        *(
            (one.name, f"{short(one.middle)} {one.unit}", f"{LIMITS[one.name]} {one.unit}")
            for one in measures_of(data)
            if one.name in LIMITS
        ),
    ]
    return table(("", "measured", "wanted"), rows)


def bench_page(data: Mapping[str, Any], stages: Mapping[str, Any] | None = None) -> str:
    """The whole page, with what the stages of the project's own proof took if that is known."""
    parts = [HEAD.format(date=data["date"], **data["machine"]), RATIOS, bench_summary(data)]
    parts += [*_shares(data, SHARES, SHARE), *_why_slower(data), *_failures(data["failures"])]
    parts += _stages(stages) if stages else ()
    parts += [*_shares(data, CALIBRATED_SHARES, CALIBRATED_SHARE), FIGURES, table_of(data)]
    return "\n\n".join(parts) + "\n"


def table_of(data: Mapping[str, Any]) -> str:
    """Every figure with its spread."""
    rows = [
        (one.name, f"{short(one.middle)} {one.unit}", one.spread)
        for one in measures_of(data)
        if not one.name.startswith((SHARE, CALIBRATED_SHARE))
    ]
    return table(("measured", "median", "spread"), rows)


def measures_of(data: Mapping[str, Any]) -> list[Measure]:
    """The figures of bench.json."""
    return [Measure(one["name"], one["unit"], tuple(one["values"])) for one in data["measures"]]


def _shares(data: Mapping[str, Any], text: str, prefix: str) -> Iterator[str]:
    shares = [one for one in measures_of(data) if one.name.startswith(prefix)]
    if shares:
        yield text
        rows = [(one.name.removeprefix(prefix), f"{one.middle:.0f} %") for one in shares]
        yield table(("part", "share"), rows)


def _why_slower(data: Mapping[str, Any]) -> Iterator[str]:
    shares = {one.name.removeprefix(SHARE): one.middle for one in measures_of(data) if one.name.startswith(SHARE)}
    ratio = next((one["value"] for one in data["ratios"] if one["name"] == DEEP_TO_BARE), None)
    if ratio is not None and shares.keys() >= {*LIKE_THE_CLIENT, *BEYOND_THE_CLIENT}:
        yield WHY_SLOWER.format(
            client=sum(shares[one] for one in LIKE_THE_CLIENT),
            ratio=100 * ratio,
            parts=", ".join(f"{one} ({shares[one]:.0f} %)" for one in BEYOND_THE_CLIENT),
        )


def _stages(data: Mapping[str, Any]) -> Iterator[str]:
    total = sum(one["setup_s"] + one["run_s"] for one in data["stages"])
    yield STAGES.format(date=data["date"], total=short(total))
    rows = [(f"`{one['name']}`", short(one["setup_s"]), short(one["run_s"])) for one in data["stages"]]
    yield table(("stage", "set up, s", "run, s"), rows)


def _failures(failures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seen = sorted((one for one in failures if one["said"]), key=lambda one: one["seconds"])
    if not seen:
        return
    yield FAILURES.format(
        tried=len(failures),
        seen=len(seen),
        middle=short(median(one["seconds"] for one in seen)),
        requests=short(median(one["requests"] for one in seen)),
        most=short(seen[len(seen) * 9 // 10]["seconds"]),
    )
    missed = [
        (code(one["fault"]), HIDDEN.get(one["fault"], "nothing"), "", f"{one['requests']:,}")
        for one in failures
        if not one["said"]
    ]
    slowest = [
        (code(one["fault"]), code(one["said"].partition(": ")[0]), f"{one['seconds']:.1f}", f"{one['requests']:,}")
        for one in reversed(seen[-SLOWEST:])
    ]
    yield table(("fault", "first failure", "seconds", "requests"), [*missed, *slowest])

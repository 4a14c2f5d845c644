"""Measure everything in turn, several times over, and write bench.json, bench.svg and bench.md."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from conformance.client.adapters.adapter import load_adapter, prepared
from conformance.mock.faults import FAULTS, apply_fault
from conformance.selftest.bench.cost import CALIBRATED, PROFILED, shares
from conformance.selftest.bench.measure import Measure, Ratio, svg
from conformance.selftest.bench.page import CALIBRATED_SHARE, FIRST_FAILURE, SHARE, bench_page
from conformance.selftest.bench.runs import (
    COMMAND,
    apart,
    counting,
    first_failure,
    process,
    seconds_to_the_first_request,
    suite,
)
from conformance.selftest.peers.schemathesis_run import schemathesis_commands
from conformance.selftest.peers.servers import faults_without_tls

RATE, SECONDS, MEGABYTES = "exchanges/s", "s", "MB"
PER_CENT = "%"
FEW = 20
"""Schemathesis sends more, unless it could not read the description."""
CALIBRATED_EVERY = 60
"""Every so many faults one is in the profile of calibration."""
REPLAYED = 4_000
"""Requests that the bare client sends in a round."""
SCHEMATHESIS = "schemathesis, all checks"
NAMES = {
    "bare": "bare httpx.Client, the same requests",
    "standard": "standard, server in a process of its own",
    "deep": "deep, server in a process of its own",
    "embedded": "standard, embedded server",
    "mock": "standard, in process",
}


WANTED = {"deep": "≥ 1.0", "standard": "≥ 1.0", "embedded": "≥ 0.7", "mock": "≥ 1.5"}
GROWN = (1, 10, 100)
GENERATED_ALONE = ("server", "--profile", "profile.toml", "--depth", "quick", "--", "-k", "generated")
MORE_EXAMPLES = """
import sys
from dataclasses import replace
from conformance.cli import main
from conformance.server.harness.depths import EXTENTS

times, quick = int(sys.argv.pop(1)), EXTENTS["quick"]
EXTENTS["quick"] = replace(quick, examples=times * quick.examples, lives=times * quick.lives)
main()
"""
ADAPTERS = Path(__file__).parents[3] / "fixtures" / "adapters"
CLIENTS = {"python-requests": "python3", "node-fetch": "node", "go-nethttp": "go"}


class Bench:
    """The figures so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failures: list[dict[str, object]] = []
        """What became of each fault, as bench.json has it."""
        self._values: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, name: str, unit: str, value: float) -> None:
        """Keep one more value of this figure."""
        self._values[name, unit].append(value)
        click.echo(f"{name}: {value:,.2f} {unit}")

    @property
    def measures(self) -> list[Measure]:
        return [Measure(name, unit, tuple(values)) for (name, unit), values in self._values.items()]

    def of(self, name: str, unit: str) -> Measure:
        """The figure of this name; raises KeyError if it was not measured."""
        return Measure(name, unit, tuple(self._values[name, unit]))


def rates(bench: Bench) -> None:
    """The suite in each way, and the bare client with what the suite sends."""
    folder = bench.folder
    with apart(folder) as base_url:
        requests = folder / "requests.pickle"
        if not requests.is_file():
            recording = (sys.executable, "-m", "conformance.selftest.bench.recorded", "record", str(requests))
            process((*recording, "server", "--profile", "profile.toml", "--report-dir", "recorded"), folder)
        replaying = (sys.executable, "-m", "conformance.selftest.bench.recorded", "replay", str(requests))
        took = process((*replaying, base_url, str(REPLAYED)), folder)
        number, seconds = json.loads(took.out)
        bench.add(NAMES["bare"], RATE, number / seconds)
        for depth in ("standard", "deep"):
            ran = suite(folder, "server", "--profile", "profile.toml", "--depth", depth)
            bench.add(NAMES[depth], RATE, ran.exchanges / ran.duration_s)
            bench.add(f"{depth}, whole command", SECONDS, ran.took.seconds)
            bench.add(f"{depth}, peak memory", MEGABYTES, ran.took.peak_mb)
    for name, option in (("embedded", "--embedded"), ("mock", "--mock")):
        ran = suite(folder, "server", option)
        bench.add(NAMES[name], RATE, ran.exchanges / ran.duration_s)


def workers(bench: Bench) -> None:
    """One process against two."""
    with apart(bench.folder):
        for number in ("1", "2"):
            ran = suite(bench.folder, "server", "--profile", "profile.toml", "--depth", "deep", "-n", number)
            bench.add(f"deep, -n {number}", SECONDS, ran.duration_s)


def starting(bench: Bench) -> None:
    """Until the command is there, and until its first request."""
    for words in (("--help",), ("list",)):
        bench.add(f"synq-conformance {words[0]}", SECONDS, process((*COMMAND, *words), bench.folder).seconds)
    bench.add("first request of a run", SECONDS, seconds_to_the_first_request(bench.folder))


def schemathesis(bench: Bench) -> None:
    """Requests that it sends in a second, as the server counts them."""
    with counting(bench.folder) as (_, counter):
        profile = tomllib.loads((bench.folder / "profile.toml").read_text("utf-8"))
        took = process(schemathesis_commands(profile, bench.folder)["whole"], bench.folder)
        if counter.answered < FEW:
            raise RuntimeError(f"Schemathesis sent {counter.answered} requests: {took.out[-500:]}")
        bench.add(SCHEMATHESIS, RATE, counter.answered / took.seconds)


def growth(bench: Bench) -> None:
    """Generated checks with 15 inputs for each property, and with ten and a hundred times as many."""
    with apart(bench.folder):
        for times in GROWN:
            command = (sys.executable, "-c", MORE_EXAMPLES, str(times))
            ran = suite(bench.folder, *GENERATED_ALONE, command=command)
            bench.add(f"{times} x 15 inputs", SECONDS, ran.duration_s)
            bench.add(f"{times} x 15 inputs, peak memory", MEGABYTES, ran.took.peak_mb)


def clients(bench: Bench) -> None:
    """A whole run of a client in each of these languages, if it is at hand."""
    for adapter, runtime in CLIENTS.items():
        if shutil.which(runtime):
            prepared(load_adapter(str(ADAPTERS / adapter)))
            command = (*COMMAND, "client", "--adapter", str(ADAPTERS / adapter), "--report-dir", "reports")
            bench.add(f"client {adapter}", SECONDS, process(command, bench.folder).seconds)


def cost(bench: Bench) -> None:
    """What the profiler says of a standard run, and of calibration; it slows Python itself more than anything else."""
    with apart(bench.folder):
        profile = bench.folder / "profile.out"
        command = (sys.executable, "-c", PROFILED, str(profile))
        suite(bench.folder, "server", "--profile", "profile.toml", command=command)
    calibration = bench.folder / "calibration.out"
    process((sys.executable, "-c", CALIBRATED, str(calibration), *sorted(FAULTS)[::CALIBRATED_EVERY]), bench.folder)
    for prefix, file in ((SHARE, profile), (CALIBRATED_SHARE, calibration)):
        for area, share in shares(file).items():
            bench.add(f"{prefix}{area}", PER_CENT, 100 * share)


def failures(bench: Bench, number: int) -> None:
    """How soon a fault is seen, over a sample of all of them."""
    names = faults_without_tls()
    for name in names[:: max(1, len(names) // number)]:
        found = first_failure(bench.folder, partial(apply_fault, name=name))
        bench.failures.append({"fault": name, **asdict(found)})
        if found.said is not None:
            bench.add(FIRST_FAILURE, SECONDS, found.seconds)


RATIOS = (
    *((f"{NAMES[name]} / bare", (NAMES[name], RATE), (NAMES["bare"], RATE), wish) for name, wish in WANTED.items()),
    ("-n 1 / -n 2", ("deep, -n 1", SECONDS), ("deep, -n 2", SECONDS), "≥ 1.7"),
    ("deep / schemathesis", (NAMES["deep"], RATE), (SCHEMATHESIS, RATE), "≥ 20"),
    ("time of 100 x the inputs", ("100 x 15 inputs", SECONDS), ("1 x 15 inputs", SECONDS), "≤ 105"),
    (
        "memory of 100 x the inputs",
        ("100 x 15 inputs, peak memory", MEGABYTES),
        ("1 x 15 inputs, peak memory", MEGABYTES),
        "≤ 1.2",
    ),
)
"""Name, what is held against what, and what it should be."""


def ratios_of(bench: Bench) -> list[Ratio]:
    """How the figures that were measured stand to each other, and what they should reach."""
    measured = {(one.name, one.unit) for one in bench.measures}
    return [
        Ratio(name, bench.of(*this), bench.of(*that), wish)
        for name, this, that, wish in RATIOS
        if {this, that} <= measured
    ]


PARTS: dict[str, Callable[[Bench], None]] = {
    "rates": rates,
    "workers": workers,
    "starting": starting,
    "schemathesis": schemathesis,
    "clients": clients,
}
ONCE: dict[str, Callable[[Bench], None]] = {"growth": growth, "cost": cost}
"""Parts that take too long to be measured in each round."""


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often each is measured.")
@click.option("--part", "parts", multiple=True, type=click.Choice([*PARTS, *ONCE, "failures"]), help="Only this part.")
@click.option("--faults", default=24, show_default=True, help="Faults in the sample for the first failure.")
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(rounds: int, parts: tuple[str, ...], faults: int, report_dir: Path) -> None:
    """Measure the suite. Nothing else should run on the machine meanwhile."""
    with tempfile.TemporaryDirectory(prefix="synq-bench-") as folder:
        bench = Bench(Path(folder))
        for _ in range(rounds):
            for name, part in PARTS.items():
                if not parts or name in parts:
                    part(bench)
        for name, part in ONCE.items():
            if not parts or name in parts:
                part(bench)
        if not parts or "failures" in parts:
            failures(bench, faults)
        ratios = ratios_of(bench)
    report_dir.mkdir(parents=True, exist_ok=True)
    data = {
        "schema": "synq-conformance/bench/1",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "measures": [one.portable() for one in bench.measures],
        "ratios": [one.portable() for one in ratios],
        "failures": bench.failures,
    }
    (report_dir / "bench.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    (report_dir / "bench.svg").write_text(svg(bench.measures), "utf-8")
    page = bench_page(data)
    (report_dir / "bench.md").write_text(page, "utf-8")
    click.echo(page)


if __name__ == "__main__":
    main()

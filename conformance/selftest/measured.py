"""Keeps what was measured of calibration, peers and speed: `python -m conformance.selftest.measured FILE…`.

Then `python -m conformance.selftest.generated` shows it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from conformance.contract.rules import load_contract
from conformance.selftest.reference.readme_figures import MEASURED, ROLES


def keep(file: Path) -> None:
    """Keep what a tool wrote, or tox with --result-json; raises ValueError for what failed and so proves nothing."""
    data = json.loads(file.read_text("utf-8"))
    date = datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    if "testenvs" in data:
        _write("stages", stage_figures(data, date))
        return
    kind = data["schema"].split("/")[1]
    if kind != "calibration":
        _write(kind, data)
        return
    if not data["proven"]:
        raise ValueError(f"{file}: calibration found {len(data['problems'])} problems: mend these first")
    role = ROLES[load_contract().rule(data["rules"][0]["id"]).role]
    kept = MEASURED / "calibration.json"
    before = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    _write("calibration", {**before, role: calibration_figures(data, date)})


def stage_figures(data: Mapping[str, Any], date: str) -> dict[str, Any]:
    """What the page on speed shows of a run of tox; raises ValueError if a stage failed."""
    # Tox names those as well that were not run, and the one that builds the package
    environments = {
        name: one for name, one in data["testenvs"].items() if one.get("test") and not name.startswith(".")
    }
    for name, one in environments.items():
        if any(command["retcode"] for command in one["test"]):
            raise ValueError(f"tox: {name} failed, so its time says nothing")
    stages = [
        {"name": name, "setup_s": _seconds(one.get("setup", ())), "run_s": _seconds(one["test"])}
        for name, one in environments.items()
    ]
    return {"date": date, "stages": stages}


def _seconds(commands: Iterable[Mapping[str, Any]]) -> float:
    return round(sum((one["elapsed"] for one in commands), 0.0), 1)


def calibration_figures(data: Mapping[str, Any], date: str) -> dict[str, Any]:
    """What the README shows of a calibration."""
    trials = data["trials"]
    kinds = Counter(one["subject"]["kind"] for one in trials)
    faults = [one for one in trials if one["subject"]["kind"] == "fault"]
    found = [one["found"].get(one["subject"]["declared"][0]) for one in faults]
    caught = [one for one in found if one is not None]
    return {
        "date": date,
        "faults": len(faults),
        "caught": len(caught),
        "rules": len(data["rules"]),
        "broken": len({one["subject"]["declared"][0] for one in faults}),
        "references": kinds["reference"],
        "degenerate": kinds["degenerate"],
        "in_rule": round(median(one["in_rule"] for one in caught)),
        "exchanges": sum(one["exchanges"] for one in trials),
        "names": sorted(one["subject"]["name"] for one in faults),
    }


def _write(name: str, data: object) -> None:
    (MEASURED / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        keep(Path(name))

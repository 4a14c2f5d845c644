"""Keeps what was measured of calibration and peers: `python -m conformance.selftest.measured FILE…`.

Then `python -m conformance.selftest.generated` shows it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from conformance.contract.rules import load_contract
from conformance.selftest.reference.readme_figures import MEASURED, ROLES


def keep(file: Path) -> None:
    """Keep calibration.json, calibration-client.json or peers.json; raises ValueError if it did not prove the suite."""
    data = json.loads(file.read_text("utf-8"))
    if data["schema"].startswith("synq-conformance/peers/"):
        _write("peers", data)
        return
    if not data["proven"]:
        raise ValueError(f"{file}: calibration found {len(data['problems'])} problems: mend these first")
    role = ROLES[load_contract().rule(data["rules"][0]["id"]).role]
    kept = MEASURED / "calibration.json"
    before = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    date = datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    _write("calibration", {**before, role: calibration_figures(data, date)})


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

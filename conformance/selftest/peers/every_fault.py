"""Every fault of the embedded Synq before Schemathesis: whether it is seen, after how many requests, and how soon.

Schemathesis draws by a seed, so it is run on those faults alone that answer one of its requests otherwise than the
right server does: on the others it would send the same, see the same and say the same. This suite is run on those that
Schemathesis sees; that it catches all is what calibration proves.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from conformance.selftest.peers.answers import Asked, first_other_answer, keeping
from conformance.selftest.peers.servers import TriedServer, faults_without_tls, faulty_server
from conformance.selftest.peers.trial import schemathesis_trial, suite_trial


def asked_of_the_right_server() -> Asked:
    """All that Schemathesis asks of it; raises RuntimeError if it finds fault with it."""
    asked = Asked()
    trial = schemathesis_trial(TriedServer("reference", "right", "nothing", "", keeping(asked)))
    if trial.found:
        raise RuntimeError(f"Schemathesis says {trial.said!r} of the right server")
    return asked


def seen_by_both(name: str) -> dict[str, Any]:
    """What Schemathesis makes of this fault, and this suite with a whole profile if Schemathesis sees it."""
    server = faulty_server(name)
    peer = schemathesis_trial(server)
    ours = suite_trial(server, "suite-profile") if peer.found else None
    return {"fault": name, "schemathesis": asdict(peer), "suite": ours and asdict(ours)}


@click.command()
@click.option("--at-once", default=2, show_default=True, help="Servers that are tried side by side.")
@click.option("--keep", is_flag=True, help="Keep what every-fault.json has already, and try the others.")
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(at_once: int, keep: bool, report_dir: Path) -> None:
    """Try Schemathesis on every fault that answers it otherwise than the right server."""
    report_dir.mkdir(parents=True, exist_ok=True)
    file = report_dir / "every-fault.json"
    asked = asked_of_the_right_server()
    differing = [name for name in faults_without_tls() if first_other_answer(asked, faulty_server(name).change)]
    rows: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["faults"] if keep and file.is_file() else []
    done = {row["fault"] for row in rows}
    with ThreadPoolExecutor(at_once) as trying:
        for row in trying.map(seen_by_both, (name for name in differing if name not in done)):
            rows.append(row)
            click.echo(f"{row['fault']}: {row['schemathesis']['said'] or 'nothing'}")
            file.write_text(json.dumps(_data(rows, asked), indent=1) + "\n", "utf-8")


def _data(rows: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    return {
        "schema": "synq-conformance/every-fault/1",
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "schemathesis": version("schemathesis"),
        "asked": len(asked.requests),
        "tried": len(faults_without_tls()),
        "faults": rows,
    }


if __name__ == "__main__":
    main()

"""Try every tool on every server, and write peers.json and peers.md, anew after each server."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from conformance.selftest.peers.page import peers_page
from conformance.selftest.peers.servers import TriedServer, tried_servers
from conformance.selftest.peers.trial import TOOLS, try_on


@click.command()
@click.argument("names", nargs=-1, metavar="[SERVER]…")
@click.option("--every", default=3, show_default=True, help="Take a fault of one in so many rules.")
@click.option("--keep", is_flag=True, help="Keep what peers.json has of servers already, and try the others.")
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(names: tuple[str, ...], every: int, keep: bool, report_dir: Path) -> None:
    """Try the tools on the named servers, or on all."""
    servers = [one for one in tried_servers(every) if not names or one.name in names]
    report_dir.mkdir(parents=True, exist_ok=True)
    file = report_dir / "peers.json"
    trials: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["trials"] if keep and file.is_file() else []
    for server in servers:
        if any(one["server"] == server.name for one in trials):
            continue
        for trial in try_on(server):
            click.echo(f"{server.name}, {TOOLS[trial.tool]}: {trial.said or 'nothing'} after {trial.requests} requests")
            trials.append(asdict(trial))
        data = _data(every, servers, trials)
        file.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
        (report_dir / "peers.md").write_text(peers_page(data), "utf-8")


def _data(every: int, servers: Sequence[TriedServer], trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    tried = {one["server"] for one in trials}
    return {
        "schema": "synq-conformance/peers/1",
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "every": every,
        "sampled": len(list(tried_servers(every))),
        "versions": {"schemathesis": version("schemathesis"), "suite": version("synq-conformance")},
        "tools": dict(TOOLS),
        "servers": [
            {"name": one.name, "kind": one.kind, "about": one.about, "level": one.level}
            for one in servers
            if one.name in tried
        ],
        "trials": list(trials),
    }


if __name__ == "__main__":
    main()

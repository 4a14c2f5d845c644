"""Try every tool on every server, and write peers.json and peers.md."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from conformance.selftest.peers.page import peers_page
from conformance.selftest.peers.servers import tried_servers
from conformance.selftest.peers.trial import TOOLS, PeerTrial, try_on


@click.command()
@click.argument("names", nargs=-1, metavar="[SERVER]…")
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(names: tuple[str, ...], report_dir: Path) -> None:
    """Try the tools on the named servers, or on all."""
    servers = [one for one in tried_servers() if not names or one.name in names]
    trials: list[PeerTrial] = []
    for server in servers:
        for trial in try_on(server):
            click.echo(f"{server.name}, {TOOLS[trial.tool]}: {trial.said or 'nothing'} after {trial.requests} requests")
            trials.append(trial)
    data = {
        "schema": "synq-conformance/peers/1",
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "versions": {"schemathesis": version("schemathesis"), "suite": version("synq-conformance")},
        "tools": TOOLS,
        "servers": [
            {"name": one.name, "kind": one.kind, "about": one.about, "level": one.level} for one in servers
        ],
        "trials": [asdict(one) for one in trials],
    }
    report_dir.mkdir(parents=True, exist_ok=True)
    (report_dir / "peers.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    (report_dir / "peers.md").write_text(peers_page(data), "utf-8")


if __name__ == "__main__":
    main()

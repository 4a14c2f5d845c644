"""`synq-conformance load`: Locust, started with what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from conformance.config.options import OptionError
from conformance.config.profile import ProfileError, Target, from_environment, from_profile
from conformance.http.limits import Ledger
from conformance.load.outcome import OUTCOME, read_outcome
from conformance.load.sessions import shared_token
from conformance.load.settings import LEDGER, PROFILE, REPORT_DIR, SHARED_TOKEN
from conformance.server.harness.targets import must_be_permitted

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
LOG = "load.log"
"""What Locust says."""
WRONG_USAGE, NOT_ASSESSED = 2, 3


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """The options of a load run."""

    profile: str | None
    url: str | None
    users: int
    run_time: str
    processes: int
    report_dir: Path
    allow_cleartext: bool
    allow_production: bool
    locust_args: tuple[str, ...]


def run_load(options: LoadOptions) -> int:
    """Run Locust to its end. Returns the exit code: 0 right, 1 wrong answers, 2 wrong usage, 3 too little judged."""
    try:
        target = _target(options)
    except (ProfileError, OptionError) as error:
        return _wrong(str(error))
    if find_spec("locust") is None:
        return _wrong("Locust is not installed: pip install 'synq-conformance[load]'")
    (options.report_dir / OUTCOME).unlink(missing_ok=True)
    options.report_dir.mkdir(parents=True, exist_ok=True)
    limit = target.limits.requests_per_second
    rate = "as fast as it answers" if limit is None else f"{limit:g} requests a second at most (limits of the profile)"
    click.echo(f"Loading {target.base_url}: {options.users} callers for {options.run_time}, {rate}")
    ledger = Ledger()
    environ = os.environ | {REPORT_DIR: str(options.report_dir), LEDGER: str(ledger.path)}
    if options.profile:
        environ[PROFILE] = options.profile
    if options.url:
        environ["SYNQ_BASE_URL"] = options.url
    if (shared := shared_token(target, options.users)) is not None:
        environ[SHARED_TOKEN] = shared
        click.echo("A sign-in ends the account's other tokens here: all callers share one, and none signs in")
    log = options.report_dir / LOG
    with log.open("w", encoding="utf-8") as said:
        ended = subprocess.run(  # noqa: S603 - our own command
            _command(options), env=environ, check=False, stdout=said, stderr=subprocess.STDOUT
        )
    ledger.close()
    outcome = read_outcome(options.report_dir)
    if outcome is None:
        return _wrong(f"Locust ended with exit code {ended.returncode} and counted nothing; see {log}", NOT_ASSESSED)
    click.echo(outcome.told())
    click.echo(f"The numbers: {options.report_dir / OUTCOME}; Locust's own page: {options.report_dir / 'load.html'}")
    return outcome.exit_code


def _target(options: LoadOptions) -> Target:
    target = from_profile(options.profile) if options.profile else from_environment(os.environ, options.url)
    must_be_permitted(
        target, allow_production=options.allow_production, allow_cleartext=options.allow_cleartext
    )
    return target


def _command(options: LoadOptions) -> list[str]:
    arguments = [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary"]
    arguments += ["--users", str(options.users), "--spawn-rate", str(options.users), "--run-time", options.run_time]
    arguments += ["--html", str(options.report_dir / "load.html"), "--loglevel", "WARNING"]
    if options.processes > 1:
        arguments += ["--processes", str(options.processes)]
    return [*arguments, *options.locust_args]


def _wrong(message: str, code: int = WRONG_USAGE) -> int:
    click.echo(f"synq-conformance load: {message}", err=True)
    return code

"""The command line. It composes, and decides nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance.config.declared import LEVELS, OPTIONS, Option, OptionKind, of_doctor, of_suite
from conformance.report.commands import report
from conformance.report.encodings import fit_to_encoding
from conformance.setup.commands import init, run_doctor

ROLES = ("server", "client")

Command = Callable[..., None]


def _options_of(options: Sequence[Option]) -> Callable[[Command], Command]:
    """The options as click takes them."""

    def declared(command: Command) -> Command:
        for option in reversed(options):
            command = click.option(f"--{option.name}", **_as_click_takes_it(option))(command)
        return command

    return declared


def _as_click_takes_it(option: Option) -> dict[str, Any]:
    plain = {"help": option.whole_help, "metavar": option.metavar}
    match option.kind:
        case OptionKind.FLAG:
            return plain | {"is_flag": True}
        case OptionKind.MANY:
            return plain | {"multiple": True}
        case OptionKind.CHOICE:
            return plain | {"type": click.Choice(option.choices)}
        case OptionKind.NUMBER:
            return plain | {"type": int}
        case OptionKind.FILE:
            return plain | {"type": click.Path(dir_okay=False)}
        case OptionKind.FOLDER:  # which pytest has to know before it starts
            of_variable = {"envvar": option.variable, "default": option.own_default}
            return plain | {"type": click.Path(file_okay=False)} | of_variable
        case OptionKind.PLACE:
            return plain | {"type": click.Path()}
        case OptionKind.TEXT:
            return plain


class Commands(click.Group):
    """The commands, each of which ends in good order if it is told to end, or if there is no room to write to."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command: SIGTERM is taken like Ctrl-C, and a full disk is one line and exit code 3."""
        from conformance.evidence.files import error_at, has_no_room, not_written  # late, to spare start-up

        signal.signal(signal.SIGTERM, signal.default_int_handler)
        fit_to_encoding(sys.stdout)
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("synq-conformance: interrupted", err=True)
            sys.exit(3)
        except OSError as error:
            if not has_no_room(error):
                raise
            # What standard output still holds cannot be written either: without this, Python fails by it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            with contextlib.suppress(OSError):  # standard error may go to the same disk
                what = error_at(error, Path(error.filename or "standard output"))
                click.echo(f"synq-conformance: {not_written(what)}", err=True)
            sys.exit(3)


@click.group(cls=Commands)
@click.version_option(package_name="synq-conformance")
def main() -> None:
    """Does an API, or a client of it, keep the Synq authentication contract?"""


main.add_command(report)
main.add_command(init)


@main.command(context_settings={"ignore_unknown_options": True})
@_options_of(of_suite("server"))
@click.option("-n", "workers", type=int, default=0, help="Worker processes.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def server(pytest_args: tuple[str, ...], **options: object) -> None:
    """Check a server: the one named, or the embedded Synq over real HTTP if nothing is named at all."""
    sys.exit(run("conformance.server", options, pytest_args))


@main.command()
@_options_of(of_doctor())
def doctor(**options: object) -> None:
    """Go through a server's profile step by step: is each item what it claims to be, and which key is to be mended?"""
    sys.exit(run_doctor(options))


@main.command(context_settings={"ignore_unknown_options": True})
@_options_of(of_suite("client"))
@click.option("-n", "workers", type=int, default=0, help="Worker processes.")
@click.option(
    "--smoke", is_flag=True, help="Check the adapter only: line by line, what it gets right and what it does not."
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def client(pytest_args: tuple[str, ...], smoke: bool, **options: object) -> None:
    """Check a client: a library behind an adapter, or a Python factory."""
    if options["attach"] and options["workers"]:
        raise click.UsageError("--attach and -n: an adapter that is started by hand speaks to one process only")
    if smoke:
        from conformance.client.harness.smoke_command import run_smoke  # late, to spare start-up

        sys.exit(run_smoke({f"synq_{key}": value for key, value in options.items()}))
    sys.exit(run("conformance.client", options, pytest_args))


_UNUSED_PLUGINS = (
    *("stepwise", "pastebin", "doctest", "unittest"),
    *("unraisableexception", "threadexception", "anyio", "respx"),
)
"""Each of them would take part in every case."""


def run(package: str, options: dict[str, object], pytest_args: tuple[str, ...]) -> int:
    """Run a suite through pytest and give the exit code that the contract of this command promises."""
    _must_be_no_slip(pytest_args)
    import pytest  # late, to spare start-up

    from conformance.run.report_dir import PYTEST_XML_PART

    report_dir = Path(str(options["report_dir"]))
    arguments = ["--pyargs", package, "-c", str(Path(__file__).with_name("suite.ini")), "--rootdir", str(Path.cwd())]
    arguments += ["-p", "no:cacheprovider", "-qq", "--no-header", "--no-summary", "--synq-console"]
    arguments += ["--assert=plain", "--tb=native"]  # a check asserts nothing, and no finding shows a traceback
    arguments += [word for plugin in _UNUSED_PLUGINS for word in ("-p", f"no:{plugin}")]
    arguments += ["--junitxml", str(report_dir / PYTEST_XML_PART), "-o", "junit_family=xunit1"]
    for option in OPTIONS:
        arguments += _passed_on(option, options.get(option.key))
    if options.get("attach"):
        arguments.append("--capture=no")
    if options["workers"]:
        arguments += ["-n", str(options["workers"])]
    interruption = Interruption()
    try:
        code = int(pytest.main([*arguments, *pytest_args], plugins=[interruption]))
    except BaseException:
        if not interruption.seen:
            raise
        code = int(pytest.ExitCode.INTERRUPTED)  # whatever a library made of it that was being imported
    if interruption.seen and code in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
        click.echo("could not be assessed: the run was interrupted before it began", err=True)
        return 3
    return 2 if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED) else code


def _must_be_no_slip(pytest_args: tuple[str, ...]) -> None:
    """Raises UsageError for an argument that goes to pytest, and is an option of this command but for a letter."""
    known = [option.name for option in OPTIONS]
    for given in (one.partition("=")[0].removeprefix("--") for one in pytest_args if one.startswith("--")):
        if near := get_close_matches(given, known, n=1, cutoff=0.8):
            raise click.UsageError(f"--{given}: did you mean --{near[0]}?")


class Interruption:
    """Whether the run was told to end: pytest's exit code for it is the one that stands for wrong usage here."""

    def __init__(self) -> None:
        """From now on Ctrl-C and SIGTERM are seen, unless Ctrl-C is ignored, as in what a shell runs in background."""
        self.seen = False
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._told)

    def pytest_keyboard_interrupt(self) -> None:
        self.seen = True

    def _told(self, *_: object) -> NoReturn:
        self.seen = True
        raise KeyboardInterrupt


def _passed_on(option: Option, value: object) -> list[str]:
    """The option as pytest takes it; nothing if it was left out."""
    match value:
        case None | False:
            return []
        case True:
            return [f"--synq-{option.name}"]
        case tuple():
            return [f"--synq-{option.name}={one}" for one in value]
        case _:
            return [f"--synq-{option.name}", str(value)]


@main.command("list")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--level", type=click.Choice(LEVELS))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_rules(role: str | None, level: str | None, as_json: bool) -> None:
    """List the rules of the contract."""
    from rich.console import Console  # late, to spare start-up

    from conformance.contract import explain
    from conformance.contract.rules import Level, Role

    chosen = (Role(role) if role else None, Level(level) if level else None)
    if as_json:
        click.echo(explain.listing_json(*chosen))
    else:
        Console(width=None if sys.stdout.isatty() else 200).print(explain.rule_listing(*chosen))


@main.command("explain")
@click.argument("rule")
def explain_rule(rule: str) -> None:
    """Explain a rule: what is sent, what is right, why, and how it is fixed."""
    from rich.console import Console  # late, to spare start-up

    from conformance.contract import explain

    try:
        found = explain.find(rule)
    except explain.UnknownRuleError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    Console().print(explain.explanation(found))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; 0 takes a free one.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all, as in a container."
)
@click.option("--fault", multiple=True, help="Mutate it by this fault; may be given again.")
@click.option("--variant", help="Let it do in another right way what the guide leaves open, such as one-session.")
@click.option("--algorithm", type=click.Choice(("RS256", "ES256")), default="RS256", show_default=True)
@click.option("--list-faults", is_flag=True, help="Every fault, a line each: name, rule, what it does.")
@click.option("--write-profile", type=click.Path(dir_okay=False, path_type=Path), help="Write a profile of it there.")
@click.option("--env", is_flag=True, help="Print lines for a shell first, and no JSON.")
def mock(
    port: int,
    host: str,
    fault: tuple[str, ...],
    variant: str | None,
    algorithm: str,
    list_faults: bool,
    write_profile: Path | None,
    env: bool,
) -> None:
    """Serve the embedded Synq; the first line printed is JSON with all that a client needs."""
    if list_faults:
        from conformance.mock.faults import fault_listing

        for line in fault_listing():
            click.echo(line)
        return
    from conformance.mock.command import run_mock as serve  # late, to spare start-up
    from conformance.setup.introducing import introducing

    sys.exit(serve(port, fault, algorithm, introducing(write_profile, env=env), host=host, variant=variant))


@main.command()
@click.argument("name", required=False)
@click.option("--list", "list_names", is_flag=True, help="Every name, a line each, with what is done under it.")
@click.option("--profile", type=click.Path(dir_okay=False, path_type=Path), help="Profile (TOML) with keys and tokens.")
@click.option("--spoiled", is_flag=True, help="Forge claims that ended long ago, which no server accepts.")
@click.option("--listener", metavar="URL", help="The URL that an attack gives for its key.")
def forge(name: str | None, list_names: bool, profile: Path | None, listener: str | None, spoiled: bool) -> None:
    """Print the token of a named attack, made of $SYNQ_TOKEN, for use in a command line.

    Some attacks need more: $SYNQ_PUBLIC_KEY, $SYNQ_SIGNING_KEY, $SYNQ_TOKEN_VIEWER, or a profile that has it.
    """
    from conformance.config.profile import ProfileError  # late, to spare start-up
    from conformance.tokens import listed
    from conformance.tokens.forge import ForgeError, forged

    if list_names:
        for one, what in listed().items():
            click.echo(f"{one:<44} {what}")
        return
    if name is None:
        raise click.UsageError("name an attack; --list shows them all")
    try:
        token = forged(name, os.environ, profile, listener, spoiled=spoiled)
    except (ForgeError, ProfileError) as error:
        click.echo(f"synq-conformance forge: {error}", err=True)
        sys.exit(2)
    click.echo(token.encode("latin-1"))


@main.command()
@click.argument("url")
@click.argument("segments", nargs=-1, required=True)
@click.option("--answers", type=click.IntRange(1), default=1, help="Show the last of so many answers.")
@click.option("--max-time", "timeout_s", type=click.FloatRange(0, min_open=True), default=3.0, metavar="SECONDS")
@click.option("--ca", metavar="FILE", help="Trust certificates that this one issued.")
@click.option("--client-certificate", metavar="FILE", help="The client certificate.")
@click.option("--client-key", metavar="FILE", help="Its key, unless that stands in the same file.")
def send(
    url: str,
    segments: tuple[str, ...],
    answers: int,
    timeout_s: float,
    ca: str | None,
    client_certificate: str | None,
    client_key: str | None,
) -> None:
    r"""Send octets as they are, each argument in a TCP segment of its own, and show the answer.

    An argument may hold \r, \n, \t, \\ and \xHH.
    """
    from conformance.http.proxies import ProxyError, proxy_for  # late, to spare start-up
    from conformance.http.route import Route
    from conformance.http.send import sent_octets_of
    from conformance.http.tls import TlsFileError, TlsFiles, client_context

    files = TlsFiles(ca, client_certificate, client_key)
    octets = tuple(map(os.fsencode, segments))
    try:
        client_context(files)
        route = Route(url, timeout_s, tls=files, proxy=proxy_for(url, os.environ))
    except (ProxyError, TlsFileError) as error:
        raise click.UsageError(str(error)) from error
    if route.raw_obstacle is not None:
        raise click.UsageError(route.raw_obstacle)
    click.echo(sent_octets_of(route, octets, answers=answers))


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--url", metavar="URL", help="Base URL of the server.")
@click.option("--profile", type=click.Path(dir_okay=False), metavar="FILE", help="Profile (TOML) of the server.")
@click.option("--users", type=click.IntRange(1), default=20, show_default=True, help="Callers at a time.")
@click.option("--run-time", default="60s", show_default=True, metavar="TIME", help="How long, such as 60s or 10m.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="Processes of Locust.")
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--allow-cleartext", is_flag=True, help="Load a server over plain HTTP on another machine.")
@click.option("--allow-production", is_flag=True, help="Load api.synq.io itself.")
@click.argument("locust_args", nargs=-1, type=click.UNPROCESSED)
def load(**options: Any) -> None:  # noqa: ANN401 - each has its own type in LoadOptions
    """Call a server as many callers at once, and check every answer (needs the extra load)."""
    from conformance.load.command import LoadOptions, run_load  # late, to spare start-up

    sys.exit(run_load(LoadOptions(**options)))


@main.command()
@click.option("--role", type=click.Choice(ROLES), default="server", show_default=True)
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault; may be given again.")
@click.option("--only", multiple=True, metavar="PATTERN", help="Only clients of this name, such as 'python-*'.")
@click.option(
    "--adapters",
    default="fixtures/adapters",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder with the clients.",
)
@click.option("--report-dir", default="reports", show_default=True, type=click.Path(file_okay=False))
@click.option("-n", "workers", type=click.IntRange(0), default=0, help="Worker processes; 0 suits the cores.")
def calibrate(
    role: str, faults: tuple[str, ...], only: tuple[str, ...], adapters: Path, report_dir: str, workers: int
) -> None:
    """Prove the suite: every fault is caught by its rule, and the reference is clean."""
    from conformance.calibrate.course import client_plan, run_calibration, server_plan  # late, to spare start-up
    from conformance.calibrate.subjects import UnknownSubject
    from conformance.config.options import OptionError

    if only and role == "server":
        raise click.UsageError("--only is for --role client: the targets of the server suite are named with --fault")
    try:
        plan = server_plan(faults) if role == "server" else client_plan(adapters, faults, only)
    except (UnknownSubject, OptionError) as error:
        click.echo(f"synq-conformance calibrate: {error}", err=True)
        sys.exit(2)
    sys.exit(run_calibration(plan, Path(report_dir), workers))

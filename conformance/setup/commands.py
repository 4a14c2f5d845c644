"""The commands before the first run: `init` and `doctor`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from conformance.config.profile import Target

PROFILE = "synq-conformance.toml"
LANGUAGES = ("go", "java", "node", "php", "python", "ruby", "rust", "shell")
WRONG_USAGE, UNASSESSABLE = 2, 3


@click.group(invoke_without_command=True)
@click.pass_context
@click.option("-o", "--output", default=PROFILE, show_default=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--url", metavar="URL", help="Base URL of the API; else SYNQ_BASE_URL.")
@click.option("--tenant-id", metavar="ID", help="Tenant of the token; else SYNQ_TENANT_ID.")
@click.option("--org-id", metavar="ID", help="Organization of the token; else SYNQ_ORG_ID.")
@click.option("--openapi", metavar="FILE|URL", help="OpenAPI description of the API; its first server is the base URL.")
@click.option("--from-mock", is_flag=True, help="For an embedded Synq (synq-conformance mock --port 8765, or --url).")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def init(
    context: click.Context,
    output: Path,
    url: str | None,
    tenant_id: str | None,
    org_id: str | None,
    openapi: str | None,
    from_mock: bool,
    force: bool,
) -> None:
    """Write a profile of a server, every key of it commented.

    What no option and no SYNQ_ variable says is asked for. No secret gets into the file: a token or a password stays
    in its variable. `init adapter` writes an adapter for a client library instead.
    """
    if context.invoked_subcommand is not None:
        return
    from conformance.evidence.files import not_written, write_whole  # late, to spare start-up
    from conformance.setup import writing_profiles as writing

    if from_mock and (tenant_id or org_id or openapi):
        raise click.UsageError("--from-mock knows tenant, organization and description: leave the options out")
    if output.exists() and not force:
        _refuse("init", f"{output}: is there already; give --force to write over it, or another -o FILE")
    told = writing.Told(url, tenant_id, org_id, openapi)
    try:
        text = writing.profile_of_mock(url) if from_mock else writing.asked_profile(told, os.environ, _asked)
        target = writing.target_in(text, output)
        write_whole(output, text)
    except writing.InitError as error:
        _refuse("init", str(error))
    except OSError as error:
        _refuse("init", not_written(error))
    _tell_what_is_next(output, target)


@init.command("adapter")
@click.option("--language", type=click.Choice(LANGUAGES), required=True, help="The library's language.")
@click.option("-o", "--output", default="synq-adapter", show_default=True, type=click.Path(path_type=Path))
def init_adapter(language: str, output: Path) -> None:
    """Write an adapter for a client library: a folder that works as it stands, with one place for the library."""
    from conformance.evidence.files import not_written  # late, to spare start-up
    from conformance.setup.writing_adapters import AdapterFolderError, tool_missing, write_adapter

    try:
        files = write_adapter(language, output)
    except AdapterFolderError as error:
        _refuse("init adapter", str(error))
    except OSError as error:
        _refuse("init adapter", not_written(error))
    for file in files:
        click.echo(f"wrote {file}")
    if (tool := tool_missing(language)) is not None:
        click.echo(f"It needs {tool}, which is not on this machine's PATH.")
    click.echo(f"Next: synq-conformance client --adapter {output} --smoke")
    own = next(file for file in files if file.stem.lower() == "client")
    click.echo(f"Then put your library into {own}, and leave --smoke out.")


def _asked(question: str) -> str | None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    answer: str = click.prompt(question, type=str)
    return answer.strip()


def _tell_what_is_next(output: Path, target: Target) -> None:
    from conformance.setup.showing import console, show_reached  # late, to spare start-up
    from conformance.setup.writing_profiles import variables_in

    out = console()
    out.print(f"Wrote {output}.", soft_wrap=True)
    show_reached(out, target.capabilities | {"socket", "direct"})
    unset = [name for name in variables_in(output.read_text("utf-8")) if not os.environ.get(name)]
    if unset:
        out.print(f"It reads {' and '.join(unset)} from the environment: export it.", soft_wrap=True)
    out.print(f"Next: synq-conformance doctor --profile {output}", soft_wrap=True)


def run_doctor(given: dict[str, object]) -> int:
    """Go through what the options name, step by step, and print it; returns the exit code."""
    from conformance.config.options import OptionError, options_given  # late, to spare start-up
    from conformance.config.profile import ProfileError
    from conformance.contract.rules import Role, load_contract
    from conformance.server.harness.subject import server_under_test
    from conformance.setup.asking import asking, opened
    from conformance.setup.examination import examined
    from conformance.setup.showing import console, show_step, show_tiers
    from conformance.setup.step import State

    try:
        options = options_given(given, Role.SERVER, load_contract())
        subject = server_under_test(options, os.environ)
    except (OptionError, ProfileError) as error:
        for line in str(error).splitlines():
            click.echo(f"synq-conformance doctor: {line}", err=True)
        return WRONG_USAGE
    out = console()
    out.print(subject.first_line.replace("Checking ", "Looking at ", 1), soft_wrap=True)
    states: set[State] = set()
    with opened(subject.target, options.faults) as target, asking(target) as asked:
        for step in examined(asked, options.depth):
            show_step(out, step)
            states.add(step.state)
    for note in asked.recorder.notes:
        out.print(f"Note: {note}", soft_wrap=True)
    if State.BLOCKED in states:
        out.print("\nA run could judge nothing: mend this first, then ask again.", style="bold")
        return UNASSESSABLE
    show_tiers(out, target.capabilities)
    return WRONG_USAGE if State.WRONG in states else 0


def _refuse(command: str, message: str) -> NoReturn:
    for line in message.splitlines():
        click.echo(f"synq-conformance {command}: {line}", err=True)
    sys.exit(WRONG_USAGE)

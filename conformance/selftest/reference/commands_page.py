"""`conformance/COMMANDS.md`: every command with its arguments and options, as the program itself declares them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from conformance.cli import main
from conformance.report.markup import code, inline

HEAD = """\
# The command line

Every command with its arguments and options. Made by `python -m conformance.selftest.generated` from the program,
which says the same of each with `--help`. Behind an option stand its default, its environment variable and its key
in a profile ([PROFILE.md](PROFILE.md)): the command line goes before a variable, a variable before the profile.

Exit codes: 0 conformant in all that was assessed; 1 not conformant; 2 wrong usage or configuration; 3 could not be
assessed."""
PROGRAM = "synq-conformance"


def commands_page() -> str:
    """The whole page."""
    found = list(every_command(main, PROGRAM))
    contents = "\n".join(f"- [{name}](#{name.replace(' ', '-')}): {_short(command)}" for name, command in found)
    return "\n\n".join((HEAD, contents, *("\n\n".join(_command(*one)) for one in found))) + "\n"


def every_command(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """The commands of the group and of the groups in it, each by its whole name."""
    for part, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from every_command(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def _short(command: click.Command) -> str:
    return inline((command.help or "").split("\n\n")[0], 500)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"## {name}"
    yield f"```text\n{' '.join((name, *command.collect_usage_pieces(context)))}\n```"
    yield "\n\n".join(inline(part.replace("\b", ""), 2000) for part in (command.help or "").split("\n\n"))
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "\n".join(["| option | |", "| --- | --- |", *(_option(one, context) for one in options)])


def _option(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    shown = f" (default: {option.default})" if option.show_default and option.default is not None else ""
    return f"| {', '.join(code(f'{one}{value}') for one in option.opts)} | {inline((option.help or '') + shown, 500)} |"

"""Commands that a page shows, and what in them is not there: programs, files, environments, options, rules, faults."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import click

from conformance.calibrate.adapters import client_subjects
from conformance.cli import main
from conformance.contract.rules import load_contract
from conformance.mock.faults import FAULTS
from conformance.report.writing import formats
from conformance.tokens import listed as attacks

ROOT = Path(__file__).parents[2]
EXAMPLES = {"content-type-named", "accepted-answers-untyped", "python-urllib", "starlette-pyjwt", "tap"}
"""What the recipes of CONTRIBUTING.md add; it is on the page, and not in the repository."""
STAND_INS = {"NAME", "RULE", "ID"}
"""Words that a reader replaces."""
REPORT_FORMATS = {"markdown", "html", "csv"}
"""What `--format` of a comparison or a matrix takes."""
PROGRAM = "synq-conformance"


def blocks_of(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in that language."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL)
    return [dedent(block) for _, block in found]


def commands_of(page: str) -> Iterator[list[str]]:
    """The words of every command that a page shows: in blocks for a shell, and in a line of text."""
    console = [line[2:] for block in blocks_of(page, "console") for line in block.splitlines() if line.startswith("$ ")]
    shell = [line for block in blocks_of(page, "sh") for line in block.splitlines() if line]
    for line in (*console, *shell):
        for part in re.split(r" (?:&&|\|\||\||;) ", line):
            if words := _without_variables(shlex.split(part, comments=True)):
                yield words
    prose = re.sub(r"^ *(`{3,}).*?^ *\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    spans = (" ".join(one.split()) for one in re.findall(r"(?<![`\\])`([^`]+)`(?!`)", prose))
    yield from (shlex.split(one) for one in spans if one.startswith((f"{PROGRAM} ", "tox -e ", "python -m ")))


def _without_variables(words: list[str]) -> list[str]:
    """The command without the variables before it."""
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    return words


def wrong_in(command: list[str]) -> Iterator[str]:
    """What a command names that is not there; nothing of programs that are no part of the project."""
    program, *words = command
    match Path(program).name, words:
        case "synq-conformance", _:
            yield from _wrong_words(words)
        case "pytest", _:
            yield from (one for one in words if one.endswith(".py") and not (ROOT / one).is_file())
        case "tox", ["-e", names, *_]:
            yield from (name for name in names.split(",") if name not in environments() and name not in STAND_INS)
        case "python" | "python3", ["-m", module, *_]:
            yield from [] if find_spec(module) else [module]
        case "python" | "python3", [script, *_] if script.endswith(".py"):
            yield from [] if (ROOT / script).is_file() else [script]


def environments() -> set[str]:
    """The environments of tox.ini, without their factors and with them."""
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", "utf-8")
    names = {name.removeprefix("testenv:") for name in tox.sections()}
    plain = {re.sub(r"\{.*", "", name) for name in names}
    factors = {
        f"{name.partition('{')[0]}{factor}"
        for name in names
        if "{" in name
        for factor in name.partition("{")[2].rstrip("}").split(",")
    }
    return plain | factors


def _wrong_words(words: list[str]) -> Iterator[str]:
    command, path = _command(words)
    if command is None:
        yield " ".join(path)
        return
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    given = words[len(path) :]
    given = given[: given.index("--")] if "--" in given else given
    yield from (one for one in given if re.match(r"--?[a-z]", one) and one.partition("=")[0] not in known)
    faulty = {Path(one.where).name.partition(":")[2] for one in client_subjects(ROOT / "fixtures" / "adapters")}
    there = {
        "--rule": {rule.id for rule in load_contract().rules},
        "--fault": FAULTS.keys() | faulty,
        "--format": formats().keys() | REPORT_FORMATS,
        "--depth": {"quick", "standard", "deep"},
        "--level": {"required", "standard", "hardening"},
    }
    for option, value in pairwise(given):
        if option in there and value not in there[option] | EXAMPLES | STAND_INS:
            yield f"{option} {value}"
    named = {"explain": there["--rule"], "forge": attacks().keys()}.get(path[-1] if path else "")
    if named is not None and given and not given[0].startswith("-") and given[0] not in {*named, *EXAMPLES, *STAND_INS}:
        yield given[0]


def _command(words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The command that the words begin with, and these words; None if there is no such command."""
    found: click.Command | None = main
    path: list[str] = []
    for word in words:
        if not isinstance(found, click.Group) or not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
            break
        found, path = found.commands.get(word), [*path, word]
    return found, path

"""`client --smoke`: an adapter gone through step by step, a line each, before a library is judged by it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import click

from conformance.client.adapters.driver import AdapterError, Introduction
from conformance.client.adapters.launcher import Launcher, launcher_of
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import Session
from conformance.client.harness.smoke import SHUT_DOWN_WITHIN_S
from conformance.client.harness.smoke_steps import STEPS, SmokeStep, Wrong
from conformance.config.options import OptionError
from conformance.evidence.judge import HarnessError, NotAssessed, Violation
from conformance.evidence.recorder import Recorder

CAPABILITIES = frozenset({"clock", "close", "now", "form", "stream"})
"""All that an adapter may announce."""


class Mark(StrEnum):
    """What became of a step."""

    OK = "ok"
    WRONG = "wrong"
    FAILED = "failed"
    """The adapter died, printed something else than an answer, or did not answer in time."""
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class SmokeLine:
    """A step, what became of it, and what was seen."""

    mark: Mark
    step: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:<9} {self.step:<30} {self.text}"


def run_smoke(options: Mapping[str, object]) -> int:
    """Print a line for each step; returns 0 if all is right, 1 if not, 2 for wrong usage, 3 if the adapter failed."""
    try:
        launcher = launcher_of(argparse.Namespace(**options))
    except OptionError as error:
        click.echo(f"ERROR: {error}", err=True)
        return 2
    click.echo(f"Checking the adapter {launcher.name}, not yet its library")
    marks = []
    for line in smoke_lines(launcher):
        click.echo(str(line))
        marks.append(line.mark)
    counted = ", ".join(f"{marks.count(mark)} {mark}" for mark in Mark if mark in marks)
    code = 3 if Mark.FAILED in marks else int(Mark.WRONG in marks)
    conclusion = ("it speaks the protocol", "it is to be mended first", "", "it could not be gone through")[code]
    click.echo(f"\n{counted}: {conclusion}")
    return code


def smoke_lines(launcher: Launcher) -> Iterator[SmokeLine]:
    """What became of each step, as it is done; ends early if nothing can be asked of the adapter."""
    bench = ClientSessions(launcher, Recorder(None))
    try:
        introduction: Introduction | None = None
        try:
            with bench.configured() as session:
                introduction = session.introduction
                yield _introduced(session)
        except HarnessError as error:
            yield SmokeLine(Mark.FAILED, "configure", str(error))
        if introduction is None:
            return
        for step in STEPS:
            yield _played(bench, step, introduction.capabilities)
        yield _ended(bench)
    finally:
        bench.close()


def _introduced(session: Session) -> SmokeLine:
    introduction = session.introduction
    if introduction is None:
        return SmokeLine(Mark.FAILED, "configure", f"no client could be made: {session.refusal}")
    unsaid = [key for key in ("name", "version", "language") if getattr(introduction, key) == "unknown"]
    unknown = sorted(introduction.capabilities - CAPABILITIES)
    if unsaid:
        return SmokeLine(Mark.WRONG, "configure", f'"ok" says {" and ".join(unsaid)}, each a string')
    if unknown:
        known = ", ".join(sorted(CAPABILITIES))
        return SmokeLine(Mark.WRONG, "configure", f"there is no capability {', '.join(unknown)}; there are {known}")
    offered = ", ".join(sorted(introduction.capabilities)) or "none"
    return SmokeLine(Mark.OK, "configure", f"{introduction}, {introduction.language}; capabilities: {offered}")


def _played(bench: ClientSessions, step: SmokeStep, capabilities: frozenset[str]) -> SmokeLine:
    if step.capability is not None and step.capability not in capabilities:
        return SmokeLine(Mark.LEFT_OUT, step.name, f"the capability {step.capability} is not announced")
    try:
        with bench.configured() if step.configured else bench.session() as session:
            return SmokeLine(Mark.OK, step.name, step.play(session.unwatched()))
    except (Wrong, Violation) as error:
        return SmokeLine(Mark.WRONG, step.name, str(error))
    except NotAssessed as error:
        return SmokeLine(Mark.LEFT_OUT, step.name, str(error))
    except HarnessError as error:
        return SmokeLine(Mark.FAILED, step.name, str(error))


def _ended(bench: ClientSessions) -> SmokeLine:
    try:
        with bench.configured() as session:
            session.spent = True  # it has ended, and is no failure
            code = session.driver.shut_down(SHUT_DOWN_WITHIN_S)
    except AdapterError as error:
        return SmokeLine(Mark.FAILED, "shutdown", str(error))
    if code:
        return SmokeLine(Mark.WRONG, "shutdown", f"answered, and then the exit code was {code}; it is 0")
    return SmokeLine(Mark.OK, "shutdown", "exit code 0" if code == 0 else "answered")

"""The pytest plugin: options, and the thread from a test's outcome to the report.

It sleeps in every pytest run that is not a conformance run.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.declared import CONSOLE, OPTIONS, Option, OptionKind
from conformance.config.waking import suite_of

if TYPE_CHECKING:
    from conformance.config.options import RunOptions
    from conformance.run.subject import SubjectUnderTest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that the command line of synq-conformance passes on."""
    group = parser.getgroup("synq", "Synq conformance")
    for option in OPTIONS:
        group.addoption(f"--synq-{option.name}", **_as_pytest_takes_it(option))
    group.addoption(f"--synq-{CONSOLE.name}", action="store_true", help=argparse.SUPPRESS)


def _as_pytest_takes_it(option: Option) -> dict[str, Any]:
    match option.kind:
        case OptionKind.FLAG:
            return {"action": "store_true", "help": _help(option)}
        case OptionKind.MANY:
            return {"action": "append", "default": [], "metavar": option.metavar, "help": _help(option)}
        case OptionKind.CHOICE:
            return {"choices": option.choices, "help": _help(option)}
        case OptionKind.NUMBER:
            return {"type": int, "metavar": option.metavar, "help": _help(option)}
        case _:
            return {"metavar": option.metavar, "help": _help(option)}


def _help(option: Option) -> str:
    return option.whole_help.replace("%", "%%")  # argparse fills in what stands behind a percent sign


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Wake up in a conformance run; raises UsageError if an option is not usable."""
    config.addinivalue_line("markers", "synq_rule(id): the one rule of the contract that the check judges")
    config.addinivalue_line("markers", "synq_needs(*capabilities): what the case needs beyond its rule's needs")
    config.addinivalue_line("markers", "synq_alternative(shows, by): one of several checks that show the same")
    config.addinivalue_line("markers", "synq_last: run the check when all others have been run")
    config.addinivalue_line("markers", "synq_depth(least): run the case only from this depth on")
    config.addinivalue_line("markers", "synq_operations(which): run the check for each operation of this kind")
    config.addinivalue_line("markers", "synq_operation(label): the documented operation that the case asks for")
    config.addinivalue_line("markers", "synq_generated: the check draws its inputs")
    config.addinivalue_line("markers", "synq_many: the check sends many requests, so that it is the last of its turn")
    config.addinivalue_line("markers", "synq_doors: each case asks for another open door, so that all come soon")
    config.addinivalue_line("markers", "synq_plain: one plain request shows a breach, so it comes first in its turn")
    config.addinivalue_line("markers", "synq_wrong_sign_in: the check may lock the account, so others come first")
    config.addinivalue_line("markers", "synq_long: the check takes long, so that it runs after those that do not")
    suite = suite_of(config)
    if suite is None:
        return
    from conformance.contract.rules import Role  # late, to spare start-up
    from conformance.run.start import start

    os.environ["_SYNQ_CONFORMANCE_RUN"] = "1"  # tells the plugin's entry in workers
    role = Role(suite)
    start(config, role, _server if role is Role.SERVER else _client)


def _server(config: pytest.Config, options: RunOptions) -> SubjectUnderTest:
    from conformance.run.start import handed_over  # late, to spare start-up
    from conformance.server.harness.subject import server_in_worker, server_under_test

    handed = handed_over(config)
    if handed is None:
        return server_under_test(options, os.environ)
    return server_in_worker(options, *handed)


def _client(config: pytest.Config, _options: RunOptions) -> SubjectUnderTest:
    from conformance.client.adapters.launcher import launcher_of, named_by  # late, to spare start-up
    from conformance.client.harness.subject import ClientUnderTest

    return ClientUnderTest(launcher_of(config.option), named_by(config.option))


@pytest.fixture(scope="session")
def recorder(pytestconfig: pytest.Config) -> Any:  # noqa: ANN401 - importing Recorder here would cost every pytest run
    """The recorder of this process."""
    from conformance.run.conformance_run import RUN  # late, to spare start-up

    return pytestconfig.stash[RUN].recorder


@pytest.fixture
def synq_mock() -> Iterator[Any]:
    """A reference server at https://api.synq.io for httpx clients; see ReferenceSynq in conformance.client.harness."""
    from conformance.client.harness.fixtures import reference_in_process  # late, to spare start-up

    with reference_in_process() as synq:
        yield synq


@pytest.fixture
def synq_server() -> Iterator[Any]:
    """A reference server on a loopback port for any client; see ReferenceSynq in conformance.client.harness."""
    from conformance.client.harness.fixtures import reference_on_loopback  # late, to spare start-up

    with reference_on_loopback() as synq:
        yield synq

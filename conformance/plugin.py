"""The pytest plugin: options, and the thread from a test's outcome to the report.

It sleeps in every pytest run that is not a conformance run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.config.options import RunOptions
    from conformance.run.subject import SubjectUnderTest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that the command line of synq-conformance passes on."""
    group = parser.getgroup("synq", "Synq conformance")
    group.addoption("--synq-url", metavar="URL", help="base URL of the server under test")
    group.addoption("--synq-profile", metavar="FILE", help="profile (TOML) of the server under test")
    group.addoption("--synq-embedded", action="store_true", help="check the embedded Synq over HTTP")
    group.addoption("--synq-mock", action="store_true", help="check the embedded Synq in-process")
    group.addoption(
        "--synq-fault", action="append", default=[], metavar="NAME", help="give the embedded Synq this fault"
    )
    group.addoption("--synq-command", metavar="CMD", help="command of the client adapter under test")
    group.addoption("--synq-factory", metavar="PKG.MOD:CALLABLE", help="factory of the Python client")
    group.addoption("--synq-adapter", metavar="DIR", help="folder with the adapter.toml of the client")
    group.addoption("--synq-attach", action="store_true", help="wait for a client started by hand")
    group.addoption("--synq-report-dir", metavar="DIR", help="folder of the report and of the record of exchanges")
    group.addoption("--synq-format", action="append", default=[], metavar="NAME", help="one more format of the report")
    group.addoption("--synq-cases", metavar="FILE", help="regression cases (TOML) to run in addition to the others")
    group.addoption("--synq-waivers", metavar="FILE", help="waivers (TOML)")
    group.addoption(
        "--synq-level", default="required", choices=("required", "standard", "hardening"),
        help="failures up to this level make the target not conformant",
    )  # fmt: skip
    group.addoption("--synq-rule", action="append", default=[], metavar="ID", help="only this rule")
    group.addoption("--synq-depth", default="standard", choices=("quick", "standard", "deep"))
    group.addoption("--synq-seed", type=int, default=0, metavar="N", help="seed of generated inputs")
    group.addoption("--synq-shard", default="1/1", metavar="I/N", help="only this part of the rules")
    group.addoption("--synq-console", action="store_true", help="speak as synq-conformance, not as pytest")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Wake up in a conformance run; raises UsageError if an option is not usable."""
    config.addinivalue_line("markers", "rule(id): the one rule of the contract that the check judges")
    config.addinivalue_line("markers", "needs(*capabilities): what the case needs beyond its rule's needs")
    config.addinivalue_line("markers", "alternative(shows, by): one of several checks that show the same")
    config.addinivalue_line("markers", "depth(least): run the case only from this depth on")
    config.addinivalue_line("markers", "generated: the check draws its inputs")
    from conformance.config.options import role_of

    role = role_of(config)
    if role is None:
        return
    from conformance.contract.rules import Role
    from conformance.run.start import start

    start(config, role, _server if role is Role.SERVER else _client)


def _server(config: pytest.Config, options: RunOptions) -> SubjectUnderTest:
    from conformance.run.start import handed_over
    from conformance.server.harness.subject import server_under_test

    return server_under_test(options, os.environ, handed_over(config))


def _client(config: pytest.Config, _options: RunOptions) -> SubjectUnderTest:
    from conformance.client.adapters.launcher import launcher_of, named_by
    from conformance.client.harness.subject import ClientUnderTest

    return ClientUnderTest(launcher_of(config.option), named_by(config.option))


@pytest.fixture(scope="session")
def recorder(pytestconfig: pytest.Config) -> Any:  # noqa: ANN401 - importing Recorder here would cost every pytest run
    """The recorder of this process."""
    from conformance.run.conformance_run import RUN

    return pytestconfig.stash[RUN].recorder


@pytest.fixture
def synq_mock() -> Iterator[Any]:
    """A reference server at https://api.synq.io for httpx clients; see conformance.client.harness.fixtures.Synq."""
    from conformance.client.harness.fixtures import reference_in_process

    with reference_in_process() as synq:
        yield synq


@pytest.fixture
def synq_server() -> Iterator[Any]:
    """A reference server on a loopback port for any client; see conformance.client.harness.fixtures.Synq."""
    from conformance.client.harness.fixtures import reference_on_loopback

    with reference_on_loopback() as synq:
        yield synq

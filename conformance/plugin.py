"""The pytest plugin: options, and the thread from a test's outcome to the report.

It sleeps in every pytest run that is not a conformance run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.run.hooks import Conduct
    from conformance.server.harness.targets import OpenTarget

CONDUCT: pytest.StashKey[Conduct] = pytest.StashKey()
OPEN_BENCH: pytest.StashKey[Callable[[], AbstractContextManager[OpenTarget]]] = pytest.StashKey()
"""Opens another server than the one that the options name; calibration puts one subject after the other here."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that the command line of synq-conformance passes on."""
    group = parser.getgroup("synq", "Synq conformance")
    group.addoption("--synq-url", metavar="URL", help="base URL of the server under test")
    group.addoption("--synq-profile", metavar="FILE", help="profile (TOML) of the server under test")
    group.addoption("--synq-embedded", action="store_true", help="check the embedded Synq over HTTP")
    group.addoption("--synq-mock", action="store_true", help="check the embedded Synq in-process")
    group.addoption(
        "--synq-fault", action="append", default=[], metavar="NAME", help="bend the embedded Synq"
    )
    group.addoption("--synq-command", metavar="CMD", help="command of the client adapter under test")
    group.addoption("--synq-factory", metavar="PKG.MOD:CALLABLE", help="factory of the Python client")
    group.addoption("--synq-adapter", metavar="DIR", help="folder with the adapter.toml of the client")
    group.addoption("--synq-attach", action="store_true", help="wait for a client started by hand")
    group.addoption("--synq-report-dir", metavar="DIR", help="where the report and the record go")
    group.addoption("--synq-format", action="append", default=[], metavar="NAME", help="one more format of the report")
    group.addoption("--synq-cases", metavar="FILE", help="saved cases (TOML) to run beside the others")
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
    """Wake up in a conformance run; UsageError where an option is not usable."""
    config.addinivalue_line("markers", "rule(id): the one rule of the contract that the check judges")
    config.addinivalue_line("markers", "needs(*capabilities): what the case needs beyond its rule's needs")
    config.addinivalue_line("markers", "alternative(shows, by): one of several checks that show the same")
    config.addinivalue_line("markers", "depth(least): run the case only from this depth on")
    from conformance.config.options import role_of

    role = role_of(config)
    if role is None:
        return
    from conformance.config.options import OptionError, options_of
    from conformance.config.profile import ProfileError
    from conformance.contract.rules import load_contract
    from conformance.evidence.regression_cases import RegressionCaseError
    from conformance.results.waivers import WaiverError
    from conformance.run.hooks import Conduct

    try:
        conduct = Conduct(config, options_of(config, role, load_contract()))
    except (OptionError, ProfileError, RegressionCaseError, WaiverError) as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[CONDUCT] = conduct
    config.pluginmanager.register(conduct, "synq-conduct")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the verdict exceptions into outcomes that pytest knows, and take the secrets out."""
    report = yield
    conduct = item.config.stash.get(CONDUCT, None)
    if conduct is not None:
        conduct.reported(item, call, report)
    return report


@pytest.fixture(scope="session")
def recorder(pytestconfig: pytest.Config) -> Any:  # noqa: ANN401 - importing Journal here would cost every pytest run
    """The record of this process."""
    return pytestconfig.stash[CONDUCT].recorder


@pytest.fixture
def synq_mock() -> Iterator[Any]:
    """An honest Synq at https://api.synq.io for httpx clients; see conformance.client.harness.fixtures.Synq."""
    from conformance.client.harness.fixtures import reference_in_process

    with reference_in_process() as synq:
        yield synq


@pytest.fixture
def synq_server() -> Iterator[Any]:
    """An honest Synq on a loopback port for any client; see conformance.client.harness.fixtures.Synq."""
    from conformance.client.harness.fixtures import reference_on_loopback

    with reference_on_loopback() as synq:
        yield synq

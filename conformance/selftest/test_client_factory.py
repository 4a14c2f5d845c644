"""A Python factory as a client under test: sync or async, in the suite's process or in a child of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from conformance.client.adapters.driver import ApiCall, Configuration, Driver, Introduction, Raised, Returned, answer_of
from conformance.client.adapters.factory import FactoryClient, kind_of, load_factory
from conformance.client.adapters.process import AdapterProcess, Program
from conformance.config.options import OptionError

CONFIGURATION = Configuration("http://127.0.0.1:1", "a@example", "made-up", "tnt_1", "org_1")
SOON = 10.0
MODULE = """
import time
class Answer:
    status_code = 200
    def __init__(self, text):
        self.text = text
class Client:
    def __init__(self, **settings):
        self.settings = settings
    def request(self, method, path, **given):
        if path == "/forbidden":
            raise PermissionError("not yours")
        print("chatter")
        return Answer(f"{method} {path} {sorted(given.items())} {sorted(self.settings)} {time.time() > 4e9}")
class AsyncClient(Client):
    async def request(self, method, path, **given):
        return Client.request(self, method, path, **given)
    async def aclose(self):
        raise RuntimeError("closed already")
def refuse(**settings):
    raise ValueError("no such account")
"""


@pytest.fixture(params=["Client", "AsyncClient"])
def factory(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A factory in the current folder."""
    (tmp_path / "some_library.py").write_text(MODULE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "some_library", raising=False)
    return f"some_library:{request.param}"


@pytest.fixture(params=["in-process", "child"])
def driver(request: pytest.FixtureRequest, factory: str) -> Iterator[Driver]:
    """The factory's client, one way or the other."""
    child = Program((sys.executable, "-m", "conformance.client.adapters.factory", factory))
    driver: Driver = FactoryClient(factory) if request.param == "in-process" else AdapterProcess(child)
    yield driver
    driver.close()


def asked(driver: Driver, call: ApiCall) -> Returned | Raised:
    """The answer to one call of a fresh client."""
    assert isinstance(driver.configure(CONFIGURATION, SOON), Introduction)
    return answer_of(driver.request(call), SOON)


def test_it_gets_its_settings_and_the_call(driver: Driver) -> None:
    """Keywords that are empty are left out; a repeated name is a list."""
    answer = asked(driver, ApiCall("PUT", "/a", {"q": ("1", "2")}, {"X-One": "1"}, {"b": None}))
    given = [("headers", {"X-One": "1"}), ("json", {"b": None}), ("params", {"q": ["1", "2"]})]
    settings = ["base_url", "email", "org_id", "password", "tenant_id"]
    assert answer == Returned(200, f"PUT /a {given} {settings} False")


def test_what_it_raises_is_an_answer(driver: Driver) -> None:
    """With its kind and its message."""
    assert asked(driver, ApiCall(path="/forbidden")) == Raised("permission", "not yours")


def test_its_clock_can_be_moved(driver: Driver) -> None:
    """The wall clock, by time-machine, and it is right again for the next client."""
    assert isinstance(driver.configure(CONFIGURATION, SOON), Introduction)
    driver.advance_clock(4e9, SOON)
    moved = answer_of(driver.request(ApiCall()), SOON)
    right = asked(driver, ApiCall())
    assert isinstance(moved, Returned)
    assert isinstance(right, Returned)
    assert moved.body.endswith("True")
    assert right.body.endswith("False")


def test_a_module_may_print_when_it_is_imported(factory: str, tmp_path: Path) -> None:
    """That is no answer of the adapter."""
    module = tmp_path / "some_library.py"
    module.write_text(f"print('hello')\n{module.read_text('utf-8')}", "utf-8")
    driver = AdapterProcess(Program((sys.executable, "-m", "conformance.client.adapters.factory", factory)))
    assert isinstance(driver.configure(CONFIGURATION, SOON), Introduction)
    driver.close()


@pytest.mark.parametrize("text", ["def (", "raise ValueError('boom')", "import sys; sys.exit(3)"])
def test_a_module_that_cannot_be_imported_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it raised, and without a traceback."""
    (tmp_path / "broken_library.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(OptionError, match="importing broken_library failed"):
        load_factory("broken_library:make")


@pytest.mark.usefixtures("factory")
def test_a_factory_that_raises_is_an_answer_to_configure() -> None:
    """Some clients sign in at once."""
    assert FactoryClient("some_library:refuse").configure(CONFIGURATION, SOON) == Raised("other", "no such account")


@dataclass
class Answer:
    """What an error of an HTTP library holds."""

    status_code: int


class HTTPStatusError(Exception):
    """As HTTP libraries raise it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.response = Answer(status)


class SignInFailed(Exception):
    """As client libraries raise it."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(PermissionError("x"), "permission", id="permission"),
        pytest.param(HTTPStatusError(403), "permission", id="403"),
        pytest.param(HTTPStatusError(401), "auth", id="401"),
        pytest.param(HTTPStatusError(500), "other", id="500"),
        pytest.param(SignInFailed("x"), "auth", id="sign-in"),
        pytest.param(ConnectionResetError("x"), "transport", id="connection"),
        pytest.param(httpx.ReadTimeout("x"), "transport", id="httpx"),
        pytest.param(ValueError("x"), "other", id="other"),
    ],
)
def test_errors_are_told_apart(error: Exception, kind: str) -> None:
    """By what they are, by the status they hold, and by what they are called."""
    assert kind_of(error) == kind

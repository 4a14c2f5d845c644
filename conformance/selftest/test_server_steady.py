"""A change of what can be read is told from what changes by itself; if it could not be told, nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request
from conformance.server.harness.steady import Shown, shown_in, steady


def timed(name: str, moment: int, status: int = 200) -> Shown:
    """An object that says when it was read."""
    return ((status, f'{{"name": "{name}", "read_at": {moment}, "tags": ["a", "b"]}}'.encode()),)


def test_a_time_is_no_change_and_a_name_is_one() -> None:
    """Nor is an order; a status that changed is one as well."""
    moments = count()
    seen = steady(lambda: timed("tent", next(moments)), "the object")
    assert seen.same(timed("tent", 17))
    assert seen.same(((200, b'{"tags": ["a", "b"], "read_at": 3, "name": "tent"}'),))
    assert not seen.same(timed("kettle", 17))
    assert not seen.same(timed("tent", 17, status=404))
    assert not seen.same(((200, b'{"name": "tent", "read_at": 3}'),))


def test_a_list_that_is_empty_is_something_that_stays() -> None:
    """What comes into it is told, although everything beside it changes."""
    moments = count()
    seen = steady(lambda: ((200, b'{"notes": [], "at": %d}' % next(moments)),), "the list")
    assert not seen.same(((200, b'{"notes": ["new"], "at": 9}'),))


def test_what_stays_is_held_to_the_letter() -> None:
    """Without a change by itself, any change counts, but for the order."""
    seen = steady(lambda: ((200, b'{"a": [1, 2]}'),), "the object")
    assert seen.same(((200, b'{"a":[2,1]}'),))
    assert not seen.same(((200, b'{"a": [1, 3]}'),))


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param([((200, b"<p>1</p>"),), ((200, b"<p>2</p>"),)], id="text"),
        pytest.param([((200, b"[1]"),), ((200, b"[1, 2]"),)], id="another-length"),
        pytest.param([((200, b'{"a": 1}'),), ((200, b'{"a": 2}'),)], id="nothing-that-stays"),
        pytest.param([((200, b'{"a": 1, "b": 1}'),), ((200, b'{"a": 1}'),)], id="another-member"),
        pytest.param([((200, b'{"a": 1}'),), ((503, b'{"a": 1}'),)], id="another-status"),
    ],
)
def test_what_is_never_the_same_says_nothing(looks: list[Shown]) -> None:
    """A change could not be told."""
    with pytest.raises(NotAssessed, match="the object is not the same twice"):
        steady(iter(looks).__next__, "the object")


def looks(*seen: Shown) -> Callable[[], Shown]:
    """Shows these, one after the other."""
    return iter(seen).__next__


@pytest.mark.parametrize("odd", [502, 500], ids=str)
def test_a_change_that_is_gone_again_was_none(odd: int) -> None:
    """One answer of a gateway between two looks is no effect of a refused write."""
    tent = timed("tent", 1)
    assert steady(lambda: tent, "the object").same_if_asked_again(looks(timed("", 1, status=odd), tent))
    assert steady(lambda: tent, "the object").same_if_asked_again(looks(((200, b"<html>502</html>"),), tent))


def test_a_change_that_stays_is_one() -> None:
    """Also if the object is no longer there."""
    kettle, gone = timed("kettle", 1), timed("", 1, status=404)
    assert not steady(lambda: timed("tent", 1), "the object").same_if_asked_again(looks(kettle, kettle))
    assert not steady(lambda: timed("tent", 1), "the object").same_if_asked_again(looks(gone, gone))
    found: Shown = (("a mark", b""),)
    assert not steady(lambda: (("", b""),), "the lists").same_if_asked_again(looks(found, found))


def test_what_can_no_longer_be_read_is_no_change() -> None:
    """It is not known what is there."""
    seen = steady(lambda: timed("tent", 1), "the object")
    with pytest.raises(NotAssessed, match="was answered 500 afterwards"):
        seen.same_if_asked_again(looks(timed("", 1, status=500), timed("", 1, status=500)))
    silent = shown_in(Exchange(Request("GET", "/"), None, Failure.TIMEOUT, "", 0.0, 0.0))
    with pytest.raises(NotAssessed, match="no answer in time afterwards"):
        seen.same_if_asked_again(looks(silent, silent))

"""What the list holds before and after a write, and whether a refused one shows there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from conformance.contract.inputs import ScopeName, scope_names, shipped_inputs
from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.server.harness.foreign import Foreign, texts
from conformance.server.harness.json_body import json_values
from conformance.server.harness.marking import WriteMark, another_mark, markable
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi


class Shelf:
    """The list that a permitted write shows in. Made once a session: it costs the target one write."""

    def __init__(self, synq: TargetApi) -> None:
        """Raises Inapplicable if a permitted write does not show in the list: then no refused one could be missed.

        Raises Unmet if the profile has no write that is accepted, and by which what it creates could be found.
        """
        write = synq.target.probe.write
        if write is None:
            raise Unmet("supply probe.write in the profile")
        self._synq = synq
        written = frozenset(texts(json.dumps(write.json).encode()))
        if not written:
            raise Unmet("probe.write.json in the profile holds no text by which the write could be found")
        mark = synq.marks.new()
        likely = [] if mark is None else [mark.text]
        self._marked = next(filter(self._shows, dict.fromkeys((*likely, *markable(synq.target)))), None)
        self._written = frozenset[str]() if self._marked is not None else self._shown_of(written)

    def _shown_of(self, written: frozenset[str]) -> frozenset[str]:
        """What the list shows of a permitted write without a mark, which is accepted as often as it is sent."""
        before = self._items()
        permitted = self._synq.write().exchange
        if not permitted.accepted:
            raise _refused(permitted)
        shown = _shown(self._items() - before, written)
        if not shown:
            raise Inapplicable("a permitted write does not show in probe.read, so no refused one could be missed there")
        if not self._synq.write().exchange.accepted:
            raise Unmet(
                "write {run_id} into a text of probe.write.json in the profile: the same write is refused the second "
                "time, so no refused one could be missed there"
            )
        return shown

    def _shows(self, text: str) -> bool:
        """Whether a permitted write with a mark behind this text is accepted, and the list shows the mark."""
        mark = another_mark(text)
        accepted = self._synq.step(self._synq.write_request(mark=mark)).accepted
        return accepted and any(mark.stands_in(item) for item in self._items())

    def must_not_grow_by(self, write: Callable[[WriteMark | None], ResponseAssertion]) -> None:
        """The write, which is refused, leaves nothing new; raises NotAssessed if it is accepted."""
        answered, new = self._after(write)
        if answered.exchange.accepted:
            raise NotAssessed("the write was accepted: follows from the rule that refuses it")
        answered.with_control(self._synq.request()).must_hold(
            not new, "the refused write took effect", expected="no new resource", got=f"{len(new)} new"
        )

    def must_not_keep(self, write: Callable[[WriteMark | None], ResponseAssertion]) -> None:
        """The write leaves nothing new, however it was answered."""
        answered, new = self._after(write)
        answered.must_hold(
            not new, "a write took effect that the role does not allow", expected="no new resource",
            got=f"{answered.exchange.outcome}, {len(new)} new",
        )  # fmt: skip

    def _after(self, write: Callable[[WriteMark | None], ResponseAssertion]) -> tuple[ResponseAssertion, list[str]]:
        """What the write was answered, and what is new in the list after it.

        With a mark no other process of the run is taken for it, and nothing that is there already stands in its way.
        """
        if self._marked is None:
            before = self._items()
            return write(None), self._new(before)
        mark = another_mark(self._marked)
        return write(mark), [item for item in self._items() if mark.stands_in(item)]

    def _new(self, before: Counter[str]) -> list[str]:
        """The items that were not there before and hold all that a permitted write left in the list."""
        return [item for item in self._items() - before if self._written <= set(texts(item.encode()))]

    def _items(self) -> Counter[str]:
        listed: Exchange = self._synq.step(self._synq.request())
        if listed.response is None or not listed.accepted:
            raise NotAssessed(f"the list was answered {listed.outcome}, so nothing can be said of what it holds")
        return Counter(items_in(listed.response.body))


class NeighboursShelf:
    """The other tenant's list, in which a write of one's own must not show. Made once a session."""

    def __init__(self, synq: TargetApi, foreign: Foreign) -> None:
        """Raises NotAssessed if the profile's write says nothing by which it could be found."""
        write = synq.target.probe.write
        self._synq, self._foreign = synq, foreign
        self._written = frozenset(texts(json.dumps(None if write is None else write.json).encode()))
        if not self._written:
            raise Unmet("probe.write.json in the profile holds no text by which the write could be found")

    def members(self, name: ScopeName) -> dict[str, str]:
        """Members of a body that name the other tenant and its organization."""
        return {name.tenant: self._foreign.tenant_id, name.org: self._foreign.org_id}

    def must_not_grow_by(self, write: Callable[[WriteMark | None], Request]) -> None:
        """After this write the other tenant's list holds nothing new that says what it says."""
        mark = self._synq.marks.new()
        before = self._items()
        answered = self._synq.send(write(mark), control=self._synq.documented())
        new = [item for item in self._items() - before if self._is_of(mark, item)]
        answered.must_hold(
            not new, "a write took effect with another tenant", expected="nothing new with the other tenant",
            got=f"{len(new)} new",
        )  # fmt: skip

    def _is_of(self, mark: WriteMark | None, item: str) -> bool:
        return self._written <= set(texts(item.encode())) if mark is None else mark.stands_in(item)

    def must_not_show_what_is_written(self) -> None:
        """A permitted write of one's own does not show in the other tenant's list; if refused, raises NotAssessed."""
        mark = self._must_mark()
        answered = self._synq.send(self._synq.write_request(mark=mark), control=self._synq.documented())
        if not answered.exchange.accepted:
            raise NotAssessed(f"the write was answered {answered.exchange.outcome}, so there is nothing to look for")
        shown = [item for item in self._items() if mark.stands_in(item)]
        answered.must_hold(
            not shown, "what was written shows in another tenant's list", expected="nothing of it there",
            got=f"{len(shown)} new",
        )  # fmt: skip

    def must_stay_as_it_is(self, id_name: str, object_id: Any) -> None:  # noqa: ANN401 - any JSON
        """After a write with this id in its body the object is what it was, and its tenant's.

        A text of the write is another one each time, for what is overwritten twice with the same shows once.
        """
        mark = self._must_mark()
        before = self._items()
        request = self._synq.write_request({id_name: object_id}, mark)
        answered = self._synq.send(request, control=self._synq.documented())
        after = self._items()
        new = [item for item in after - before if mark.stands_in(item)]
        wanted = f"{json.dumps(id_name)}: {json.dumps(object_id)}"
        gone = [item for item in before - after if wanted in item and not any(wanted in one for one in after)]
        own = self._synq.step(self._synq.documented()).response if gone else None
        moved = [item for item in items_in(b"" if own is None else own.body) if wanted in item]
        answered.must_hold(
            not (new or moved), "a write took effect on another tenant's object",
            expected="the other tenant's objects as they were", got=f"{len(new)} changed, {len(moved)} moved",
        )  # fmt: skip

    def _must_mark(self) -> WriteMark:
        mark = self._synq.marks.new()
        if mark is not None:
            return mark
        permitted = self._synq.write().exchange
        if not permitted.accepted:
            raise _refused(permitted)
        raise Unmet("write {run_id} into a text of probe.write.json in the profile: no write with a mark is taken")

    def _items(self) -> Counter[str]:
        theirs = self._foreign
        request = self._synq.request(token=theirs.token, tenant=theirs.tenant_id, org=theirs.org_id)
        listed = self._synq.step(request)
        if listed.response is None or not listed.accepted:
            raise NotAssessed(f"the other tenant's list was answered {listed.outcome}")
        return Counter(items_in(listed.response.body))


def _refused(permitted: Exchange) -> Unmet:
    """What to raise because this write of the profile, which nothing forbids, was not accepted."""
    what = "write {run_id} into a text of probe.write.json in" if permitted.status == 409 else "mend probe.write in"
    return Unmet(f"{what} the profile: a permitted write was answered {permitted.outcome}")


def in_a_list(synq: TargetApi, shelf: NeighboursShelf, mark: WriteMark | None) -> Request:
    """The profile's write as the one item of a list, with every name for the other tenant and its organization."""
    names = scope_names(shipped_inputs().with_those_of(synq.target.inputs), "body")
    members = {key: value for name in names for key, value in shelf.members(name).items()}
    request = synq.write_request(members, mark)
    return replace(request, body=b"[" + request.body + b"]")


def _shown(items: Iterable[str], written: frozenset[str]) -> frozenset[str]:
    """What of the write shows in the new item that has most of it: a list need not show each member."""
    return max((written & set(texts(item.encode())) for item in items), key=len, default=frozenset())


def items_in(body: bytes) -> Iterator[str]:
    """Every element of every list in a JSON body, each as JSON."""
    for value in json_values(body):
        if isinstance(value, list):
            yield from (json.dumps(item, sort_keys=True) for item in value)

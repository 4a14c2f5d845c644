"""How a check asks for a documented operation: with values for its path, and on objects of the run's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import SAFE_METHODS, Request, path_of
from conformance.openapi.operation import Operation
from conformance.server.harness.documented import AUTHORIZATION, THREE_HEADERS
from conformance.server.harness.filling import MARK, Filling, Values, last_object, placed
from conformance.server.harness.made import Made, Who, new_mark
from conformance.server.harness.marking import says_in_its_spelling
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.steady import Look, shown_in, steady
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.wrong_tokens import Ended, Revoked

WITHOUT_TOKEN = "operation-without-token"  # noqa: S105 - a rule
"""The rule from which every other follows if an operation asks for no token."""
REFUSED_FOR_ITS_BODY = (400, 415, 422)
VIEWER = "viewer"
"""What the role is called that may not write, if a description names roles."""


@dataclass(frozen=True, slots=True)
class Site:
    """The place of an operation that is asked: its object."""

    operation: Operation
    values: Values

    @property
    def target(self) -> str:
        return placed(self.operation.path, self.values)

    @property
    def object(self) -> str:
        """The path of the object on which the operation does something; its own path if there is none."""
        return placed(last_object(self.operation.path), self.values)


class DocumentedOperations:
    """The target's documented operations, as a check asks for them. What a case created is deleted after it."""

    def __init__(self, synq: TargetApi) -> None:
        self.synq = synq
        self.filling = Filling(synq)
        self.made = Made(synq, self.filling)
        self.ended, self.revoked = Ended(synq), Revoked(synq)

    @contextmanager
    def asked(
        self,
        operation: Operation,
        *,
        follows: str,
        reads: bool = False,
        **changes: Any,  # noqa: ANN401 - the parameters of `request`
    ) -> Iterator[ResponseAssertion]:
        """The answer to the operation's request with these changes, to be judged while the block lasts.

        A violation follows from the rule `follows` if the probes answer the same wrong way; `reads` if such a caller
        may read. Raises Inapplicable, Unmet or NotAssessed, which say why, if the operation cannot be asked.
        """
        with self.site(operation) as site:
            request = self.request(site, new_mark(), **changes)
            answered = self.synq.send(request, control=self._control(site, request))
            try:
                yield self._unless_elsewhere(answered, follows, changes, reads=reads)
            except NotAssessed as error:
                raise hinted(error, operation, self.synq.controls.refused) from error
            finally:
                self._look_after(site, answered.exchange)

    @contextmanager
    def asked_by_a_viewer(self, operation: Operation) -> Iterator[ResponseAssertion]:
        """The answer to a viewer. Raises NotAssessed if it is let in, and nothing says that it should not be.

        What says so is a role that is named, or a change that shows: the profile's viewer may not write.
        """
        self.must_be_kept_from_viewers(operation)
        token = self.synq.target.tokens.viewer
        with self.asked(operation, follows="role-forbidden", reads=True, token=token) as answered:
            let_in = answered.exchange.accepted and operation.forbids(VIEWER) is None
            if let_in and not self._shows(answered.exchange.request):
                raise NotAssessed(unknown_role(operation))
            yield answered

    def _shows(self, request: Request) -> bool:
        """Whether it can be seen that this accepted request changed something."""
        paths = [path for path in self._around(request.target) if self.filling.reading(path)]
        if request.method == "DELETE":
            return bool(paths[:1]) and not self.synq.step(self.synq.request("GET", paths[0])).accepted
        mark = self.mark_in(request)
        return mark is not None and bool(self._marks_shown((mark,), paths))

    def _control(self, site: Site, subject: Request) -> Request:
        """The same with three valid headers, on an object of its own if asking twice would be another thing."""
        operation = site.operation
        if not (operation.writes and operation.parameters) or operation.method in {"PUT", "PATCH"}:
            return self.synq.documented(like=subject)
        return self.request(Site(operation, self._values(operation)), new_mark())

    def _unless_elsewhere(
        self, answered: ResponseAssertion, rule: str, changes: Who, *, reads: bool
    ) -> ResponseAssertion:
        """The same answer; a violation follows from that rule if the probes answer the same wrong way.

        Or from the rule on tokens if the operation asks for none.
        """
        request = answered.exchange.request
        for like in alike(self.synq, request, changes, reads=reads):  # first, right after the control as this was
            answered = answered.unless(rule, like)
        if request.values(AUTHORIZATION):
            answered = answered.unless(WITHOUT_TOKEN, request.without(*THREE_HEADERS))
        return answered

    @contextmanager
    def site(self, operation: Operation) -> Iterator[Site]:
        """A place for the operation, of which nothing is left afterwards; raises what says why there is none."""
        self.must_be_askable(operation)
        try:
            yield Site(operation, self._values(operation))
        finally:
            self.made.away()

    def _values(self, operation: Operation) -> Values:
        if operation.writes and operation.parameters:
            return self.made.one(last_object(operation.path), {})
        return self.filling.of(operation)

    def must_be_askable(self, operation: Operation) -> None:
        """Raises Inapplicable or Unmet, which say why, if the operation may not be asked."""
        if operation.unasked is not None:
            raise Inapplicable(operation.unasked)
        if operation.writes and not self.synq.target.probe.writes:
            raise Unmet("set probe.writes = true in the profile: it writes, and only what is safe is asked unless told")

    def must_be_kept_from_viewers(self, operation: Operation) -> None:
        """Raises Inapplicable if a viewer may ask for it, as its roles say or because it only reads.

        The profile's viewer is one that may not write.
        """
        self.must_be_askable(operation)
        if not (operation.writes if operation.forbids(VIEWER) is None else operation.forbids(VIEWER)):
            raise Inapplicable("viewers may ask for it")

    def request(self, site: Site, mark: str, **changes: Any) -> Request:  # noqa: ANN401 - the parameters of `request`
        """The request of this operation at this place."""
        request = self.made.request(site.operation, site.values, mark, **changes)
        if site.operation.writes:
            self.synq.asked_writes.add((request.method, request.target))
        return request

    def _look_after(self, site: Site, exchange: Exchange) -> None:
        """Note what the case and its control created."""
        operation = site.operation
        if not operation.writes:
            return
        control = self.synq.controls.accepted
        mine = control is not None and control.request.method == operation.method
        for one in (exchange, control if mine else None):
            self.made.note_created(operation, site.values, one, {})
        if operation.creates is None and not operation.parameters:
            self._note_marked(exchange)

    def _note_marked(self, exchange: Exchange) -> None:
        if (mark := self.mark_in(exchange.request)) is not None:
            self.made.note_marked(mark)

    @staticmethod
    def mark_in(request: Request) -> str | None:
        """The mark that stands in the request's body; None if none does."""
        start = request.body.find(MARK.encode())
        return None if start < 0 else request.body[start : start + len(MARK) + 8].decode("ascii", "replace")

    # ------------------------------------------------------------------ what a refused write leaves behind

    def must_leave_nothing_behind(self, operation: Operation, **wrong: Any) -> None:  # noqa: ANN401 - the parameters of `request`
        """A refused write changes nothing that a permitted one changes.

        Raises NotAssessed if it is accepted, or if a permitted one does not show either.
        """
        with self.site(operation) as site:
            marks = (new_mark(), new_mark())
            look = self._look(site, marks)
            before = steady(look, "what can be read")
            answered = self.synq.send(self.request(site, marks[0], **wrong))
            same = before.same_if_asked_again(look)
            permitted = self.synq.step(self.request(site, marks[1]))
            self.made.note_created(operation, site.values, permitted, {})
            for mark in marks if not operation.parameters and operation.creates is None else ():
                self.made.note_marked(mark)
            if answered.exchange.accepted:
                raise NotAssessed("the write was accepted: follows from the rule that refuses it")
            if same and not permitted.accepted:
                raise NotAssessed(f"a permitted {operation.label} was answered {permitted.outcome}")
            if same and before.same(look()):
                raise NotAssessed(f"a permitted {operation.label} does not show in what can be read, so no refused one")
            answered.with_control(self.synq.request()).must_hold(
                same, "the refused write took effect", expected="nothing is changed", got="a change"
            )

    def _look(self, site: Site, marks: tuple[str, ...]) -> Look:
        """How to see what the operation changes: in its own object, or by the marks in the lists around it."""
        if site.operation.parameters:
            shown = [path for path in dict.fromkeys((site.object, site.target)) if self.filling.reading(path)]
            if not shown:
                raise Unmet(f"supply the GET that shows what {site.operation.label} does, as an [[operation]]")
            return lambda: shown_in(*(self.synq.step(self.synq.request("GET", path)) for path in shown))
        if not site.operation.texts:
            raise Unmet(f"give {site.operation.label} a body with a text in an [[operation]], to find the write by")
        shown = [path for path in self._around(site.target) if self.filling.reading(path)]
        return lambda: ((MARK, b" ".join(self._marks_shown(marks, shown))),)

    def _marks_shown(self, marks: tuple[str, ...], paths: list[str]) -> list[bytes]:
        """Those of the marks that stand in what can be read there."""
        read = shown_in(*(self.synq.step(self.synq.request("GET", path)) for path in paths))
        shown = [body.decode("utf-8", "replace") for _, body in read]
        return [mark.encode() for mark in marks if any(says_in_its_spelling(text, mark) for text in shown)]

    def _around(self, target: str) -> Iterator[str]:
        """The target's own path, those above it, and the probe."""
        path = path_of(target)
        while path:
            yield path
            path = path.rpartition("/")[0]
        yield self.synq.target.probe.read


def hinted(error: NotAssessed, operation: Operation, control: Exchange | None) -> NotAssessed:
    """The same, with what to supply if the operation's own control was refused for what the suite filled in."""
    if type(error) is not NotAssessed or control is None or control.request.method != operation.method:
        return error
    if not str(error).endswith(f"got {control.outcome}"):
        return error
    if control.status == 404 and operation.parameters:
        names = " and ".join(f"probe.parameters.{name}" for name in operation.parameters)
        return NotAssessed(f"{error}; supply {names} in the profile")
    if control.status in REFUSED_FOR_ITS_BODY:
        return NotAssessed(f"{error}; give {operation.label} a body that it takes in an [[operation]]")
    return error


def unknown_role(operation: Operation) -> str:
    """What to supply if a viewer is let in and it is not said whether it should be."""
    return f"a viewer may ask for {operation.label}, and no role is named: give it one in an [[operation]]"


def alike(synq: TargetApi, request: Request, changes: Who, *, reads: bool) -> Iterator[Request]:
    """The probes with these changes: the list, the same method on it, and the profile's write if this may write too.

    `reads`: such a caller may read, so that the list says nothing.
    """
    if not reads:
        yield synq.request(**changes)
    if request.method != "GET":
        yield synq.request(request.method, body=request.body, **changes)
    write = synq.target.probe.write
    if write is not None and request.method not in SAFE_METHODS:
        yield synq.request(write.method, write.path, json_body=write.json, **changes)


def on(method: str, operation: Operation) -> Operation:
    """The same object asked by another method, which the API may not have."""
    body = operation.body if operation.body is not None else {}
    return replace(operation, method=method, body=None if method in {"GET", "HEAD", "DELETE"} else body, safe=False)

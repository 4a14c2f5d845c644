"""An object by its id, one's own or another tenant's: asked by any method, and looked at afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import Request, path_of
from conformance.openapi.operation import Operation, parameters_in
from conformance.server.harness.documented import AUTHORIZATION, VALID
from conformance.server.harness.filling import Filling, Values, last_object, placed, values_in
from conformance.server.harness.made import Who, new_mark
from conformance.server.harness.operations import VIEWER, WITHOUT_TOKEN, DocumentedOperations, Site, alike, unknown_role
from conformance.server.harness.resource import resource, says
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.steady import Shown, Steady, shown_in, steady
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.telling import telling

NO_UUID = "99999999-9999-4999-8999-999999999999"
"""An id of version 4 (RFC 9562 §5.4) that no object has."""
_UUID = re.compile(r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class ObjectById:
    """An object of the target, as it was before it was asked for."""

    operations: DocumentedOperations
    site: Site
    owner: Who
    """What is changed of the documented request so that its owner asks; empty if it is one's own."""
    before: Exchange
    seen: Steady

    def asked(self, *, follows: str, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - the parameters of `request`
        """The operation's answer. That its owner read the object just before is one control, the list another.

        A violation follows from the rule `follows` if the probe of that rule is answered the same wrong way.
        """
        synq, request = self.operations.synq, self.operations.request(self.site, new_mark(), **changes)
        answered = synq.send(request, control=synq.request(token=changes.get("token", VALID)))
        if changes:
            for like in alike(synq, request, changes, reads="token" in changes):
                answered = answered.unless(follows, like)
        else:
            answered = _unless_foreign(answered, self.operations, follows)
        if not request.values(AUTHORIZATION):
            return answered
        return answered.unless("object-without-token", request.without(AUTHORIZATION))

    def must_not_be_opened(self, answered: ResponseAssertion, *, why: str) -> None:
        """Refused, or answered just as it is for an object that is not there, which tells nothing and opens none.

        A PUT may also create an object of the caller's own under this id.
        """
        if answered.exchange.accepted and (self.is_created_anew(answered) or self._is_said_of_any(answered)):
            return
        answered.must_be_refused(why=why)

    def _is_said_of_any(self, answered: ResponseAssertion) -> bool:
        """Whether an id that stands for nothing is answered alike."""
        return is_said_of(self.operations.synq, answered, self._asked_nowhere(answered).target)

    @property
    def _nowhere(self) -> Site:
        return Site(self.site.operation, (*self.site.values[:-1], like_no_other(self.site.values[-1])))

    def _asked_nowhere(self, answered: ResponseAssertion) -> Request:
        """The same request for an id that stands for nothing."""
        request = answered.exchange.request
        return replace(request, target=request.target.replace(self.site.target, self._nowhere.target, 1))

    def is_created_anew(self, answered: ResponseAssertion) -> bool:
        """Whether the target creates what is put under any id (RFC 9110 §9.3.4), and says nothing of this object.

        Ids are each tenant's own then. What was created is deleted again.
        """
        asked, nowhere = answered.exchange, self._nowhere
        if asked.request.method != "PUT" or not asked.accepted or nowhere.object == self.site.object:
            return False
        if not self.operations.synq.step(self._asked_nowhere(answered)).accepted:
            return False
        for site in (self.site, nowhere):
            self.operations.made.note(last_object(site.operation.path), site.values, {})
        told = telling(self.before.body, b"", ()) - set(self.site.values)
        shown = asked.body.decode("utf-8", "replace")
        return bool(told) and not any(says(shown, one) for one in told)

    def must_be_known_to_refuse(self, answered: ResponseAssertion) -> None:
        """Raises NotAssessed if a viewer is let in, the object is as before, and no role is named."""
        if not answered.exchange.accepted or self.site.operation.forbids(VIEWER) is not None:
            return
        if self.seen.same(shown_in(self.operations.synq.step(self.before.request))):
            raise NotAssessed(unknown_role(self.site.operation))

    def must_be_as_before(self, answered: ResponseAssertion) -> None:
        """What the owner reads now is what it read before."""
        read: list[Exchange] = []

        def look() -> Shown:
            read.append(self.operations.synq.step(self.before.request))
            return shown_in(read[-1])

        same = self.seen.same_if_asked_again(look)
        answered.with_control(self.operations.synq.request()).must_hold(
            same, f"the refused {self.site.operation.method} changed the object",
            expected="the object as it was", got=read[-1].outcome,
        )  # fmt: skip

    def must_be_no_own_one(self) -> None:
        """Raises Inapplicable if the caller, who is not the owner, has another object under this very path.

        It is another one if it says nothing that the owner's says, and that stands nowhere in the caller's own list.
        Raises NotAssessed if all that the owner's says stands there: tenants may share it.
        """
        synq = self.operations.synq
        own = synq.step(synq.request("GET", self.site.object))
        if not own.accepted or self._is_said_of_any(synq.judged(own, control=synq.request())):
            return
        listed = synq.step(synq.request())
        told = telling(self.before.body, listed.body, ()) - set(self.site.values)
        shown = own.body.decode("utf-8", "replace")
        if told and not any(says(shown, one) for one in told):
            raise Inapplicable(f"{self.site.object} is an object of the caller's own as well: each tenant has its ids")
        if not told and self.site.values[-1] in self._own_ids():
            raise NotAssessed(
                "all that the other tenant's list shows stands in the caller's own list as well: give that tenant an "
                "object of its own"
            )

    def _own_ids(self) -> set[str]:
        collection = self.site.object.rpartition("/")[0]
        return self.operations.filling.own_ids(collection, parameters_in(self.site.operation.path)[-1])

    def must_not_show_in(self, answered: ResponseAssertion) -> None:
        """Nothing of the object stands in this answer."""
        text = resource(self.seen.first[0][1]).seen_in(answered.exchange)
        answered.must_hold(
            text is None, f"the refusal holds {text!r}, which belongs to the object", expected="nothing of the object"
        )


def is_said_of(synq: TargetApi, answered: ResponseAssertion, nowhere: str) -> bool:
    """Whether this answer is the same for a target that stands for nothing: some routers answer every HEAD, or DELETE.

    The same in status, body, and what the head tells of a body's size.
    """
    request = answered.exchange.request
    one, two = (synq.step(replace(request, target=nowhere)) for _ in range(2))
    said = Steady(shown_in(one), shown_in(two))
    alike = len({_size(exchange) for exchange in (answered.exchange, one, two)}) == 1
    return nowhere != request.target and alike and said.tells and said.same(shown_in(answered.exchange))


def like_no_other(value: str) -> str:
    """An id of the same kind that stands for nothing."""
    if _UUID.fullmatch(value):
        return NO_UUID
    return re.sub(r"[0-9]", "9", value) + "999" if re.search(r"[0-9]", value) else f"{value}-none"


def _size(exchange: Exchange) -> tuple[str | None, str | None] | None:
    """What the head of an answer tells of what it would hold."""
    response = exchange.response
    return None if response is None else (response.value("Content-Length"), response.value("ETag"))


@contextmanager
def own_object(operations: DocumentedOperations, operation: Operation) -> Iterator[ObjectById]:
    """An object of one's own: for a method that may change it, one that the run creates."""
    with operations.site(operation) as site:
        yield _seen(operations, site, {})


@contextmanager
def foreign_object(operations: DocumentedOperations, operation: Operation) -> Iterator[ObjectById]:
    """An object of another tenant: for a method that may change it, one that the run creates as that tenant.

    Raises Unmet if the profile has no other tenant, NotAssessed if that may not do its part, and Inapplicable if the
    same path leads oneself to another object, as where each tenant counts its own from one on: that must not change.
    """
    operations.must_be_askable(operation)
    who, synq = other_tenant(operations), operations.synq
    try:
        if operation.writes:
            values = operations.made.one(last_object(operation.path), who)
        else:
            values = Filling(synq, who).of(operation)
        thing = _seen(operations, Site(operation, values), who)
        thing.must_be_no_own_one()
        yield thing
    finally:
        operations.made.away()


def _seen(operations: DocumentedOperations, site: Site, owner: Who) -> ObjectById:
    """The object as its owner sees it; raises Unmet or NotAssessed if that cannot be told."""
    synq = operations.synq
    if operations.filling.reading(site.object) is None:
        raise Unmet(f"supply the GET that shows {last_object(site.operation.path)}, as an [[operation]]")
    read: list[Exchange] = []

    def look() -> Shown:
        read.append(synq.step(synq.request("GET", site.object, **owner)))
        return shown_in(read[-1])

    seen = steady(look, "the object")
    if not read[0].accepted:
        raise NotAssessed(f"GET {site.object} was answered {read[0].outcome} to its owner")
    return ObjectById(operations, site, owner, read[0], seen)


def other_tenant(operations: DocumentedOperations) -> Who:
    """What is changed of the documented request so that the profile's other tenant asks; raises Unmet without one."""
    target = operations.synq.target
    org = target.scope.other_tenant_org_id or target.scope.other_org_id
    if target.tokens.other_tenant is None or target.scope.other_tenant_id is None or org is None:
        raise Unmet("supply tokens.other_tenant, scope.other_tenant_id and scope.other_tenant_org_id in the profile")
    return {"token": target.tokens.other_tenant, "tenant": target.scope.other_tenant_id, "org": org}


@contextmanager
def asked_for_foreign(
    operations: DocumentedOperations, operation: Operation, whose: str
) -> Iterator[ResponseAssertion]:
    """The answer to one's own valid request for what belongs to another tenant or organization.

    Of another organization's resource only its path is known, so that it is only read.
    """
    with operations.site(operation) as own:
        if whose == "other-org":
            yield _asked_at(operations, own, _of_another_org(operations, operation))
            return
        with foreign_object(operations, operation) as thing:
            answered = _asked_at(operations, own, thing.site.values)
            if thing.is_created_anew(answered):
                raise Inapplicable("a PUT creates the caller's own under any id; object-foreign looks at the other's")
            yield answered


def _asked_at(operations: DocumentedOperations, own: Site, values: Values) -> ResponseAssertion:
    synq = operations.synq
    request = operations.request(Site(own.operation, values), new_mark())
    answered = synq.send(request, control=operations.request(own, new_mark()))
    answered = _unless_foreign(answered, operations, "foreign-resource")
    return answered.unless(WITHOUT_TOKEN, request.without(AUTHORIZATION))


def _unless_foreign(answered: ResponseAssertion, operations: DocumentedOperations, rule: str) -> ResponseAssertion:
    """The same answer; a violation follows from that rule if what the profile knows to be foreign is given out."""
    synq = operations.synq
    known = synq.target.probe.foreign_resource
    return answered if known is None else answered.unless(rule, synq.request("GET", known))


def _of_another_org(operations: DocumentedOperations, operation: Operation) -> Values:
    known = operations.synq.target.probe.foreign_resource
    if known is None:
        raise Unmet("supply probe.foreign_resource in the profile")
    if operation.writes:
        raise Inapplicable("what belongs to another organization is only read: the run has created nothing there")
    values = values_in(last_object(operation.path), path_of(known))
    if values is None:
        raise Inapplicable(f"probe.foreign_resource is no {placed(last_object(operation.path), ())}")
    return values

"""A forged token as the cases of a check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.marks import needs
from conformance.contract.oracle import REFUSED_BY_PARSER, SERVER_ERROR, UNAUTHORIZED, oversize, ungrammatical
from conformance.evidence.judge import Expectation, Inapplicable, Unmet
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import Attack, NotForgeable, NothingToForge, attacks


def with_attacks(*rule_ids: str, needing_keys: bool = True) -> pytest.MarkDecorator:
    """Run a check once for every attack on these rules, each under its name.

    `needing_keys`: only if the profile has the keys that it takes.
    """
    cases = [
        pytest.param(attack, id=attack.name, marks=[needs(*attack.needs)] if attack.needs and needing_keys else [])
        for attack in attacks(*rule_ids)
    ]
    return pytest.mark.parametrize("attack", cases)


def presented(
    synq: TargetApi, attack: Attack, *, listener: str | None = None, spoiled: bool = False
) -> ResponseAssertion:
    """The documented request with the forged token in place of the genuine one.

    `spoiled`: with forged claims that no server accepts. Raises NotAssessed if the material does not allow the attack.
    """
    try:
        token = synq.forger.forged(attack.name, listener=listener, spoiled=spoiled)
    except NothingToForge as error:
        raise Inapplicable(str(error)) from error
    except NotForgeable as error:
        raise Unmet(str(error)) from error
    return synq.get(token=token)


def must_be_refused(answered: ResponseAssertion, attack: Attack) -> None:
    """The token is answered 401, or 400 if it makes the field no credentials by the grammar of HTTP.

    RFC 6750 §3.1 gives the status 400 to a request that is malformed; token-malformed judges it by the guide.
    """
    malformed = any(map(ungrammatical, answered.exchange.request.values("Authorization")))
    must_be_unauthorized(answered, attack, or_else=frozenset({400}) if malformed else frozenset())


def must_be_unauthorized(
    answered: ResponseAssertion, attack: Attack, *, besides: str = "", or_else: frozenset[int] = frozenset()
) -> None:
    """The answer is 401, or what an HTTP parser says by itself to octets and sizes that it does not take.

    What no client sends by accident may also bring a server error, which is then looked at by no-server-error.
    """
    waits = attack.wire != "clean"
    odd = waits or oversize(answered.exchange.request)
    statuses = (UNAUTHORIZED | REFUSED_BY_PARSER if odd else UNAUTHORIZED) | or_else
    if attack.contrived or odd:
        statuses |= SERVER_ERROR
        answered.observe_malformed()
    expectation = Expectation(statuses, attack.clause, may_close=odd, may_wait=waits)
    answered.must(expectation, meaning=f"{attack.what} {attack.why}{besides}")


def must_be_unauthorized_with_each(synq: TargetApi, found_keys: FoundKeys, attack: Attack) -> None:
    """The answer is 401, whichever of the keys that were found the token is made with."""
    try:
        answers = found_keys.presented(synq, attack)
    except NothingToForge as error:
        raise Inapplicable(str(error)) from error
    except NotForgeable as error:
        raise Unmet(str(error)) from error
    accepted = [one for one in answers if one[1].exchange.accepted]
    key, answered = (accepted or answers)[0]
    must_be_unauthorized(answered, attack, besides=f" The key was {key.source}.")


def must_not_be_acted_on(synq: TargetApi, attack: Attack) -> None:
    """The server does not go by forged claims: if it accepts the token, it accepts it with any such claims."""
    answered = presented(synq, attack)
    acted_on = answered.exchange.accepted and not presented(synq, attack, spoiled=True).exchange.accepted
    answered.must_hold(
        not acted_on,
        f"answered {answered.exchange.outcome}, although {attack.clause}; with claims that ended long ago in the same "
        "place it is refused, so these are the claims that the server goes by",
        expected="401",
        got=answered.exchange.outcome,
        meaning=f"{attack.what} {attack.why}",
    )


def respelled(synq: TargetApi, spelling: Attack, token: str) -> str:
    """Returns this token in another spelling; raises Inapplicable if it has none."""
    try:
        return spelling.forge(replace(synq.forger.material(), valid=token))
    except NotForgeable as error:
        raise Inapplicable(str(error)) from error

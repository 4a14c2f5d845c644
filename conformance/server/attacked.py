"""A forged token as the cases of a check."""

from __future__ import annotations

import pytest

from conformance.check import needs
from conformance.model import REFUSED_BY_PARSER, UNAUTHORIZED
from conformance.server.calls import Answered, Synq
from conformance.tokens import Attack, NotForgeable, NothingToForge, attacks
from conformance.verdict import Inapplicable, Unmet


def with_attacks(*rule_ids: str) -> pytest.MarkDecorator:
    """Run a check once for every attack on these rules, each under its name."""
    cases = [
        pytest.param(attack, id=attack.name, marks=[needs(*attack.needs)] if attack.needs else [])
        for attack in attacks(*rule_ids)
    ]
    return pytest.mark.parametrize("attack", cases)


def presented(synq: Synq, attack: Attack, *, listener: str | None = None) -> Answered:
    """The documented request with the forged token in place of the genuine one."""
    try:
        token = attack.forge(synq.credentials.material(spare=True, listener=listener))
    except NothingToForge as error:
        raise Inapplicable(str(error)) from error
    except NotForgeable as error:
        raise Unmet(str(error)) from error
    return synq.get(token=token)


def must_be_unauthorized(answered: Answered, attack: Attack) -> None:
    """The answer is 401, or what an HTTP parser says by itself to octets and sizes that it does not take."""
    statuses = UNAUTHORIZED if attack.wire == "clean" else UNAUTHORIZED | REFUSED_BY_PARSER
    meaning = f"{attack.what} {attack.why}"
    answered.must_be(*statuses, why=attack.clause, meaning=meaning, may_close=attack.wire != "clean")

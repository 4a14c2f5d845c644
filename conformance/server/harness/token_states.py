"""The token state machine: accounts sign in, call, wait and revoke in any order, as Hypothesis draws it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    run_state_machine_as_test,
)
from hypothesis.stateful import rule as step

from conformance.contract.durations import BEYOND_LEEWAY_S, HOUR_S
from conformance.contract.oracle import TokenFacts, answer
from conformance.evidence.judge import Violation
from conformance.http.message import Request
from conformance.server.harness.cases import UNKNOWN_ID
from conformance.server.harness.depths import Extent
from conformance.server.harness.generated import ends_drawing
from conformance.server.harness.instances import some_answer_so
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.sessions import goes_by_the_key
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget
from conformance.tokens import expires_at, mint

MOST_SIGN_INS = 4
"""In one run of the machine: a target may limit how often an account signs in."""
PAST_THE_HOUR_S = HOUR_S + BEYOND_LEEWAY_S + 100
WAITS = {"a minute": 60, "half an hour": 1_800, "until minute 58": 3_480, "past the hour": PAST_THE_HOUR_S}


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """The holder of a token, and the scope that it asks in."""

    name: str
    tenant_id: str
    org_id: str
    provisioned: bool = True
    writes: bool | None = None
    """Whether it may write; None if that is not known."""


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token in the hands of an account."""

    name: str
    """As a report shows it, such as viewer-2."""
    token: str
    account: HeldAccount

    def facts(self, *, revoked: bool = False) -> TokenFacts:
        """What is known of it."""
        account = self.account
        ends = expires_at(self.token) or float("inf")
        if not account.provisioned:
            return TokenFacts(None, frozenset(), ends, account.writes, revoked=revoked)
        return TokenFacts(account.tenant_id, frozenset({account.org_id}), ends, account.writes, revoked=revoked)


def holders(synq: TargetApi) -> tuple[HeldToken, ...]:
    """The profile's accounts with those of their tokens that the target honours."""
    scope, tokens = synq.target.scope, synq.target.tokens
    main = HeldAccount("main", scope.tenant_id, scope.org_id)
    held = [HeldToken("main-1", synq.credentials.valid(), main)]
    if tokens.viewer is not None:
        held.append(HeldToken("viewer-1", tokens.viewer, replace(main, name="viewer", writes=False)))
    org_id = scope.other_tenant_org_id or scope.other_org_id
    if tokens.other_tenant is not None and scope.other_tenant_id is not None and org_id is not None:
        held.append(HeldToken("other-1", tokens.other_tenant, HeldAccount("other", scope.other_tenant_id, org_id)))
    if tokens.unprovisioned is not None:
        unprovisioned = replace(main, name="unprovisioned", provisioned=False)
        held.append(HeldToken("unprovisioned-1", tokens.unprovisioned, unprovisioned))
    return tuple(_honoured(synq, held))


def _honoured(synq: TargetApi, held: list[HeldToken]) -> Iterator[HeldToken]:
    """Those whose token is answered as a good one now: a profile may hold one that has run out."""
    for one in held:
        account = one.account
        exchange = synq.step(synq.request(token=one.token, tenant=account.tenant_id, org=account.org_id))
        if exchange.accepted if account.provisioned else exchange.status == 403:
            yield one


Question = tuple[str, str, str]
"""The account that asks, the account in whose scope it asks, and which of its ids is an unknown one, if any."""
UNKNOWN = ("", "tenant", "org")


@dataclass(frozen=True, slots=True)
class TokenSetting:
    """What the machine runs on: the target, the accounts in the beginning, and the steps that the target can take."""

    synq: TargetApi
    bench: OpenTarget
    given: tuple[HeldToken, ...]
    can_sign_in: bool
    can_mint: bool
    can_revoke: bool
    can_wait: bool
    can_go_without: bool
    """Whether there are calls without a token: if accounts renew theirs, that is another rule's matter."""
    may_not_write: frozenset[str]
    """Names of the accounts whose writes are refused, as they must be."""
    alternating: list[Violation]
    """A violation of some processes of the target, once one was seen: nothing more is asked then."""
    fair: frozenset[Question]
    """What is answered rightly from the start; what is not is another rule's matter."""


def setting_of(synq: TargetApi, bench: OpenTarget, *, renewing: bool) -> TokenSetting:
    """All that the target is capable of; unless `renewing`, only calls with the tokens that were given."""
    given, target = holders(synq), synq.target
    can_sign_in = renewing and target.sign_in is not None
    return TokenSetting(
        synq,
        bench,
        given,
        can_sign_in=can_sign_in,
        can_mint=renewing and not synq.credentials.ends_together and goes_by_the_key(synq),
        can_revoke=can_sign_in and target.revoke is not None,
        can_wait=renewing and bench.clock is not None,
        can_go_without=not renewing,
        alternating=[],
        may_not_write=frozenset(_kept_from_writing(synq, given)),
        fair=frozenset(_fair(synq, given)),
    )


def asked(synq: TargetApi, held: HeldToken, scope_of: HeldAccount, unknown: str) -> Request:
    """The documented request with this token in that scope."""
    tenant = UNKNOWN_ID if unknown == "tenant" else scope_of.tenant_id
    org = UNKNOWN_ID if unknown == "org" else scope_of.org_id
    return synq.request(token=held.token, tenant=tenant, org=org)


def _fair(synq: TargetApi, given: tuple[HeldToken, ...]) -> Iterator[Question]:
    known = synq.known({one.token: one.facts() for one in given})
    for held, other, unknown in product(given, given, UNKNOWN):
        request = asked(synq, held, other.account, unknown)
        if synq.step(request).status in answer(request, known).statuses:
            yield held.account.name, other.account.name, unknown


def _kept_from_writing(synq: TargetApi, given: tuple[HeldToken, ...]) -> Iterator[str]:
    write = synq.target.probe.write
    for held in given if write is not None else ():
        if held.account.writes is False and synq.write(token=held.token).exchange.status == 403:
            yield held.account.name


class TokenStateMachine(RuleBasedStateMachine):
    """One run of the machine: a few accounts, their tokens, and time that only goes forward."""

    tokens: Bundle[HeldToken] = Bundle("tokens")
    signed_in: Bundle[HeldToken] = Bundle("signed_in")

    def __init__(self, setting: TokenSetting) -> None:
        super().__init__()
        self.setting = setting
        self.held = list(_still_held(self.setting))
        self.facts = {one.token: one.facts() for one in self.held}
        self.ended: set[str] = set()
        """Tokens that a sign-in or a revocation may have ended, although they were not revoked themselves."""
        self.sign_ins = 0
        self.told = [f"{', '.join(one.name for one in self.held)}: each was answered as a good token"]
        """What happened so far, in words."""
        self.connection = self.setting.synq.open_transport()
        """Of this run of the machine alone, so that runs do not depend on each other."""

    @initialize(target=tokens)
    @ends_drawing
    def begin(self) -> Any:  # noqa: ANN401 - Hypothesis has no public type for several results
        """Every account has a token."""
        return multiple(*self.held)

    @precondition(lambda self: self.setting.can_sign_in and self.sign_ins < MOST_SIGN_INS)
    @step(targets=(tokens, signed_in))
    @ends_drawing
    def sign_in(self) -> HeldToken:
        """The profile's account gets another token."""
        self.sign_ins += 1
        token = self.setting.synq.credentials.fresh()
        self._end_others()
        return self._received(token, self.setting.given[0].account, "signs in")

    @precondition(lambda self: self.setting.can_mint)
    @step(target=tokens, of=tokens)
    @ends_drawing
    def renew(self, of: HeldToken) -> HeldToken:
        """Any account gets another token."""
        material = replace(self.setting.synq.forger.material(), valid=of.token)
        token = mint(material)
        self.setting.synq.recorder.secret(token, f"[token minted for {of.account.name}]")
        return self._received(token, of.account, "gets a new token")

    @step(held=tokens, scope_of=tokens, unknown=st.sampled_from(UNKNOWN), new=st.booleans())
    @ends_drawing
    def call(self, held: HeldToken, scope_of: HeldToken, unknown: str, new: bool) -> None:
        """An account asks, in its own scope, in another's, or in an unknown one."""
        account = scope_of.account
        if (held.account.name, account.name, unknown) in self.setting.fair and held.token not in self.ended:
            where = f"the scope of {account.name}" + (f" but an unknown {unknown}" if unknown else "")
            self.told.append(f"{held.name} asks in {where} over {_connection(new)}")
            self._ask(asked(self.setting.synq, held, account, unknown), new=new)

    @precondition(lambda self: self.setting.can_go_without)
    @step(new=st.booleans())
    @ends_drawing
    def call_without_a_token(self, new: bool) -> None:
        """A caller asks who may not."""
        self.told.append(f"a caller asks without a token over {_connection(new)}")
        self._ask(self.setting.synq.request(authorization=None), new=new)

    @precondition(lambda self: self.setting.may_not_write)
    @step(held=tokens)
    @ends_drawing
    def write(self, held: HeldToken) -> None:
        """An account writes that may not. No permitted write is sent: it would fill the target's shelves."""
        kept_out = held.account.name in self.setting.may_not_write and held.token not in self.ended
        if kept_out and not self.setting.alternating:
            self.told.append(f"{held.name} writes")
            synq = self.setting.synq
            self._judge(synq.write(token=held.token).with_control(synq.documented()))

    @precondition(lambda self: self.setting.can_revoke)
    @step(held=signed_in)
    @ends_drawing
    def revoke(self, held: HeldToken) -> None:
        """A token is revoked, once and while it lives."""
        credentials, facts = self.setting.synq.credentials, self.facts[held.token]
        if not facts.revoked and credentials.clock.now() < facts.expires_at and held.token not in self.ended:
            credentials.revoke(held.token)
            self.facts[held.token] = held.facts(revoked=True)
            self._end_others()
            self.told.append(f"{held.name} is revoked")

    @precondition(lambda self: self.setting.can_wait)
    @step(wait=st.sampled_from(list(WAITS)))
    @ends_drawing
    def wait(self, wait: str) -> None:
        """Time passes."""
        self.setting.bench.move(WAITS[wait])
        self.told.append(f"the clock goes on: {wait}")

    def teardown(self) -> None:
        """The next run of the machine begins at the present time."""
        self.connection.close()
        if self.setting.bench.clock is not None:
            self.setting.bench.clock.reset()

    def _end_others(self) -> None:
        """Whatever the account holds may be over by now; what was revoked is refused all the same."""
        if self.setting.synq.credentials.ends_together:
            name = self.setting.given[0].account.name
            of_account = (one.token for one in self.held if one.account.name == name)
            self.ended.update(token for token in of_account if not self.facts[token].revoked)

    def _received(self, token: str, account: HeldAccount, how: str) -> HeldToken:
        held = HeldToken(f"{account.name}-{len(self.facts) + 1}", token, account)
        self.facts[token] = held.facts()
        self.held.append(held)
        self.told.append(f"{account.name} {how}: {held.name}")
        return held

    def _ask(self, request: Request, *, new: bool) -> None:
        if self.setting.alternating:
            return
        with nullcontext(self.connection) if not new else self.setting.synq.transport(new=True) as transport:
            self._judge(self.setting.synq.send(request, transport=transport))

    def _judge(self, answered: ResponseAssertion) -> None:
        """Judge by the model; a violation tells the whole course up to it, and whether it is one of some processes."""
        synq, known = self.setting.synq, self.setting.synq.known(self.facts)
        try:
            answered.must_be_right(known)
        except Violation as violation:
            course, request = "; ".join(self.told), answered.exchange.request
            share = some_answer_so(synq, request, answer(request, known).statuses)
            findings = [replace(one, case=course) for one in violation.findings]
            if share is not None:
                findings = [replace(one, summary=f"{one.summary}; {share}") for one in findings]
                self.setting.alternating.append(Violation(*findings))
            raise Violation(*findings) from violation


def _still_held(setting: TokenSetting) -> Iterator[HeldToken]:
    """The tokens of the beginning; the main account's may have been ended since."""
    main, *others = setting.given
    yield replace(main, token=setting.synq.credentials.valid()) if setting.synq.credentials.ends_together else main
    yield from others


def _connection(new: bool) -> str:
    return "a new connection" if new else "the same connection"


def live(synq: TargetApi, bench: OpenTarget, extent: Extent, seed: int, *, renewing: bool) -> None:
    """Run the machine as often and as long as the extent says; raises Violation if an answer was wrong."""
    setting = setting_of(synq, bench, renewing=renewing)

    def machine() -> TokenStateMachine:  # and no class of its own, which Hypothesis would keep for ever
        return TokenStateMachine(setting)

    try:
        run_state_machine_as_test(
            seeded(seed)(machine),  # type: ignore[arg-type]  # whatever makes one will do, says its docstring
            settings=settings(max_examples=extent.lives, stateful_step_count=extent.steps),
        )
    except Exception as error:
        if setting.alternating:  # which Hypothesis, that saw it once and not again, calls flaky
            raise setting.alternating[0] from error
        raise

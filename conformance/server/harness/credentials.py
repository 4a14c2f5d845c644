"""The tokens of a run: supplied, signed in for, or minted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conformance.config.profile import Target
from conformance.config.renewal import TokenCommand
from conformance.config.signing_in import SignIn
from conformance.config.target_fields import secret_fields
from conformance.config.value_sources import SourceError
from conformance.contract.durations import MINUTE_S
from conformance.evidence.judge import NotAssessed, Unmet
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request
from conformance.server.harness.gate import Gate
from conformance.server.harness.json_body import json_at
from conformance.server.harness.target_clock import TargetClock
from conformance.server.harness.targets import MovableClock
from conformance.tokens import expires_at, issued_at

RENEW_AHEAD_S = float(MINUTE_S)
SIGN_IN_PAUSES_S = (0.3, 1.0, 3.0)
"""How long a target is given to let the account sign in again, before the run ends because it does not."""
TOKENS_DIFFER_AFTER_S = 1.1


class SignInRefused(NotAssessed):
    """The credentials that the target was described with bring no token."""


def blocked_in_front(exchange: Exchange) -> str:
    """What to add if a sign-in was answered with a page for people, although the API speaks JSON; else nothing."""
    if not exchange.is_html:
        return ""
    return (
        "; or, since the answer is a page in HTML: something before the target, such as a web application firewall, "
        "may have refused the request for a text in it; let it pass there"
    )


def no_token(credentials: Credentials, exchange: Exchange) -> str:
    """What to say of the right credentials if they brought no token, and what to do about it."""
    answered = f"signing in at {credentials.account.path} was answered {exchange.outcome} and brought no token"
    if credentials.sent_wrong and credentials.signed_in:
        return (
            f"{answered}, although it did before wrong passwords were sent: the target may lock the account, or this "
            "machine out, after so many; unlock it, and let it take more, or name an account that is never locked"
        )
    return f"{answered}: check sign_in (email, password, path, token_pointer){blocked_in_front(exchange)}"


class Credentials:
    """The tokens of one target. Every token that passes through is made known to the recorder as a secret."""

    def __init__(
        self,
        target: Target,
        transport: Transport,
        recorder: Recorder,
        clock: MovableClock | None,
        gate: Gate | None = None,
        *,
        profile: Path | None = None,
        alone: bool = True,
    ) -> None:
        """`gate` is shut once no valid token can be had any more; before the run there is no gate.

        `alone`: no other process signs in with the account meanwhile.
        """
        self.target = target
        self.profile = profile
        """The file that describes the target, if one does."""
        self.ends_together = False
        """Whether a sign-in or a revocation was seen to end another token of the account."""
        self.issued: list[str] = []
        """Tokens that signing in brought, oldest first."""
        self.recorder = recorder
        self.clock = TargetClock(clock)
        self._transport, self._gate, self._alone = transport, gate, alone
        self._current = self._supplied = target.tokens.valid
        self._repeats = False
        """Whether signing in brings an old token, however long one waits."""
        self.signed_in = 0
        """How often signing in brought a token."""
        self.sent_wrong = False
        """Whether it was tried with a wrong password, so that the account may be locked."""
        self._ahead_s = RENEW_AHEAD_S
        """How many seconds before its end a token is replaced; 0 once signing in ahead of its end was refused."""
        tokens = target.tokens
        supplied = (getattr(tokens, name) for name in tokens.__slots__ if name != "retired_key")
        self.signed: set[str] = {token for token in supplied if token is not None}
        """Tokens under the right signature: given, brought by signing in, or minted with the key."""
        self.minted: set[str] = set()
        """Those that were minted with the key: whether the target goes by it is to be seen beside each."""
        _label(target, recorder)
        if tokens.valid is not None:
            self.clock.see(tokens.valid)

    def valid(self) -> str:
        """A token that is accepted now: the supplied one, or a new one if the old runs out; raises SignInRefused."""
        current, supplied = self._current, self._supplied
        if current is not None and (not self.target.is_renewable or self._is_over() or self.is_now(current)):
            return current
        if supplied is None or not self.is_now(supplied):
            supplied = self._renewed()
        self._keep(supplied)
        return supplied

    def _is_over(self) -> bool:
        """Whether nothing is sent any more, so that no token needs to be good."""
        return self._gate is not None and self._gate.cause is not None

    def renew(self) -> Exchange:
        """Sign in for a token in place of one that was refused before its time; the answer, whatever it brought."""
        refused, self._current = self._current, None
        exchange = self.sign_in()
        if exchange.accepted and (token := token_in(exchange, self.account)) is not None:
            self.issued.append(token)
            self._supplied = None
            self._keep(token)
        else:
            self._current = refused
        return exchange

    def _keep(self, token: str) -> None:
        self._current = token
        self.recorder.secret(token, "$SYNQ_TOKEN")

    def _renewed(self) -> str:
        """A new token, asked for again and again once the old one is over; raises SignInRefused, which ends the run."""
        gate = None if self.clock.is_moved() else self._gate
        pauses_s = iter(SIGN_IN_PAUSES_S if gate is not None else ())
        while True:
            try:
                if (command := self.target.renewal) is None or self.target.sign_in is not None:
                    return self.fresh()
                return _printed(command, self._is_new)
            except SignInRefused as error:
                self._ahead_s = 0.0
                if self._current is not None and self.is_now(self._current):
                    return self._current  # which is good to its end
                if (pause_s := next(pauses_s, None)) is not None:
                    time.sleep(pause_s)
                    continue
                if gate is not None:
                    gate.shut(f"the token ran out, and there is no new one: {error}; then start the run again")
                raise

    def _is_new(self, token: str) -> bool:
        self.clock.see(token)
        return token != self._current and self.is_now(token)

    def is_now(self, token: str) -> bool:
        """Whether the token's hour is now: a clock that was moved and set right leaves tokens of the future."""
        issued, expiry = issued_at(token), expires_at(token)
        begun = issued is None or issued <= self.clock.now() + 1
        return begun and (expiry is None or expiry - self.clock.now() >= self._ahead_s)

    def fresh(self) -> str:
        """Returns a new token of the profile's account; raises SignInRefused if signing in brings none."""
        exchange = self.sign_in_anew()
        token = None if not exchange.accepted else token_in(exchange, self.account)
        if token is None:
            raise SignInRefused(no_token(self, exchange))
        self.issued.append(token)
        return token

    def sign_in_anew(self) -> Exchange:
        """Sign in, and once more in the next second if that brings a token that is known already.

        A token without jti says nothing but the account and the second: two of one second are the same text.
        """
        exchange = self.sign_in()
        if token_in(exchange, self.account) not in self.issued or self._repeats:
            return exchange
        time.sleep(TOKENS_DIFFER_AFTER_S)
        exchange = self.sign_in()
        self._repeats = token_in(exchange, self.account) in self.issued
        return exchange

    def sign_in(self, **changes: Any) -> Exchange:  # noqa: ANN401 - any JSON
        """Sign in with the profile's account, or with other values for `email` and `password`."""
        account, held = self.account, self._current
        fields = _credentials_of(replace(account, **changes))
        exchange = self._transport.send(sign_in_request(account, fields))
        token = token_in(exchange, account)
        self.sent_wrong |= bool(changes)
        if token is not None:
            self.signed_in += 1
            self.signed.add(token)
            self.clock.learn(token, exchange)
            self.recorder.secret(token, f"[token from sign-in {self.signed_in}]")
        self.recorder.exchange(exchange, "step")
        if token is not None and not changes:
            self._look_after("a sign-in", held)
            self.watch(exchange)
        return exchange

    def revoke(self, token: str) -> Exchange:
        """Ask the target to revoke this token."""
        if self.target.revoke is None:
            raise Unmet("supply [revoke] in the profile")
        held = self._current
        way = self.target.revoke
        form = None if way.token_field is None else {**way.fields, way.token_field: token}
        exchange = self._ask("POST", way.path, token, form)
        lost = exchange.status == 401 and not self._ask("GET", self.target.probe.read, token).accepted
        if not exchange.accepted and not lost:  # a first answer that was lost on the way had revoked it already
            raise NotAssessed(f"revoking was answered {exchange.outcome}: check revoke.path")
        if token != held:
            self._look_after("a revocation", held)
        self.watch(exchange)
        return exchange

    def _look_after(self, event: str, held: str | None) -> None:
        """See whether the token that was held until then still counts.

        Once is not enough: an account may have several sessions, and what is of one second may count as one.
        """
        if self.ends_together or held is None or not self.is_now(held):
            return
        if self._ask("GET", self.target.probe.read, held).status != 401:
            return
        self.ends_together = True
        if not self._alone and self._gate is not None:
            self._gate.shut(
                f"{event} ends the other tokens of the account, so that several workers end each other's: start the "
                "run again without -n"
            )

    def watch(self, exchange: Exchange) -> None:
        """An exchange took place: if a sign-in or a revocation ends tokens, the one that is left counts from now on."""
        paths = {one.path for one in (self.target.sign_in, self.target.revoke) if one is not None}
        posted = exchange.request.method == "POST" and exchange.request.target in paths
        if self.ends_together and exchange.accepted and posted:
            self._current, self._supplied = _left_by(exchange, self.target), None

    def _ask(self, method: str, path: str, token: str, form: Mapping[str, Any] | None = None) -> Exchange:
        scope = self.target.scope
        fields = (("Authorization", f"Bearer {token}"), ("X-Tenant-ID", scope.tenant_id), ("X-Org-ID", scope.org_id))
        request = Request(method, path, fields)
        exchange = self._transport.send(request if form is None else _with_form(request, form))
        self.recorder.exchange(exchange, "step")
        return exchange

    @property
    def account(self) -> SignIn:
        """Returns how the profile's account signs in; raises Unmet if the profile has no [sign_in]."""
        if self.target.sign_in is None:
            raise Unmet("supply [sign_in] in the profile")
        return self.target.sign_in


def _label(target: Target, recorder: Recorder) -> None:
    """Make the secrets of the profile known to the recorder."""
    tokens = target.tokens
    if tokens.valid is not None:
        recorder.secret(tokens.valid, "$SYNQ_TOKEN")
    for name in tokens.__slots__:
        if (token := getattr(tokens, name, None)) is not None:
            recorder.secret(token, f"$SYNQ_TOKEN_{name.upper()}")
    if target.sign_in is not None:
        recorder.secret(target.sign_in.password, "$SYNQ_PASSWORD")
    for name, value in target.shared.items():
        recorder.secret(value, f"[{name}]")
    for name, value in secret_fields(target.fields).items():
        recorder.secret(value, f"${name}")
    if target.keys.signing is not None:
        recorder.secret(target.keys.signing, "[signing key]")


def _printed(command: TokenCommand, is_new: Callable[[str], bool]) -> str:
    """Returns the token that the profile's command prints now; raises SignInRefused if that is no new one."""
    try:
        token = command.token()
    except SourceError as error:
        raise SignInRefused(f"tokens.valid: {error}") from error
    if not is_new(token):
        raise SignInRefused("tokens.valid: the command printed a token that is over, or the same again")
    return token


def _left_by(exchange: Exchange, target: Target) -> str | None:
    """The token that counts after a sign-in; None after a revocation, or if it was not the account's own sign-in."""
    account = target.sign_in
    if account is None or exchange.request.target != account.path:
        return None
    own = exchange.request.body == sign_in_request(account, _credentials_of(account)).body
    return token_in(exchange, account) if own else None


def _credentials_of(account: SignIn) -> Mapping[str, Any]:
    return {account.email_field: account.email, account.password_field: account.password}


def sign_in_request(account: SignIn, fields: Mapping[str, Any]) -> Request:
    """The sign-in request with these body fields, and the profile's further ones, in the profile's format."""
    request, whole = Request("POST", account.path, ()), {**account.fields, **fields}
    if account.request == "form":
        return _with_form(request, whole)
    return replace(request, headers=(("Content-Type", "application/json"),), body=json.dumps(whole).encode())


def _with_form(request: Request, fields: Mapping[str, Any]) -> Request:
    """The request with these fields as an HTML form sends them."""
    texts = {name: json.dumps(value) if isinstance(value, bool) else value for name, value in fields.items()}
    form = ("Content-Type", "application/x-www-form-urlencoded")
    return replace(request, headers=(*request.headers, form), body=urlencode(texts).encode())


def token_in(exchange: Exchange, account: SignIn) -> str | None:
    """The token that a sign-in answer carries, None if there is none."""
    value = member(exchange, account.token_pointer)
    return value if isinstance(value, str) and value else None


def member(exchange: Exchange, pointer: str) -> object:
    """What the JSON Pointer (RFC 6901) finds in the answer's body, None if it finds nothing."""
    return None if exchange.response is None else json_at(exchange.response.body, pointer)

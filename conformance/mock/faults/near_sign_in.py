"""Faults in how credentials are compared, what of a sign-in becomes a claim, and which keys still count."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.http.message import Response
from conformance.mock import passwords, tokens, world
from conformance.mock.call import Call, Claims, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.bending import believing, first_value
from conformance.mock.faults.registry import fault
from conformance.mock.keys import withdrawn
from conformance.mock.routes import SIGN_IN
from conformance.mock.world import Account

# ------------------------------------------------------------------ passwords


def _comparing(steps: Steps, alike: Callable[[Any, str], bool]) -> Steps:
    """A password that `alike` takes for the right one is replaced by that before it is looked at."""

    def sign_in(call: Call) -> Response:
        sent = opened.json_object(call.request.body)
        right = world.PASSWORDS.get(str(sent.get("email")))
        if right is None or not alike(sent.get("password"), right):
            return steps.sign_in(call)
        body = json.dumps(sent | {"password": right}).encode()
        return steps.sign_in(replace(call, request=replace(call.request, body=body)))

    return replace(steps, sign_in=sign_in)


def _texts(alike: Callable[[str, str], bool]) -> Callable[[Any, str], bool]:
    return lambda sent, right: isinstance(sent, str) and alike(sent, right)


@fault("password-exact", also_breaks=("password-loose",))
def password_cut_at_72_octets(steps: Steps) -> Steps:
    """The hash looks at 72 octets, so that passwords with the same start are one."""
    return _comparing(steps, _texts(lambda sent, right: sent.encode()[:72] == right.encode()[:72]))


@fault("password-loose")
def password_ends_at_a_nul(steps: Steps) -> Steps:
    """The hash takes a NUL for the end."""
    return _comparing(steps, _texts(lambda sent, right: sent.partition("\0")[0] == right))


@fault("password-exact")
def password_compared_without_case(steps: Steps) -> Steps:
    """The comparison is left to a database that does not mind the case."""
    return _comparing(steps, _texts(lambda sent, right: sent.casefold() == right.casefold()))


@fault("password-loose")
def password_folded(steps: Steps) -> Steps:
    """Compatibility forms are folded into plain letters before the hash."""
    return _comparing(steps, _texts(lambda sent, right: unicodedata.normalize("NFKC", sent) == right))


@fault("password-loose")
def password_trimmed(steps: Steps) -> Steps:
    """Blanks and line ends around a password are stripped."""
    return _comparing(steps, _texts(lambda sent, right: sent.strip() == right))


@fault("password-exact")
def password_beginning_is_enough(steps: Steps) -> Steps:
    """Only as many characters are compared as the shorter of the two has."""
    return _comparing(steps, _texts(lambda sent, right: bool(sent) and right.startswith(sent)))


@fault("password-exact")
def password_object_is_an_operator(steps: Steps) -> Steps:
    """An object goes into the query, and is an operator there."""
    return _comparing(steps, lambda sent, _right: isinstance(sent, dict) and "$ne" in sent)


@fault("password-exact", also_breaks=("password-loose",))
def password_list_is_tried_through(steps: Steps) -> Steps:
    """A list of passwords is tried one by one."""
    return _comparing(steps, lambda sent, right: isinstance(sent, list) and right in sent)


@fault("password-exact")
def password_compared_loosely(steps: Steps) -> Steps:
    """Any text equals true."""
    return _comparing(steps, lambda sent, _right: sent is True)


@fault("password-exact")
def empty_password_binds_anonymously(steps: Steps) -> Steps:
    """The directory takes an empty password for an anonymous bind, which succeeds."""
    return _comparing(steps, lambda sent, _right: sent == "")


# ------------------------------------------------------------------ claims


def _signing_in(steps: Steps, whose: Callable[[Call], object]) -> Steps:
    """The account whose address `whose` returns is signed in, whatever the password is."""

    def sign_in(call: Call) -> Response:
        email = whose(call)
        right = world.PASSWORDS.get(email) if isinstance(email, str) else None
        if right is None:
            return steps.sign_in(call)
        headers = (("Content-Type", "application/json"),)
        body = json.dumps({"email": email, "password": right}).encode()
        return steps.sign_in(replace(call, request=replace(call.request, headers=headers, body=body)))

    return replace(steps, sign_in=sign_in)


@fault("password-exact")
def no_password_is_no_check(steps: Steps) -> Steps:
    """The password is compared if there is one."""

    def whose(call: Call) -> object:
        sent = opened.json_object(call.request.body)
        return None if "password" in sent else sent.get("email")

    return _signing_in(steps, whose)


@fault("password-exact")
def provider_vouches_unasked(steps: Steps) -> Steps:
    """Who says to come from another provider needs no password, and the provider is not asked."""

    def whose(call: Call) -> object:
        sent = opened.json_object(call.request.body)
        return sent.get("email") if sent.get("type") == "google" else None

    return _signing_in(steps, whose)


@fault("password-exact")
def password_object_names_a_column(steps: Steps) -> Steps:
    """An object becomes a comparison in SQL: the column with itself, which is true of every row."""
    return _comparing(steps, lambda sent, _right: sent == {"password": 1})


@fault("password-exact")
def operators_in_a_form(steps: Steps) -> Steps:
    """JSON is looked through for operators, and a form whose names have brackets is not."""

    def whose(call: Call) -> object:
        form = dict(parse_qsl(call.request.body.decode("latin-1"), keep_blank_values=True))
        return form.get("email") if "password[$ne]" in form else None

    return _signing_in(steps, whose)


@fault("sign-in-refused")
def address_goes_into_the_query(steps: Steps) -> Steps:
    """The address is pasted into SQL: a quote ends it, and a comment hides the rest."""

    def whose(call: Call) -> object:
        email = opened.json_object(call.request.body).get("email")
        return email.partition("'")[0] if isinstance(email, str) and "' --" in email else None

    return _signing_in(steps, whose)


@fault("sign-in-refused")
def address_is_an_operator(steps: Steps) -> Steps:
    """An object in the place of the address is an operator, and the password is not compared then."""

    def whose(call: Call) -> object:
        return world.EDITOR if isinstance(opened.json_object(call.request.body).get("email"), dict) else None

    return _signing_in(steps, whose)


@fault("authorization-scheme")
def password_accepted_as_a_credential(steps: Steps) -> Steps:
    """The framework's own scheme was never switched off: Basic with an account's address and password opens the API."""

    def authenticate(call: Call) -> Claims:
        scheme, _, value = first_value(call, "authorization").partition(" ")
        email, _, password = opened.opened_segment(value).decode("utf-8", "replace").partition(":")
        if scheme.lower() != "basic" or not password or world.PASSWORDS.get(email) != password:
            return steps.authenticate(call)
        return tokens.claims_of(call.synq.accounts[email], call.synq.clock.now(), call.steps.lifetime(call))

    return replace(steps, authenticate=authenticate)


def _claiming(steps: Steps, more: Callable[[Call], Mapping[str, Any]]) -> Steps:
    """The claims of a new token are those of the account, and what the request says."""

    def issue(call: Call, account: Account) -> str:
        claims = tokens.claims_of(account, call.synq.clock.now(), call.steps.lifetime(call))
        return tokens.sign({**claims, **more(call)}, call.synq.keys)

    return replace(steps, issue=issue)


def _body(call: Call, *names: str) -> dict[str, Any]:
    sent = opened.json_object(call.request.body)
    return {name: sent[name] for name in names if name in sent}


@fault("sign-in-claims-kept")
def role_of_the_body_claimed(steps: Steps) -> Steps:
    """The role that the body names goes into the token."""
    return _claiming(steps, lambda call: _body(call, "role"))


@fault("sign-in-claims-kept")
def tenant_picked_by_the_caller(steps: Steps) -> Steps:
    """A sign-in may pick its tenant and organizations, which are not held against the account."""
    return _claiming(steps, lambda call: _body(call, "tenant_id", "org_ids"))


@fault("sign-in-claims-kept")
def scope_headers_claimed_at_sign_in(steps: Steps) -> Steps:
    """The tenant that the headers of the sign-in name goes into the token."""

    def more(call: Call) -> Mapping[str, Any]:
        tenant = first_value(call, "x-tenant-id")
        return {"tenant_id": tenant} if tenant and call.steps.path(call) == SIGN_IN else {}

    return _claiming(steps, more)


@fault("sign-in-claims-kept")
def claims_of_the_body_merged(steps: Steps) -> Steps:
    """The body's object of claims is merged into those of the account."""
    return _claiming(steps, lambda call: _body(call, "claims").get("claims", {}))


# ------------------------------------------------------------------ withdrawn keys


def _of_the_withdrawn_key(token: str) -> Claims | None:
    return opened.claims(token) if opened.signed_with(token, withdrawn().private) else None


@fault("retired-key")
def keys_only_added(steps: Steps) -> Steps:
    """The set of keys only ever grows."""
    return believing(steps, lambda _call, token: _of_the_withdrawn_key(token))


@fault("retired-key")
def old_key_in_one_process_of_four(steps: Steps) -> Steps:
    """One of four processes has kept the keys that it fetched at its start."""
    seen: dict[str, int] = {}

    def read(call: Call, token: str) -> Claims | None:
        number = seen.setdefault(call.connection, len(seen))
        return _of_the_withdrawn_key(token) if number % 4 == 3 else None

    return believing(steps, read)


@fault("retired-key")
def old_key_as_a_fallback(steps: Steps) -> Steps:
    """If the present key does not verify a token whose id it does not know, the one before it is tried."""

    def read(call: Call, token: str) -> Claims | None:
        known = opened.header(token).get("kid") == call.synq.keys.kid
        return None if known else _of_the_withdrawn_key(token)

    return believing(steps, read)


# ------------------------------------------------------------------ time

_SLOW_S = 0.03


def _slow_for(steps: Steps, is_slow: Callable[[Call, str], bool]) -> Steps:
    """Some sign-ins take as long as a hash does that is worth its name."""

    def sign_in(call: Call) -> Response:
        sent = opened.json_object(call.request.body)
        email, password = sent.get("email"), sent.get("password")
        account = call.synq.accounts.get(str(email))
        wrong = account is not None and not passwords.matches(str(password), account.salt, account.digest)
        known = "wrong" if wrong else "right" if account is not None else "unknown"
        if isinstance(email, str) and isinstance(password, str) and is_slow(call, known):
            time.sleep(_SLOW_S)
        return steps.sign_in(call)

    return replace(steps, sign_in=sign_in)


@fault("sign-in-timing")
def hashed_for_known_accounts_only(steps: Steps) -> Steps:
    """The slow hash is made only if there is such an account."""
    return _slow_for(steps, lambda _call, known: known == "wrong")


@fault("sign-in-timing")
def unknown_accounts_looked_up_elsewhere(steps: Steps) -> Steps:
    """An account that is not in the first directory is looked for in a second, slow one."""
    return _slow_for(steps, lambda _call, known: known == "unknown")


@fault("sign-in-timing")
def failed_tries_written_down(steps: Steps) -> Steps:
    """A wrong password is written down with its account, which takes a while; an unknown name has no row."""
    tries: dict[str, int] = {}

    def is_slow(call: Call, known: str) -> bool:
        email = str(opened.json_object(call.request.body).get("email"))
        tries[email] = tries.get(email, 0) + (known == "wrong")
        return known == "wrong" and tries[email] > 1

    return _slow_for(steps, is_slow)

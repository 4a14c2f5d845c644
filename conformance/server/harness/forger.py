"""What is made of the run's tokens: forged ones, and properly signed ones with something wrong in them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from conformance.server.harness.credentials import Credentials, SignInRefused
from conformance.tokens import Attack, Material, NotForgeable, named
from conformance.tokens.public import VERIFIED, is_signed_by, verifies


class Forger:
    """Makes tokens of those that the credentials hold, each known to the recorder by how it is made."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._spare: str | None = None
        self._has_spare = True
        self._is_of_another: bool | None = None

    def material(self, *, spare: bool = False, listener: str | None = None) -> Material:
        """What a forger has to work with on this target."""
        held = self._credentials
        keys, scope = held.target.keys, held.target.scope
        other = self._another() if spare and held.target.sign_in is not None else None
        return Material(
            valid=held.valid(),
            spare=other or held.target.tokens.viewer,
            public=None if self.is_of_another_key(keys.public) else keys.public,
            signing=keys.signing,
            listener=listener,
            now=held.clock.now(),
            scope=(scope.tenant_id, scope.org_id),
        )

    def forged(self, name: str, *, listener: str | None = None, spoiled: bool = False) -> str:
        """The token that `synq-conformance forge NAME` prints, known as that to the recorder.

        `spoiled`: with forged claims that ended long ago, as `forge --spoiled` prints it. Raises NotForgeable, or
        KeyError for an unknown name.
        """
        held, attack = self._credentials, named(name)
        material = self.material(spare="spare" in attack.takes, listener=listener)
        token = _forged(attack, replace(material, spoiled=spoiled))
        label, redactor = _command(attack, held.profile, listener, spoiled=spoiled), held.recorder.redactor
        expands = not attack.takes or (attack.takes == {"spare"} and held.target.tokens.viewer is not None)
        if "keys.signing" in attack.needs and token != material.valid:
            held.signed.add(token)
            held.minted.add(token)
            redactor.name(token, label, expands=expands)
        redactor.derive(token, label, expands=expands)
        return token

    def is_of_another_key(self, public: str | None) -> bool:
        """Whether this key, which the profile gives, is seen not to verify the genuine token.

        What is made of such a key is refused by every target, which shows nothing.
        """
        if self._is_of_another is None and public is not None:
            self._is_of_another = _fails(Material(self._credentials.valid(), public=public))
            if self._is_of_another:
                self._credentials.recorder.notes.append(
                    "keys.public was not used: it does not verify the signature of the genuine token; supply the "
                    "target's own key"
                )
        return bool(self._is_of_another)

    def _another(self) -> str | None:
        """A second genuine token of the account; None once signing in brought none."""
        held = self._credentials
        valid = held.valid()
        if self._has_spare and (self._spare in (None, valid) or not held.is_now(str(self._spare))):
            try:
                fresh = held.fresh()
            except SignInRefused:  # few attacks need it, and each would ask again
                self._spare, self._has_spare = None, False
            else:  # which is the valid one, if a sign-in ends the tokens before it
                self._spare = valid if held.valid() == fresh else fresh
        return self._spare


def _fails(material: Material) -> bool:
    try:
        if str(material.genuine.header.get("alg")) not in VERIFIED or is_signed_by(material):
            return False
        return not verifies(str(material.public), material.valid)
    except NotForgeable:  # no JWT, or a key that cannot be read
        return False


def _command(attack: Attack, profile: Path | None, listener: str | None, *, spoiled: bool) -> str:
    """What stands in a shell line for the token of this attack: what no variable holds comes from the profile."""
    words = ["synq-conformance", "forge", attack.name, *(["--spoiled"] if spoiled else [])]
    if profile is not None and (attack.needs or "spare" in attack.takes):
        words += ["--profile", str(profile)]
    if listener is not None and "listener" in attack.takes:
        words += ["--listener", listener]
    return f"$({shlex.join(words)})"


@lru_cache(maxsize=1_024)
def _forged(attack: Attack, material: Material) -> str:
    """Forged once of the same material, for it may take a signature."""
    return attack.forge(material)

"""RFC 8725: forged tokens. Each case is one attack, with what it does and why accepting it is a hole."""

from __future__ import annotations

from conformance.contract.marks import alternative, needs, rule
from conformance.contract.words import plural
from conformance.evidence.judge import Inapplicable
from conformance.server.harness.attacked import (
    must_be_unauthorized,
    must_be_unauthorized_with_each,
    must_not_be_acted_on,
    presented,
    with_attacks,
)
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.generated import Data, drawn, generated
from conformance.server.harness.listener import KeyListener
from conformance.server.harness.target_api import TargetApi
from conformance.strategies import (
    unsigned_tokens,
)
from conformance.tokens import Attack, decode


@rule("alg-none")
@with_attacks("alg-none")
def test_an_unsigned_token_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token does not decide for itself that it needs no signature."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("alg-unknown")
@with_attacks("alg-unknown")
def test_an_unknown_algorithm_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """Only the algorithms that Synq signs with are verified at all."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("key-confusion")
@alternative("a token keyed with the public key", by="a key of the profile")
@needs("keys.public")
@with_attacks("key-confusion")
def test_a_token_keyed_with_the_public_key_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A public key is no HMAC secret, in any encoding."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("key-confusion")
@alternative("a token keyed with the public key", by="a key that was found")
@with_attacks("key-confusion", needing_keys=False)
def test_a_token_keyed_with_a_key_that_was_found_is_unauthorized(
    synq: TargetApi, found_keys: FoundKeys, attack: Attack
) -> None:
    """A public key is no HMAC secret, and it need not be given: it is published, or computed from signatures."""
    must_be_unauthorized_with_each(synq, found_keys, attack)


@rule("hmac-weak-secret")
@with_attacks("hmac-weak-secret")
def test_a_token_keyed_with_a_guessable_secret_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """An empty or well-known secret opens nothing."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("embedded-key")
@with_attacks("embedded-key")
def test_a_token_with_its_own_key_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A key that came with the token proves nothing about who signed it."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("key-url")
@with_attacks("key-url")
def test_a_token_that_points_to_its_key_is_unauthorized(
    synq: TargetApi, listener: KeyListener, attack: Attack
) -> None:
    """A key from a URL in the token proves nothing about who signed it."""
    must_be_unauthorized(presented(synq, attack, listener=listener.base_url), attack)


@rule("key-url-fetched")
@with_attacks("key-url", "kid-injection")
def test_a_url_in_a_token_is_not_fetched(synq: TargetApi, listener: KeyListener, attack: Attack) -> None:
    """A caller cannot make the server call a URL by presenting a token."""
    listener.calls_since_last_asked()  # what earlier cases brought about is not this one's
    answered = presented(synq, attack, listener=listener.base_url)
    calls = listener.calls_since_last_asked()
    answered.must_hold(
        not calls,
        f"the server fetched {', '.join(calls)} from a URL in the token",
        expected="no call to the URL",
        got=plural(len(calls), "call"),
        meaning=f"{attack.what} {attack.why}",
    )


@rule("kid-injection")
@with_attacks("kid-injection")
def test_a_key_id_that_injects_is_unauthorized(synq: TargetApi, listener: KeyListener, attack: Attack) -> None:
    """A key id chooses among known keys and reaches nothing else."""
    must_be_unauthorized(presented(synq, attack, listener=listener.base_url), attack)


@rule("crit-unknown")
@with_attacks("crit-unknown")
def test_an_unknown_critical_extension_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """What a token marks as critical must be understood, or the token refused."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("crit-malformed")
@with_attacks("crit-malformed")
def test_a_malformed_crit_is_refused(synq: TargetApi, attack: Attack) -> None:
    """A list of critical extensions that is empty, or is no list, is the mark of a malformed token."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("alg-misnamed")
@with_attacks("alg-misnamed")
def test_a_token_that_misnames_its_algorithm_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token whose algorithm is missing, or not spelled as it is registered, is answered 401."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("signature-blank")
@with_attacks("signature-blank")
def test_a_blank_signature_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """Zeros verify under no key."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("claims-prolonged")
@with_attacks("claims-prolonged")
def test_claims_beside_the_signed_ones_are_not_acted_on(synq: TargetApi, attack: Attack) -> None:
    """The claims that count are the ones that were signed."""
    must_not_be_acted_on(synq, attack)


@rule("claim-types")
@with_attacks("claim-types")
def test_a_wrongly_typed_claim_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """Times are numbers; a token whose times are not cannot be checked against the clock."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("claim-range")
@with_attacks("claim-range")
def test_an_absurd_expiry_is_refused(synq: TargetApi, attack: Attack) -> None:
    """A token lives an hour; one that ends beyond every calendar is not Synq's."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("expiry-missing")
@alternative("a token without expiry", by="minted tokens")
@with_attacks("expiry-missing")
def test_a_minted_token_without_expiry_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token that never expires is not Synq's: those live an hour."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("not-yet-valid")
@alternative("a token from the future", by="minted tokens")
@with_attacks("not-yet-valid")
def test_a_minted_token_from_the_future_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """Before its not-before time a token does not count."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("issued-in-future")
@with_attacks("issued-in-future")
def test_a_token_issued_tomorrow_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token cannot have been issued in the future."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("issuer-wrong")
@alternative("a token of another issuer", by="minted tokens")
@with_attacks("issuer-wrong")
def test_a_minted_token_of_another_issuer_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """The issuer is checked, not the signature alone."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("audience-wrong")
@alternative("a token for another audience", by="minted tokens")
@with_attacks("audience-wrong")
def test_a_minted_token_for_another_audience_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """The audience is checked, not the signature alone."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("alg-none")
@generated
def test_no_generated_unsigned_token_is_accepted(synq: TargetApi, data: Data) -> None:
    """However a token says that it needs no signature, it is answered 401."""
    if decode(synq.credentials.valid()) is None:
        raise Inapplicable("the valid token is no JWT, so it has no algorithm that could be none")
    token = drawn(synq, data, "unsigned", unsigned_tokens(synq.credentials.valid()))
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("not-yet-valid")
@alternative("a token from the future", by="a supplied token")
@needs("tokens.not_yet_valid")
def test_the_supplied_token_from_the_future_is_unauthorized(synq: TargetApi) -> None:
    """Before its not-before time a token does not count."""
    synq.get(token=synq.target.tokens.not_yet_valid).must_be(401, why="the token is not valid yet")


@rule("issuer-wrong")
@alternative("a token of another issuer", by="a supplied token")
@needs("tokens.wrong_issuer")
def test_the_supplied_token_of_another_issuer_is_unauthorized(synq: TargetApi) -> None:
    """The issuer is checked, not the signature alone."""
    synq.get(token=synq.target.tokens.wrong_issuer).must_be(401, why="another issuer made the token")


@rule("audience-wrong")
@alternative("a token for another audience", by="a supplied token")
@needs("tokens.wrong_audience")
def test_the_supplied_token_for_another_audience_is_unauthorized(synq: TargetApi) -> None:
    """The audience is checked, not the signature alone."""
    synq.get(token=synq.target.tokens.wrong_audience).must_be(401, why="the token is for another audience")


@rule("expiry-missing")
@alternative("a token without expiry", by="a supplied token")
@needs("tokens.no_expiry")
def test_the_supplied_token_without_expiry_is_unauthorized(synq: TargetApi) -> None:
    """A token that never expires is not Synq's: those live an hour."""
    synq.get(token=synq.target.tokens.no_expiry).must_be(401, why="the token never expires")

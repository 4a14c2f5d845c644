"""The three required headers: each alone, and all together in any case, order and company."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from hypothesis import strategies as st

from conformance.http.message import Field
from conformance.strategies.generated import (
    EITHER,
    PRINTABLE,
    WORDS,
    Generated,
    Genuine,
    built_once,
    in_any_order,
    of_kinds,
    one_of,
    orders,
    sendable,
)
from conformance.strategies.tokens import no_tokens

Values = tuple[str, ...]
"""The values of one header, one for each field line; none if the header is absent."""

LONGEST_ID = 2_000
UNGUESSED = 9
"""Letters and digits of an id that is not met with by chance; a shorter one has neighbors, as 43 has 44, and eu has us.

They may be the caller's own, and not every token says which are. A number of nine digits still fits 32 bits.
"""


@built_once
def scope_values(own: str) -> st.SearchStrategy[Generated[Values]]:
    """Values of X-Tenant-ID or X-Org-ID that do not name `own` alone."""
    wrong = well_formed_ids(own)
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "absent": st.just(()),
        "empty": st.just(("",)),
        "malformed": malformed_ids(own).map(lambda value: (value,)),
        "wrong": wrong.map(lambda value: (value,)),
        "oversize": st.integers(max(len(own), UNGUESSED) + 1, LONGEST_ID).map(lambda size: ((own * size)[:size],)),
        "duplicated": in_any_order(st.just(own), wrong),
    }
    return of_kinds(kinds)


@built_once
def well_formed_ids(own: str) -> st.SearchStrategy[str]:
    """Ids that look like `own` and are not: a few of its letters and digits changed, and a short one made longer."""

    places = st.sampled_from([index for index, char in enumerate(own) if char.isalnum()] or [0])
    changes = st.sets(places, min_size=1, max_size=4)
    missing = max(UNGUESSED - sum(char.isalnum() for char in own), 0)
    further = st.text(st.sampled_from("123456789"), min_size=missing, max_size=missing)

    @st.composite
    def changed(draw: st.DrawFn) -> str:
        characters = list(own)
        for index in draw(changes):
            digits = "0123456789" if characters[index].isdigit() else "abcdefghijklmnopqrstuvwxyz"
            characters[index] = draw(one_of(*digits))
        return "".join(characters) + draw(further)

    return changed().filter(lambda value: value.lower() != own.lower())


@built_once
def malformed_ids(own: str) -> st.SearchStrategy[str]:
    """Texts that are no id: other characters, a part of a long `own`, or `own` made longer; never `own` as a word."""
    any_text = st.text(PRINTABLE | st.sampled_from(" \xe9\xff"), min_size=1, max_size=12)
    odd = any_text.filter(lambda value: not value.isalnum() and own not in unquote(value))
    more = st.sampled_from([f"{own}x", f"x{own}"])
    if len(own) > UNGUESSED:
        more |= st.integers(1, len(own) // 2).map(lambda size: own[:size])
    return (odd | more).filter(lambda value: value not in (own, "") and sendable(value))


SCHEMES = st.sampled_from(["Basic", "Digest", "Token", "JWT", "Negotiate", "DPoP", "MAC", "Bear", "Bearers"])


LOOSE_SCOPE: Mapping[str, Callable[[str], str]] = {
    "quoted": '"{}"'.format,
    "single-quoted": "'{}'".format,
    "in-brackets": "[{}]".format,
    "trailing-comma": "{},".format,
    "trailing-slash": "{}/".format,
    "listed-with-a-word": "{}, x".format,
    "listed-twice": "{0}, {0}".format,
    "twice": "{0} {0}".format,
    "percent-encoded": lambda own: f"%{ord(own[0]):02X}{own[1:]}",
    "percent-encoded-nul-behind": "{}%00".format,
    "percent-encoded-blank-behind": "{}%20".format,
}
"""What makes a loose spelling of an id, by a name for reports."""


@built_once
def loose_scope_values(own: str) -> st.SearchStrategy[Generated[Values]]:
    """Values of X-Tenant-ID or X-Org-ID with `own` whole and something loose about it, and no other id."""
    more = st.text(st.sampled_from("\t,;:=\"'<>()[]{}/|"), min_size=1, max_size=3)
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "known": st.sampled_from([*LOOSE_SCOPE.values()]).map(lambda spell: (spell(own),)),
        "before": more.map(lambda text: (f"{text.strip()}{own}",)),
        "behind": more.map(lambda text: (f"{own}{text.strip()}",)),
    }
    return of_kinds({kind: values.filter(lambda one: one != (own,)) for kind, values in kinds.items()})


@built_once
def authorization_values(token: str) -> st.SearchStrategy[Generated[Values]]:
    """Values of Authorization that are no Bearer credential, or hold no genuine token."""
    bad = no_tokens(token).map(lambda generated: generated.value)
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "absent": st.just(()),
        "empty": st.just(("",)),
        "scheme-alone": st.sampled_from([("Bearer",), ("bearer",), ("Bearer:",)]),
        "token-alone": st.just((token,)),
        "other-scheme": (SCHEMES | WORDS.filter(_is_no_bearer)).map(lambda scheme: (f"{scheme} {token}",)),
        "glued": st.sampled_from(["Bearer", "bearer", "BearerToken", "Bearer-"]).map(
            lambda scheme: (f"{scheme}{token}",)
        ),
        "bad-token": bad.map(lambda value: (f"Bearer {value}",)),
        "garbage": st.text(PRINTABLE | st.sampled_from(" \xe9"), min_size=1, max_size=20)
        .filter(sendable)
        .map(lambda value: (value,)),
        "duplicated": in_any_order(st.just(f"Bearer {token}"), bad.map(lambda value: f"Bearer {value}")),
    }
    return of_kinds(kinds)


def _is_no_bearer(scheme: str) -> bool:
    return scheme.lower() != "bearer"


LOOSE = (
    *('Bearer "{}"', "Bearer '{}'", "Bearer <{}>", 'Bearer token="{}"', "Bearer: {}", "Bearer={}", "Bearer\t{}"),
    *("Bearer {},", "Bearer ,{}", "Bearer {};", "Bearer {} {}", "Bearer {} x"),
    *("Bearer {}, Bearer {}", "Bearer x, Bearer {}"),
)


@built_once
def loose_authorization_values(token: str) -> st.SearchStrategy[Generated[Values]]:
    """Values of Authorization with the genuine token behind Bearer and something loose, and no other token."""
    around = st.sampled_from(LOOSE)
    more = st.text(st.sampled_from("\t,;:=\"'<>()[]{}"), min_size=1, max_size=3)
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "known": around.map(lambda pattern: (pattern.replace("{}", token),)),
        "before": more.map(lambda text: (f"Bearer {text}{token}",)),
        "behind": more.map(lambda text: (f"Bearer {token}{text.strip()},",)),
    }
    return of_kinds({kind: values.filter(lambda one: sendable(one[0])) for kind, values in kinds.items()})


@built_once
def spaced_authorization(token: str) -> st.SearchStrategy[Generated[Values]]:
    """Authorization with the genuine token behind several spaces, or a scheme in odd case."""
    schemes = st.sampled_from(["bearer", "BEARER", "bEaReR", "BeareR"])
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "odd-case": schemes.map(lambda scheme: (f"{scheme} {token}",)),
        "spaces": st.integers(2, 16).map(lambda number: (f"Bearer{' ' * number}{token}",)),
    }
    return of_kinds(kinds)


WITHOUT_TOKEN = frozenset({"absent", "empty", "scheme-alone", "bad-token"})
"""Classes of Authorization in which no reader finds the genuine token."""

NAMES = ("Authorization", "X-Tenant-ID", "X-Org-ID")

# No Referer and no Origin: what guards browsers, such as rack-protection, refuses those of other sites.
HARMLESS: tuple[Field, ...] = (
    ("Accept", "application/json"),
    ("Accept-Language", "de;q=0.5, en"),
    ("Cache-Control", "no-cache"),
    ("Cookie", "theme=dark"),
    ("X-Request-ID", "00000000-0000-4000-8000-000000000000"),
    ("X-Tenant", "unread"),
    ("X-Org", "unread"),
    ("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)


@built_once
def three_headers(
    genuine: Genuine, *, without_credentials: bool = False
) -> st.SearchStrategy[Generated[tuple[Field, ...]]]:
    """Authorization, X-Tenant-ID and X-Org-ID in any state, case, order and company.

    The class tells which of them are not as documented. `without_credentials` keeps the genuine token
    out, under whatever scheme.
    """
    refused = authorization_values(genuine.token)
    if without_credentials:
        refused = refused.filter(lambda generated: generated.kind in WITHOUT_TOKEN)
    else:
        refused |= spaced_authorization(genuine.token) | loose_authorization_values(genuine.token)
    states = (
        ("Authorization", f"Bearer {genuine.token}", refused),
        ("X-Tenant-ID", genuine.tenant_id, scope_values(genuine.tenant_id)),
        ("X-Org-ID", genuine.org_id, scope_values(genuine.org_id)),
    )
    companies = st.lists(st.sampled_from(HARMLESS), max_size=3, unique=True)

    @st.composite
    def drawn(draw: st.DrawFn) -> Generated[tuple[Field, ...]]:
        wrong = {name for name in NAMES if draw(EITHER)}
        if without_credentials:
            wrong = {*wrong, "Authorization"}
        fields: list[Field] = []
        for name, right, others in states:
            values = draw(others).value if name in wrong else (right,)
            fields += [(draw(_cased(name)), value) for value in values]
        fields += draw(companies)
        kind = "+".join(name for name in NAMES if name in wrong) or "as documented"
        return Generated(tuple(fields[index] for index in draw(orders(len(fields)))), kind)

    return drawn()


@built_once
def _cased(name: str) -> st.SearchStrategy[str]:
    """The name as the guide spells it, in every second draw: other spellings are judged by the model less strictly."""
    return st.sampled_from([name, name, name, name.lower(), name.upper(), name.swapcase()])

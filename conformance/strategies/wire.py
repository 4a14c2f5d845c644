"""Field values that only a raw socket sends (RFC 9110 §5.5, RFC 9112 §5)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.strategies.generated import Generated, of_kinds

KINDS: dict[str, st.SearchStrategy[bytes]] = {
    "nul": st.just(b"\0"),
    "carriage return": st.just(b"\r"),
    "line feed": st.just(b"\n"),
    "folded line": st.sampled_from([b"\r\n ", b"\r\n\t", b"\n "]),
    "control": st.integers(1, 31)
    .filter(lambda octet: octet not in b"\t\n\r")
    .map(lambda octet: bytes([octet])),
    "delete": st.just(b"\x7f"),
    "eight bits": st.binary(min_size=1, max_size=3).map(
        lambda octets: bytes(octet | 0x80 for octet in octets)
    ),
}


def octets(token: str) -> st.SearchStrategy[Generated[bytes]]:
    """Authorization values with octets inside the genuine token that no HTTP client sends.

    The octets are never at an end of the token: a parser may strip them there and find it genuine.
    """
    text = token.encode("ascii")
    places = st.integers(1, len(text) - 1)

    def spoiled(inserted: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        return st.builds(
            lambda place, more: b"Bearer " + text[:place] + more + text[place:], places, inserted
        )

    return of_kinds({kind: spoiled(inserted) for kind, inserted in KINDS.items()})

"""Whole requests for protected resources, by any method and under any spelling of the path."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.http.message import SAFE_METHODS, Request
from conformance.strategies.generated import WORDS, Generated, Genuine, built_once, of_kinds, one_of
from conformance.strategies.headers import three_headers

ALL_METHODS = (*sorted(SAFE_METHODS), "POST", "PUT", "PATCH", "DELETE")


@built_once
def path_forms(target: str, base_path: str = "") -> st.SearchStrategy[Generated[str]]:
    """Spellings of a protected path, as a request target in origin form (RFC 9112 §3.2.1).

    The target begins with `base_path`, which stays as it is: it leads to the API, and is no part of it.
    """
    path = target.removeprefix(base_path)
    word = WORDS.map(_escaped)
    slashes = [index for index, char in enumerate(path) if char == "/"]
    slash = st.sampled_from(slashes)
    forms = {
        "as documented": st.just(path),
        "query": word.map(lambda extra: f"{path}?{extra}=1"),
        "trailing slash": st.just(f"{path}/"),
        "doubled slash": slash.map(lambda at: f"{path[:at]}/{path[at:]}"),
        "dot segment": slash.map(lambda at: f"{path[:at]}/.{path[at:]}"),
        "parent segment": st.builds(lambda at, extra: f"{path[:at]}/{extra}/..{path[at:]}", slash, word),
        "parameter": word.map(lambda extra: f"{path};{extra}"),
        "suffix": word.map(lambda extra: f"{path}.{extra}"),
        "encoded end": st.sampled_from(["%00", "%20", "%0a", "%23", "%3f"]).map(lambda end: path + end),
    }
    if slashes[1:]:
        inner = st.sampled_from(slashes[1:])
        forms["encoded slash"] = inner.map(lambda at: f"{path[:at]}%2f{path[at + 1 :]}")
    if letters := [index for index, char in enumerate(path) if char.isalpha()]:
        letter = st.sampled_from(letters)
        forms["encoded letter"] = letter.map(lambda at: f"{path[:at]}%{ord(path[at]):02x}{path[at + 1 :]}")
        forms["other case"] = letter.map(lambda at: f"{path[:at]}{path[at:].swapcase()}")
    return of_kinds({kind: form.map(base_path.__add__) for kind, form in forms.items()})


def _escaped(text: str) -> str:
    return "".join(char if char.isalnum() else f"%{ord(char):02X}" for char in text)


@built_once
def requests(
    genuine: Genuine,
    paths: tuple[str, ...],
    methods: tuple[str, ...] = tuple(sorted(SAFE_METHODS)),
    *,
    base_path: str = "",
) -> st.SearchStrategy[Generated[Request]]:
    """A request for one of these protected paths, spelled below `base_path`. The class is the form of the path.

    A method that may change something never goes out with a genuine token, under whatever scheme.
    """
    forms = {path: path_forms(path, base_path) for path in paths}

    @st.composite
    def drawn(draw: st.DrawFn) -> Generated[Request]:
        form = draw(forms[draw(one_of(*paths))])
        method = draw(one_of(*methods))
        headers = draw(three_headers(genuine, without_credentials=method not in SAFE_METHODS)).value
        body = b""
        if method in {"POST", "PUT", "PATCH"}:
            headers, body = (*headers, ("Content-Type", "application/json")), b'{"name":"probe"}'
        return Generated(Request(method, form.value, headers, body), form.kind)

    return drawn()

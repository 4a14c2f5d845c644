"""Shell lines: what bash makes of them is what was sent, and no secret stands in them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.evidence.redaction import Redactor
from conformance.evidence.reproduction import LONGEST_LINE, again, curl, send_line
from conformance.http.message import Request
from conformance.http.raw import RawRequest
from conformance.http.send import unescaped
from conformance.selftest.grams import grams

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJjYW5hcnktc3ViamVjdCJ9.Q0FOQVJZLXNpZ25hdHVyZS1vZi1ub2JvZHk"
FIRST = ["-i", "--path-as-is", "--max-time", "10", "-A", "synq-conformance"]
PRINTS = 'curl() { printf "%s\\0" "$@"; }; synq-conformance() { shift; printf "%s\\0" "$@"; }; '


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.name(TOKEN, "$SYNQ_TOKEN")
    return redactor


def words(line: str | None, token: str = TOKEN) -> list[str]:
    """The arguments of the line's command, as bash hands them over."""
    assert line is not None
    environ = {"SYNQ_TOKEN": token, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603 - our own line
        ["/bin/bash", "-c", PRINTS + line], env=environ, capture_output=True, timeout=20, check=True
    )
    return done.stdout.decode("latin-1").split("\0")[:-1]


def test_the_fields_of_every_request_stand_in_the_line() -> None:
    """Each unless the request brings its own; a User-Agent of theirs takes the place of the usual one."""
    fields = {"User-Agent": "synq ci", "X-Stage": "blue"}
    request = Request("GET", "/p", (("X-Stage", "red"),))
    line = curl("http://h", request, Redactor(), fields=fields)
    assert words(line) == [*FIRST[:-2], "http://h/p", "-H", "X-Stage: red", "-H", "User-Agent: synq ci"]
    in_two_lines = curl("http://h", Request("GET", "/p", (("X-Odd", "1\r\n2"),)), Redactor(), fields=fields)
    assert in_two_lines is not None
    assert "User-Agent: synq ci\\r\\nX-Stage: blue" in in_two_lines
    assert "synq-conformance" not in in_two_lines.removeprefix("synq-conformance send")


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        pytest.param(Request("GET", "/p"), ["http://h/p"], id="get"),
        pytest.param(Request("HEAD", "/p"), ["--head", "http://h/p"], id="head"),
        pytest.param(Request("CONNECT", "/p"), ["-X", "CONNECT", "http://h/p"], id="connect"),
        pytest.param(Request("A B", "/p"), ["-X", "A B", "http://h/p"], id="odd-method"),
        pytest.param(
            Request("POST", "/p", (("Content-Type", "application/json"),), b"{}"),
            ["-X", "POST", "http://h/p", "-H", "Content-Type: application/json", "--data-raw", "{}"],
            id="post",
        ),
        pytest.param(
            Request("POST", "/p"),
            ["-X", "POST", "http://h/p", "-H", "Content-Type:", "--data-raw", ""],
            id="post-of-nothing",
        ),
        pytest.param(
            Request("GET", "/p", (), b"@x"),
            ["-X", "GET", "http://h/p", "-H", "Content-Type:", "--data-raw", "@x"],
            id="get-with-a-body",
        ),
        pytest.param(
            Request("GET", "/p?a=1&b=$x", (("A", "it's"), ("B", ""))),
            ["http://h/p?a=1&b=$x", "-H", "A: it's", "-H", "B;"],
            id="quoted",
        ),
        pytest.param(Request("GET", "/p", (("A", " \t"),)), ["http://h/p", "-H", "A;"], id="blank-value"),
        pytest.param(Request("GET", "/p{1}[2]"), ["--globoff", "http://h/p{1}[2]"], id="braces-in-the-path"),
        pytest.param(Request("GET", "/p#x"), ["--request-target", "/p#x", "http://h/"], id="fragment"),
        pytest.param(Request("GET", "*"), ["--request-target", "*", "http://h/"], id="asterisk"),
        pytest.param(Request("GET", "/p", (("A", "\xe9\1'\\"),)), ["http://h/p", "-H", "A: \xe9\1'\\"], id="octets"),
    ],
)
def test_curl_is_told_to_send_the_very_request(redactor: Redactor, request_: Request, sent: list[str]) -> None:
    """Method, target, fields and body, and nothing of curl's own."""
    assert words(curl("http://h", request_, redactor)) == [*FIRST, *sent]


def test_curl_sends_the_user_agent_that_was_sent(redactor: Redactor) -> None:
    """The suite's own, unless the request has another."""
    request = Request("GET", "/p", (("user-agent", "x"),))
    assert words(curl("http://h", request, redactor)) == [*FIRST[:4], "http://h/p", "-H", "user-agent: x"]


VALUES = {
    "whole": (f"Bearer {TOKEN}", '"A: Bearer $SYNQ_TOKEN"'),
    "glued": (f"Bearer{TOKEN}", '"A: Bearer$SYNQ_TOKEN"'),
    "letter-behind": (f"Bearer {TOKEN}x", '"A: Bearer ${SYNQ_TOKEN}x"'),
    "quoted": (f'Bearer "{TOKEN}"', '"A: Bearer \\"$SYNQ_TOKEN\\""'),
    "comma": (f"Bearer {TOKEN},", '"A: Bearer $SYNQ_TOKEN,"'),
    "twice": (f"Bearer {TOKEN} {TOKEN}", '"A: Bearer $SYNQ_TOKEN $SYNQ_TOKEN"'),
    "tab": (f"Bearer\t{TOKEN}", "$'A: Bearer\\x09'\"$SYNQ_TOKEN\""),
    "exclamation-mark": (f"Bearer !{TOKEN}", "'A: Bearer !'\"$SYNQ_TOKEN\""),
    "dollar": (f"Bearer $x {TOKEN}", '"A: Bearer \\$x $SYNQ_TOKEN"'),
    "blank-inserted": (f"{TOKEN[:90]} {TOKEN[90:]}", '"A: ${SYNQ_TOKEN:0:90} ${SYNQ_TOKEN:90}"'),
    "character-changed": (f"{TOKEN[:90]}!{TOKEN[91:]}", "'A: '\"${SYNQ_TOKEN:0:90}\"'!'\"${SYNQ_TOKEN:91}\""),
    "cut-off": (TOKEN[:100], '"A: ${SYNQ_TOKEN:0:100}"'),
    "signature-alone": (TOKEN.rpartition(".")[2], '"A: ${SYNQ_TOKEN:69}"'),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_derived_from_a_token_is_written_as_what_it_is(redactor: Redactor, name: str) -> None:
    """The shell makes the very same value of its variable, whole or in parts."""
    value, argument = VALUES[name]
    line = curl("http://h", Request("GET", "/p", (("A", value),)), redactor)
    assert line is not None
    assert line.endswith(f"-H {argument}")
    assert words(line)[-1] == f"A: {value}"


PIECES = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=6),
        st.tuples(st.integers(0, 60), st.integers(80, len(TOKEN))).map(lambda cut: TOKEN[cut[0] : cut[1]]),
    ),
    min_size=1,
    max_size=4,
).map("".join)


@settings(max_examples=40, deadline=None)
@given(value=PIECES.filter(lambda text: bool(text.strip())))
def test_bash_makes_the_value_that_was_sent(redactor: Redactor, value: str) -> None:
    """Whatever stands around and between pieces of the token."""
    line = curl("http://h", Request("GET", "/p", (("A", value),)), redactor)
    if line is not None:
        assert words(line)[-1] == f"A: {value}"
        assert not grams(TOKEN.partition(".")[2]) & grams(line)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("GET", "/p", (("A", f"{TOKEN[:35]}.eyJzdWIiOiJvdGhlciJ9.c2ln"),)), id="other-token"),
        pytest.param(Request("GET", "/p", (("A", "x" * LONGEST_LINE),)), id="long"),
        pytest.param(Request("POST", "/p", (), b'{"password": "certainly-not"}'), id="password"),
        pytest.param(Request("GET", "/p", (("Cookie", "session=another-secret"),)), id="cookie"),
    ],
)
def test_there_is_no_line_that_a_shell_could_not_make(redactor: Redactor, request_: Request) -> None:
    """What no variable holds, or is too long to paste, has no line of its own."""
    assert curl("http://h", request_, redactor) is None


def test_a_forged_token_is_a_command() -> None:
    """The token of an attack is made anew where the line runs."""
    redactor = Redactor()
    redactor.name(TOKEN, "$SYNQ_TOKEN")
    redactor.derive("a token with blanks, !, and so on", "$(synq-conformance forge an-attack)", expands=True)
    fields = (("Authorization", "Bearer a token with blanks, !, and so on"),)
    line = curl("http://h", Request("GET", "/p", fields), redactor)
    assert line is not None
    assert line.endswith('-H "Authorization: Bearer $(synq-conformance forge an-attack)"')


def test_a_token_that_no_command_makes_again_has_no_line() -> None:
    """It was made with a key of the run's own, or of a token that only the run had."""
    redactor = Redactor()
    redactor.derive("a token that points to a listener", "$(synq-conformance forge jku)", expands=False)
    request = Request("GET", "/p", (("Authorization", "Bearer a token that points to a listener"),))
    assert curl("http://h", request, redactor) is None


SEGMENTS: tuple[tuple[bytes, ...], ...] = (
    (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",),
    (b"GET / HTTP/1.1\r\nAuth", f"orization: Bearer {TOKEN}\r\n\r\n".encode()),
    (f"GET / HTTP/1.1\r\nAuthorization: Bearer {TOKEN[:75]}".encode(), f"{TOKEN[75:]}\r\n\r\n".encode()),
    (bytes(range(256)),),
    (b"a\\r\\x41\\\\ $x `y` \"z\" !1 'w'",),
)


@pytest.mark.parametrize("segments", SEGMENTS)
def test_octets_are_sent_as_they_were_in_the_same_segments(redactor: Redactor, segments: tuple[bytes, ...]) -> None:
    """Each segment is an argument, in which odd octets are spelled."""
    octets = RawRequest(segments, Request("GET", "/"), requests=2)
    given_, *rest = _split(words(send_line("http://h", octets, redactor)), at="http://h")
    assert given_ == ["--max-time", "3", "--answers", "2"]
    assert [unescaped(word.encode("latin-1")) for word in rest[0]] == list(segments)


def _split(found: list[str], at: str) -> Iterable[list[str]]:
    place = found.index(at)
    return found[:place], found[place + 1 :]


def test_what_curl_cannot_send_is_sent_as_octets(redactor: Redactor) -> None:
    """An argument of a command holds no NUL."""
    *_, octets = words(curl("http://h", Request("POST", "/p", (("Content-Type", "a/b"),), b'{"a\0"}'), redactor))
    assert unescaped(octets.encode("latin-1")).endswith(b'Content-Length: 6\r\nContent-Type: a/b\r\n\r\n{"a\0"}')


@pytest.mark.parametrize(
    ("check", "selected"),
    [("test_it", "test_it"), ("test_it[a-case+b]", "test_it[a-case+b]"), ("test_it[a=b c]", "test_it")],
)
def test_a_case_is_judged_again_by_its_name(check: str, selected: str) -> None:
    """pytest's -k takes no name with blanks in it; then the whole check is run. The report at hand is left alone."""
    line = again(["--profile", "my profile.toml"], ["alg-none"], check, report_dir=Path("out"), options=["--seed", "7"])
    assert shlex.split(line) == [
        *("synq-conformance", "server", "--profile", "my profile.toml", "--rule", "alg-none", "--seed", "7"),
        *("--report-dir", "out/again", "--", "-k", selected),
    ]  # fmt: skip

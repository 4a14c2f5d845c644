"""Shell lines (bash, zsh) that show a finding again. None holds a secret: each puts a variable in its place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from conformance.evidence.redaction import Piece, Redactor, Stand
from conformance.http.address import origin
from conformance.http.identity import NO_FIELDS, USER_AGENT, ordinary
from conformance.http.message import Field, Request
from conformance.http.raw import RawRequest
from conformance.http.route import Route
from conformance.http.tls import TlsFiles, is_pem
from conformance.http.transport import framed

NO_FILES = TlsFiles()
LONGEST_LINE = 2_000
"""Characters of a line that a reader may still want to read and paste."""
LONGEST_VALUE = 100_000
"""Characters of a value that still fits into an argument of a command (128 KiB on Linux)."""
AGAIN = "again"
"""The folder below the report folder where a line that runs the suite leaves its report."""

_NOT_IN_QUOTES = re.compile(r"[^ -~]|!")  # an interactive shell takes ! for its history, even between double quotes
_SELECTS = re.compile(r"[\w:+.\[\]\\/-]+")
"""What an expression of pytest's -k may be made of."""
_GOES_ON = re.compile(r"[\w\[:]")


def curl(
    base_url: str,
    request: Request,
    redactor: Redactor,
    *,
    timeout_s: float = 10,
    tls: TlsFiles = NO_FILES,
    fields: Mapping[str, str] = NO_FIELDS,
) -> str | None:
    """A curl line that sends the request once more; None if no shell line can express the request.

    `fields` are those of every request to the target.
    """
    texts = (request.method, request.target, request.body.decode("latin-1"), *(value for _, value in request.headers))
    if max(map(len, texts)) > LONGEST_VALUE:
        return None
    if _is_beyond_curl(request, "".join(texts)):
        octets = framed(request, Route(base_url, timeout_s, ordinary=ordinary(None, fields)))
        return send_line(base_url, RawRequest((octets,), request), redactor, timeout_s=timeout_s, tls=tls)
    words: list[list[Piece]] = [["-i"], ["--path-as-is"], ["--max-time"], [f"{timeout_s:g}"]]
    words += [[word] for word in _tls_words(tls, "--cacert", "--cert", "--key")]
    besides = [(name, value) for name, value in fields.items() if not request.values(name)]
    if not any(name.lower() == "user-agent" for name, _ in (*request.headers, *besides)):
        words += [["-A"], [USER_AGENT]]
    with_body = bool(request.body) or request.method in {"POST", "PUT", "PATCH"}  # framed by a length, even if empty
    if request.method == "HEAD":
        words += [["--head"]]
    elif request.method != "GET" or with_body:
        words += [["-X"], [request.method]]
    if re.search(r"[][{}]", request.target):
        words += [["--globoff"]]
    if _is_no_path(request.target):
        words += [["--request-target"], redactor.pieces(request.target), [f"{origin(base_url)}/"]]
    else:
        words += [[origin(base_url), *redactor.pieces(request.target)]]
    for field in (*request.headers, *besides):
        words += [["-H"], _header_argument(field, redactor)]
    if with_body:
        words += [] if request.values("Content-Type") else [["-H"], ["Content-Type:"]]
        words += [["--data-raw"], redactor.pieces(request.body.decode("latin-1"))]
    return _line("curl", map(_word, words))


def _is_no_path(target: str) -> bool:
    return not target.startswith("/") or re.search(r"[#\s]|[^ -~]", target) is not None


def _is_beyond_curl(request: Request, texts: str) -> bool:
    """Whether no argument can hold it, or curl has no way to send it."""
    two_lines = any(set("\r\n") & set(value) for _, value in request.headers)
    return two_lines or "\0" in texts or (request.method == "HEAD" and bool(request.body))


def _header_argument(field: Field, redactor: Redactor) -> list[Piece]:
    name, value = field
    return [f"{name}: ", *redactor.header_pieces(name, value)] if value.strip() else [f"{name};"]


def _tls_words(tls: TlsFiles, *options: str) -> Iterator[str]:
    """The options for the files of certificates; what was given as PEM is in no file that they could name."""
    for option, file in zip(options, (tls.ca, tls.client_certificate, tls.client_key), strict=True):
        if file is not None:
            yield from (option, "FILE" if is_pem(file) else file)


def send_line(
    base_url: str, octets: RawRequest, redactor: Redactor, *, timeout_s: float = 3, tls: TlsFiles = NO_FILES
) -> str | None:
    """A line that sends octets as they are, in the same segments; None if no shell could make it."""
    words: list[str | None] = ["--max-time", f"{timeout_s:g}"]
    if octets.requests > 1:
        words += ["--answers", str(octets.requests)]
    words += map(shlex.quote, _tls_words(tls, "--ca", "--client-certificate", "--client-key"))
    words += [shlex.quote(base_url)]
    words += [_segment(redactor.pieces(segment.decode("latin-1"))) for segment in octets.segments]
    return _line("synq-conformance send", words)


def again(
    target: Sequence[str], rules: Sequence[str], check: str, *, report_dir: Path | None, options: Sequence[str] = ()
) -> str:
    """The line that judges one case once more, by its check's name as pytest has it.

    Its report goes to a folder of its own: the one at hand is not to be lost.
    """
    only = check if _SELECTS.fullmatch(check) else check.partition("[")[0]
    words = ["synq-conformance", "server", *target, *(word for rule in rules for word in ("--rule", rule)), *options]
    words += ["--report-dir", str((report_dir or Path("reports")) / AGAIN), "--", "-k", only]
    return shlex.join(words)


def _line(command: str, words: Iterable[str | None]) -> str | None:
    found = list(words)
    line = " ".join([command, *(word for word in found if word is not None)])
    return line if None not in found and len(line) <= LONGEST_LINE else None


def _word(pieces: list[Piece]) -> str | None:
    """The pieces as one word of a shell; None if it has no way to what stands in a secret's place."""
    if any(isinstance(piece, Stand) and not piece.expands for piece in pieces):
        return None
    pieces = _joined(pieces)
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        return _quoted("".join(texts))
    if any(_NOT_IN_QUOTES.search(text) for text in texts):
        return "".join(_quoted(piece) if isinstance(piece, str) else f'"{piece.label}"' for piece in pieces)
    return _in_quotes(pieces, lambda text: re.sub(r'(["$`\\])', r"\\\1", text))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The same pieces, with adjoining texts joined."""
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _in_quotes(pieces: list[Piece], escaped: Callable[[str], str]) -> str:
    """The pieces between double quotes, in which a shell expands what stands for a secret."""
    following = [*pieces[1:], ""]
    inside = (
        escaped(piece) if isinstance(piece, str) else _braced(piece.label, after)
        for piece, after in zip(pieces, following, strict=True)
    )
    return f'"{"".join(inside)}"'


def _braced(label: str, after: Piece) -> str:
    """A variable's name in braces, if the text behind it would be read as a part of it."""
    goes_on = isinstance(after, str) and _GOES_ON.match(after)
    return f"${{{label[1:]}}}" if goes_on and label[1:2] not in "{(" else label


def _quoted(text: str) -> str:
    if text.isprintable() and text.isascii():
        return shlex.quote(text)
    escaped = "".join(
        char if char.isascii() and char.isprintable() and char not in "'\\" else f"\\x{ord(char):02x}" for char in text
    )
    return f"$'{escaped}'"


def _segment(pieces: list[Piece]) -> str | None:
    if any(isinstance(piece, Stand) and not piece.expands for piece in pieces):
        return None
    return _in_quotes(pieces, lambda text: "".join(map(_octet, text)))


def _octet(char: str) -> str:
    named = {"\r": "\\r", "\n": "\\n"}
    plain = char.isascii() and char.isprintable() and char not in '"$`\\!'
    return char if plain else named.get(char, f"\\x{ord(char):02x}")

"""Taking secrets out of text: in every place, every encoding, and in pieces."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote, quote_plus

from conformance.evidence.cuts import Cuts, Stretch
from conformance.evidence.harmless import Harmless

SHORTEST_CONTAINED = 4
"""A configured secret shorter than this is replaced only if it is the whole value."""
LONGEST_PUBLIC = 11
"""Characters of an unknown text that may stand between pieces of a known token: too few to be of any use."""
SHORTEST_DERIVED = 20
"""What is shorter gives nothing away, and is best shown as it stands."""

_TOKEN_RUN = re.compile(r"[A-Za-z0-9_.=-]{10,}+")
"""All that may be a token or a part of one, taken whole: to look for its beginning at every character is quadratic."""
_OBJECT = re.compile(r"e(?:y[A-DI-L]|w[k-r0-3]|30)")
"""How base64url of a JSON object begins (RFC 4648 §5): a brace, and a quote, a blank or another brace."""
_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")
_OPENED = re.compile(rb'\{\s*["}]')
_CREDENTIAL = re.compile(r"[A-Za-z0-9._~+/=-]{20,}")
_FIELD = re.compile(
    r"""(?ix) (["']? \b (?: password | passwd | access_token | refresh_token | id_token | client_secret
        | token ) \b ["']? \s* [:=] \s* ["']? ) (?! \[ | \$[({]?synq )
        (?! (?<=:\ ) [a-z]+ (?:\s|$) ) ([^"'&\s,;}]{4,})"""
)
"""A value after a name of a secret, save for a plain word after a colon: that is how a sentence goes on."""
_OPTION = re.compile(r"(?i)(--?[\w-]*(?:passw|secret|token|credential|key)[\w-]*(?:=|\s+))(\S+)")
_SECRET_HEADERS = {"authorization", "proxy-authorization"}
_COOKIE_HEADERS = {"cookie", "set-cookie"}
_PRIVATE_HEADERS = _SECRET_HEADERS | _COOKIE_HEADERS


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands in a secret's place."""

    label: str
    """As reports and shell lines have it: `$SYNQ_TOKEN`, `${SYNQ_TOKEN:0:40}`, `[token 0a1b2c3d]`."""
    expands: bool = False
    """Whether a shell that has the documented variables puts the very same text there."""


Piece = str | Stand
"""Text that may be shown, or what stands in a secret's place."""


class Redactor:
    """Knows the secrets of a run and what stands in their place in the record of exchanges.

    A named secret becomes its name (`$SYNQ_TOKEN`), a part of it a part of the name (`${SYNQ_TOKEN:8:40}`, as bash and
    zsh write it), and what was derived from it the command that derives it again. Any other token becomes a
    fingerprint, so that a reader can tell two apart without holding either.
    """

    def __init__(self) -> None:
        self._named: dict[str, Stand] = {}
        self._derived: dict[str, Stand] = {}
        self._forms: dict[str, dict[str, Stand]] = {}
        """The named secrets in every encoding, by their first characters."""
        self._labels: dict[str, str] = {}
        """Of every text whose cuts are looked for."""
        self._cuts = Cuts()
        self._harmless = Harmless()

    def name(self, secret: str, label: str, *, expands: bool | None = None) -> None:
        """From here on `secret` reads as `label`, and its parts as parts of it. The first name given stays, unless the
        secret had only a description in brackets."""
        known = self._named.get(secret)
        if not secret or (known is not None and not known.label.startswith("[")):
            return
        stand = Stand(label, label.startswith("$") if expands is None else expands)
        self._named[secret] = stand
        searched_for = not _is_token(secret) or label.startswith("$SYNQ")  # a token made in the run is looked up
        if searched_for:
            for form in _forms(secret):
                begun = self._forms.setdefault(form[:SHORTEST_CONTAINED], {})
                begun[form] = stand if form == secret else Stand(label)
        self._labels[secret] = label
        blocks = self._cuts.add(secret, _public(secret))
        if searched_for or self._harmless.may_hold(blocks):
            self._harmless.forget()
        if label.startswith("$SYNQ"):
            for form in _encodings(secret):
                self._labels.setdefault(form, f"[{label}]")
                self._cuts.add(form)

    def derive(self, value: str, label: str, *, expands: bool) -> None:
        """From here on a whole token `value` reads as `label`: how it was made of a secret. The last name stays."""
        if len(value) >= SHORTEST_DERIVED:
            self._derived[value] = Stand(label, expands)

    def text(self, text: str) -> str:
        """The text without any secret."""
        if text in self._harmless:
            return text
        redacted = shown(self.pieces(text))
        if redacted == text:
            self._harmless.add(text)
        return redacted

    def pieces(self, text: str) -> list[Piece]:
        """The text in pieces, those that give a secret away replaced."""
        if text in self._named:
            return [self._named[text]]
        pieces = self._without_forms(text)
        for step in (self._without_tokens, self._without_cuts, _without_values):
            pieces = _each(pieces, step)
        return pieces

    def header(self, name: str, value: str) -> str:
        """A field value without any secret: cookies, and what looks like a credential, go too."""
        if name.lower() in _PRIVATE_HEADERS:
            return shown(self.header_pieces(name, value))
        return self.text(value)

    def header_pieces(self, name: str, value: str) -> list[Piece]:
        """A field value in pieces, those that give a secret away replaced."""
        lowered = name.lower()
        if lowered in _COOKIE_HEADERS:
            return self._cookies(value, all_pairs=lowered == "cookie")
        if lowered in _SECRET_HEADERS:
            scheme, blank, credential = value.partition(" ")
            stand = self._derived.get(credential) or self._named.get(credential)
            if stand is not None:
                return [scheme + blank, stand]
            return _each(self.pieces(value), _without_credentials)
        return self.pieces(value)

    def data(self, data: Any) -> Any:  # noqa: ANN401 - JSON data has no narrower type
        """JSON data with every string redacted; a [name, value] pair under "headers" as a field."""
        match data:
            case str():
                return self.text(data)
            case {"headers": list(fields), **rest}:
                redacted = [[self.text(name), self.header(name, value)] for name, value in fields]
                order = {key: rest.get(key) for key in data}
                return {k: redacted if k == "headers" else self.data(v) for k, v in order.items()}
            case dict():
                return {self.text(str(key)): self.data(value) for key, value in data.items()}
            case list() | tuple():
                return [self.data(value) for value in data]
            case _:
                return data

    def option(self, text: str) -> str:
        """What stood on a command line, without the values of options whose names speak of secrets."""
        return _OPTION.sub(lambda match: match[1] + "[redacted]", self.text(text))

    def _without_forms(self, text: str) -> list[Piece]:
        # A pattern of all secrets would be compiled anew with each of them, and tries them one by one at each place.
        places = range(len(text) - SHORTEST_CONTAINED + 1)
        begun = self._forms.keys() & {text[at : at + SHORTEST_CONTAINED] for at in places}
        found = {form: stand for first in begun for form, stand in self._forms[first].items() if form in text}
        pieces: list[Piece] = [text]
        for form in sorted(found, key=lambda form: (-len(form), form)):
            pieces = _each(pieces, partial(_split, form=form, stand=found[form]))
        return pieces

    def _without_tokens(self, text: str) -> Iterator[Piece]:
        """Known tokens by their names; unknown ones by the known pieces that they are made of, or a fingerprint."""
        done = 0
        for match in _TOKEN_RUN.finditer(text):
            start = _token_in(match[0])
            if start is None:
                continue
            yield text[done : match.start() + start]
            yield from self._token(match[0][start:])
            done = match.end()
        yield text[done:]

    def _token(self, token: str) -> Iterator[Piece]:
        bare = token.rstrip(".=")
        for one, rest in ((token, ""), (bare, token[len(bare) :])):
            stand = self._named.get(one) or self._derived.get(one)
            if stand is not None:
                yield from (stand, rest)
                return
        runs = self._cuts.runs(token)
        if 2 * sum(run.length for run in runs) < len(token):
            yield Stand(fingerprint(token))
            return
        done = 0
        for run in runs:
            yield _short_or_hidden(token[done : run.start])
            yield self._part(run)
            done = run.end
        yield _short_or_hidden(token[done:])

    def _without_cuts(self, text: str) -> Iterator[Piece]:
        done = 0
        for run in self._cuts.runs(text):
            yield from (text[done : run.start], self._part(run))
            done = run.end
        yield text[done:]

    def _part(self, run: Stretch) -> Stand:
        """The name of a part of a secret. A variable's part is written so that a shell expands it."""
        label = self._labels[run.secret]
        if not label.startswith("$SYNQ"):
            return Stand(label if run.length == len(run.secret) else f"[part of {label}]")
        if run.length == len(run.secret):
            return Stand(label, expands=True)
        length = "" if run.at + run.length == len(run.secret) else f":{run.length}"
        return Stand(f"${{{label[1:]}:{run.at}{length}}}", expands=True)

    def _cookies(self, value: str, *, all_pairs: bool) -> list[Piece]:
        """Of a cookie only its name, unless its value is a secret that has a name. Attributes stay."""
        pieces: list[Piece] = []
        for number, pair in enumerate(value.split(";")):
            name, sign, content = pair.partition("=")
            pieces.append(("" if not number else ";") + name + sign)
            stand = self._named.get(content)
            if not all_pairs and number:
                pieces += self.pieces(content)
            elif sign:
                pieces.append(stand or Stand("[cookie]"))
        return pieces if "=" in value else [Stand("[cookie]")]


class NothingSecret(Redactor):
    """Leaves every text as it is: for a run that keeps no record, and whose secrets end with it."""

    def name(self, secret: str, label: str, *, expands: bool | None = None) -> None:
        """Nothing is secret."""

    def text(self, text: str) -> str:
        """The same text."""
        return text

    def data(self, data: Any) -> Any:  # noqa: ANN401 - JSON data has no narrower type
        """The same data."""
        return data


def shown(pieces: list[Piece]) -> str:
    """The pieces as one text."""
    return "".join(piece if isinstance(piece, str) else piece.label for piece in pieces)


def fingerprint(token: str) -> str:
    """A stand-in by which a token is recognized and from which it cannot be had back."""
    return f"[token {_digest(token)}]"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _each(pieces: list[Piece], step: Callable[[str], Iterator[Piece]]) -> list[Piece]:
    """The pieces, with every text among them taken further apart."""
    apart: list[Piece] = []
    for piece in pieces:
        apart += [piece] if isinstance(piece, Stand) else step(piece)
    return [piece for piece in apart if piece != ""]


def _split(text: str, form: str, stand: Stand) -> Iterator[Piece]:
    first, *others = text.split(form)
    yield first
    for other in others:
        yield from (stand, other)


def _token_in(run: str) -> int | None:
    """The place in characters of a token where a JWT, or its header or payload alone, begins; None if there is none."""
    for found in _OBJECT.finditer(run):
        start = found.start()
        opening = _SEGMENT.match(run, start, start + 24)[0]  # type: ignore[index]  # what was found is a part of it
        if not _OPENED.match(base64.urlsafe_b64decode(opening[: len(opening) // 4 * 4])):
            continue
        end = run.find(".", start)
        long_enough = len(run) - start >= 21 if end < 0 else end - start >= 10 or found[0] == "e30"
        if long_enough:
            return start
    return None


def _short_or_hidden(text: str) -> Piece:
    if len(text) <= LONGEST_PUBLIC:
        return text
    return Stand(f"[{len(text)} characters, {_digest(text)}]")


def _without_credentials(text: str) -> Iterator[Piece]:
    done = 0
    for match in _CREDENTIAL.finditer(text):
        yield from (text[done : match.start()], Stand(fingerprint(match[0])))
        done = match.end()
    yield text[done:]


def _without_values(text: str) -> Iterator[Piece]:
    """The values of members and parameters whose names speak of secrets go."""
    done = 0
    for match in _FIELD.finditer(text):
        yield from (text[done : match.start(2)], Stand("[redacted]"))
        done = match.end()
    yield text[done:]


def _is_token(secret: str) -> bool:
    return secret.count(".") == 2 and _token_in(secret) == 0


def _public(secret: str) -> int:
    """How much of the secret's beginning is public: a JWT's header is that of every token, a key's first line says key.

    Its payload is a part of the secret, although forged tokens begin with the same payload.
    """
    if _is_token(secret):
        return secret.index(".") + 1
    return secret.find("\n") + 1 if secret.startswith("-----BEGIN") else 0


def _forms(secret: str) -> set[str]:
    """The secret as it stands in text, URLs, JSON, markup and base64."""
    raw = secret.encode()
    encoded = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    return {form for form in encoded if len(form) >= SHORTEST_CONTAINED}


def _encodings(secret: str) -> set[str]:
    """The forms of a secret in which it is not read as it stands, base64 wherever it begins in other octets."""
    raw = secret.encode()
    encoders = (base64.b64encode, base64.urlsafe_b64encode)
    shifted = {
        encode(bytes(before) + raw).decode().rstrip("=")[-(-before * 8 // 6) :]
        for before in (0, 1, 2)
        for encode in encoders
    }
    return shifted | {form for form in _forms(secret) if form != secret}

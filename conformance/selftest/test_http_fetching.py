"""Documents are fetched on the way of every other request: private authorities, proxies, redirects, bounds."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import tomli_w

from conformance.http.fetching import Fetcher, FetchError
from conformance.http.tls import TlsFiles
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.answering import answering
from conformance.selftest.commands import synq_conformance
from conformance.selftest.loopback import HOST
from conformance.selftest.ways import Issuer, forward_proxy, tls_in_front

TARGET = "https://synq.test"
LARGEST = 100_000


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def fetcher(base_url: str = TARGET, tls: TlsFiles | None = None, **environ: str) -> Fetcher:
    return Fetcher(base_url, tls or TlsFiles(), environ, timeout_s=5, largest=LARGEST)


def test_a_private_authority_is_trusted_that_the_profile_names(issuer: Issuer) -> None:
    """For the target's own origin and for another one, which the same authority may have certified."""
    tls = TlsFiles(str(issuer.certificate))
    with answering((200, "", b"{}")) as (plain, _), tls_in_front(plain, issuer.server_context()) as url:
        assert fetcher(url, tls).fetch(f"{url}/a") == b"{}"
        assert fetcher(TARGET, tls).fetch(f"{url}/a") == b"{}"


def test_a_public_certificate_of_another_origin_is_trusted_as_well(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile's authority is the target's; a description may lie on a public site."""
    (tmp_path / "other").mkdir()
    public = Issuer(tmp_path / "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(public.certificate))
    with answering((200, "", b"{}")) as (plain, _), tls_in_front(plain, public.server_context()) as url:
        assert fetcher(TARGET, TlsFiles(str(issuer.certificate))).fetch(url) == b"{}"
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetcher(url, TlsFiles(str(issuer.certificate))).fetch(url)


def test_an_unknown_authority_is_told_with_what_to_give(issuer: Issuer) -> None:
    """The message names the key of the profile."""
    with answering((200, "", b"{}")) as (plain, asked), tls_in_front(plain, issuer.server_context()) as url:
        with pytest.raises(FetchError, match=r"give that as tls\.ca in the profile"):
            fetcher().fetch(url)
        assert asked == []


def test_the_client_certificate_goes_to_the_target_s_own_origin_alone(issuer: Issuer) -> None:
    """Another site is not told who the client is."""
    tls = TlsFiles(str(issuer.certificate), str(issuer.client), str(issuer.client_key))
    wary = issuer.server_context(wants_client=True)
    with answering((200, "", b"{}")) as (plain, _), tls_in_front(plain, wary) as url:
        assert fetcher(url, tls).fetch(url) == b"{}"
        with pytest.raises(FetchError):
            fetcher(TARGET, tls).fetch(url)


def test_what_every_request_bears_goes_to_the_target_s_own_origin_alone() -> None:
    """Its description may redirect to another site, which is not told a gateway's key."""
    with answering((200, "", b"[]")) as (other, there), answering((302, f"{other}/b", b"")) as (url, asked):
        own = Fetcher(url, TlsFiles(), {}, timeout_s=5, largest=LARGEST, fields={"X-Gateway-Key": "key-1"})
        assert own.fetch(f"{url}/a") == b"[]"
    assert [one.values("X-Gateway-Key") for one in (*asked, *there)] == [("key-1",), ()]


def test_a_proxy_of_the_environment_is_used(tmp_path: Path) -> None:
    """Unless NO_PROXY excepts the address."""
    with answering((200, "", b"{}")) as (url, asked), forward_proxy(tmp_path) as proxy:
        assert fetcher(HTTP_PROXY=proxy).fetch(f"{url}/a?b=c") == b"{}"
        assert asked[0].target == "/a?b=c"
        assert [name for name, _ in asked[0].headers if name.lower() == "via"]
        assert fetcher(HTTP_PROXY="http://127.0.0.1:9", NO_PROXY=HOST).fetch(url) == b"{}"
    with pytest.raises(FetchError, match="HTTP_PROXY: socks5"):
        fetcher(HTTP_PROXY="socks5://127.0.0.1:9").fetch("http://synq.test/")


def test_redirects_are_followed_a_few_times() -> None:
    """They end somewhere, and the name and password of a URL stay on its origin."""
    with (
        answering((200, "", b"[]")) as (other, there),
        answering((302, "/b", b""), (308, f"{other}/c?d", b"")) as found,
    ):
        url, asked = found
        assert fetcher().fetch(url.replace("://", "://name:word@") + "/a") == b"[]"
    assert [one.target for one in (*asked, *there)] == ["/a", "/b", "/c?d"]
    basic = f"Basic {base64.b64encode(b'name:word').decode()}"
    assert [one.values("Authorization") for one in (*asked, *there)] == [(basic,), (basic,), ()]
    with answering((302, "/a", b"")) as (url, asked), pytest.raises(FetchError, match="was answered 302"):
        fetcher().fetch(url)
    assert len(asked) == 6


def test_no_redirect_leads_from_https_to_http(issuer: Issuer) -> None:
    """What was asked for over TLS is not believed in clear."""
    tls = TlsFiles(str(issuer.certificate))
    with answering((200, "", b"{}")) as (clear, seen), answering((302, clear, b"")) as (plain, _):
        with tls_in_front(plain, issuer.server_context()) as url, pytest.raises(FetchError, match="leads to http:"):
            fetcher(url, tls).fetch(url)
        assert seen == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param((404, "", b""), "was answered 404", id="not-found"),
        pytest.param((200, "", b" " * 500_000), "more than 100000 octets", id="endless"),
    ],
)
def test_what_cannot_be_fetched_is_told(answer: tuple[int, str, bytes], said: str) -> None:
    """With the URL, without its password."""
    with answering(answer) as (url, _), pytest.raises(FetchError, match=said) as raised:
        fetcher().fetch(url.replace("://", "://name:word@"))
    assert "word" not in str(raised.value)


def test_a_description_is_fetched_by_the_profile_s_tls(issuer: Issuer, tmp_path: Path) -> None:
    """A run whose target has a private certificate reads the description that the target serves."""
    synq = create()
    with serve(synq) as running, tls_in_front(running.base_url, issuer.server_context()) as url:
        profile = describe(synq, url) | {"tls": {"ca": "ca.pem"}, "openapi": {"url": f"{url}/openapi.yaml"}}
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = ("--rule", "documented-request", "--rule", "operation-without-token", "--depth", "quick")
        ended = synq_conformance("server", "--profile", "profile.toml", *rules, folder=tmp_path)
    assert ended.code == 0, ended.err
    report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
    assert len(report["operations"]) > 5

"""The proxy that the environment names, and the targets that it excepts."""

from __future__ import annotations

import pytest

from conformance.http.proxies import ProxyError, proxy_for

PROXY = {"HTTP_PROXY": "http://plain:1", "HTTPS_PROXY": "http://secure:2", "ALL_PROXY": "http://all:3"}


@pytest.mark.parametrize(
    ("url", "environ", "host", "variable"),
    [
        pytest.param("http://synq.test", PROXY, "plain", "HTTP_PROXY", id="http"),
        pytest.param("https://synq.test", PROXY, "secure", "HTTPS_PROXY", id="https"),
        pytest.param("https://synq.test", {"ALL_PROXY": "http://all:3"}, "all", "ALL_PROXY", id="all"),
        pytest.param("http://synq.test", PROXY | {"http_proxy": "http://low:4"}, "low", "http_proxy", id="lower-case"),
        pytest.param("http://synq.test", {"HTTP_PROXY": "bare:3128"}, "bare", "HTTP_PROXY", id="without-scheme"),
        pytest.param("http://synq.test", {"HTTP_PROXY": "http://[::1]:3128"}, "::1", "HTTP_PROXY", id="ipv6"),
    ],
)
def test_which_variable_names_the_proxy(url: str, environ: dict[str, str], host: str, variable: str) -> None:
    """By the target's scheme, in lower case first, and ALL_PROXY last."""
    proxy = proxy_for(url, environ)
    assert proxy is not None
    assert (proxy.host, proxy.named_by) == (host, variable)


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="none"),
        pytest.param({"HTTP_PROXY": ""}, id="empty"),
        pytest.param({"HTTPS_PROXY": "http://secure:2"}, id="for-the-other-scheme"),
        pytest.param({"HTTP_PROXY": "http://plain:1", "REQUEST_METHOD": "GET"}, id="cgi"),
    ],
)
def test_no_proxy_is_named(environ: dict[str, str]) -> None:
    """In a CGI program HTTP_PROXY is what the client sent as Proxy."""
    assert proxy_for("http://synq.test", environ) is None


@pytest.mark.parametrize(
    ("listed", "url", "excepted"),
    [
        pytest.param("synq.test", "http://synq.test", True, id="name"),
        pytest.param("synq.test", "http://api.synq.test", True, id="subdomain"),
        pytest.param(".synq.test", "http://api.synq.test", True, id="domain-with-dot"),
        pytest.param("*.synq.test", "http://api.synq.test", True, id="domain-with-star"),
        pytest.param("q.test", "http://synq.test", False, id="not-the-end-of-a-label"),
        pytest.param("other, SYNQ.test ", "http://Synq.Test", True, id="list-and-case"),
        pytest.param("*", "http://synq.test", True, id="everything"),
        pytest.param("127.0.0.1", "http://127.0.0.1:8000", True, id="address"),
        pytest.param("10.0.0.0/8", "http://10.1.2.3", True, id="network"),
        pytest.param("10.0.0.0/8", "http://11.1.2.3", False, id="another-network"),
        pytest.param("::1", "http://[::1]:8000", True, id="ipv6"),
        pytest.param("synq.test:8000", "http://synq.test:8000", True, id="with-its-port"),
        pytest.param("synq.test:8000", "http://synq.test", False, id="with-another-port"),
        pytest.param("", "http://synq.test", False, id="empty"),
    ],
)
def test_targets_without_a_proxy(listed: str, url: str, excepted: bool) -> None:
    """NO_PROXY as curl and Go read it."""
    assert (proxy_for(url, {"HTTP_PROXY": "http://plain:1", "NO_PROXY": listed}) is None) is excepted


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        pytest.param("socks5://p:1", "only http proxies", id="socks"),
        pytest.param("https://p:1", "only http proxies", id="tls-to-the-proxy"),
        pytest.param("http://:3128", "names no host", id="no-host"),
        pytest.param("http://p:many", "the port is not a number", id="port"),
    ],
)
def test_a_proxy_that_cannot_be_used(url: str, problem: str) -> None:
    """The message names the variable, and no password."""
    with pytest.raises(ProxyError, match=problem) as raised:
        proxy_for("http://synq.test", {"HTTP_PROXY": url})
    assert "HTTP_PROXY" in str(raised.value)


def test_name_and_password_go_into_a_field() -> None:
    """Percent-encoded in the URL (RFC 3986 §3.2.1), Basic in the field (RFC 7617), and in no text of the proxy."""
    proxy = proxy_for("http://synq.test", {"HTTP_PROXY": "http://some%40one:p%3Aw@p:1"})
    assert proxy is not None
    assert (proxy.authorization, proxy.password) == ("Basic c29tZUBvbmU6cDp3", "p:w")
    assert "p:w" not in f"{proxy} {proxy.url}"

// An adapter between the conformance suite and a Synq client library in JavaScript. It works as it stands, with a client
// of its own on fetch: put your library in the place of `make`, and say in `kindOf` what its errors are.

export const name = "my client";
export const version = "0";

/** Makes what your library's user would call: request(method, path, {query, headers, body}) gives {status, text}. */
export function make(settings) {
  return new Client(settings);
}

/** "auth" if no token could be had, "permission" if the account may not, "transport" if the network failed, or "other". */
export function kindOf(error) {
  if (error instanceof SignInFailed) return "auth";
  if (error instanceof TypeError || error?.name === "TimeoutError") return "transport"; // how fetch reports the network
  return "other";
}

// ---------------------------------------------------------------- what your library does instead

const LEAD_MS = 60_000;

class SignInFailed extends Error {}

class Client {
  #settings;
  #grant = null;
  #flight = null;

  constructor(settings) {
    this.#settings = settings;
  }

  async request(method, path, { query = [], headers = {}, body } = {}) {
    const { baseUrl, tenantId, orgId } = this.#settings;
    const url = new URL(baseUrl + path);
    for (const [key, value] of query) url.searchParams.append(key, value);
    const send = (token) =>
      fetch(url, {
        method,
        body,
        headers: { ...headers, "x-tenant-id": tenantId, "x-org-id": orgId, authorization: `Bearer ${token}` },
        redirect: "manual", // the caller sees a redirect; no other origin sees the token
        signal: AbortSignal.timeout(5_000),
      });
    const token = await this.#token();
    let response = await send(token);
    if (response.status === 401) {
      await response.arrayBuffer(); // read it out, so that its connection can be used again
      response = await send(await this.#token(token));
    }
    return { status: response.status, text: await response.text() };
  }

  /** A token that is good for a while yet and is not the refused one; all who wait share one sign-in. */
  async #token(refused) {
    const grant = this.#grant;
    if (grant && grant.token !== refused && Date.now() < grant.until) return grant.token;
    this.#flight ??= this.#signIn().finally(() => (this.#flight = null));
    return (await this.#flight).token;
  }

  async #signIn() {
    const { baseUrl, signInPath, email, password } = this.#settings;
    const askedAt = Date.now();
    let response, answer;
    try {
      response = await fetch(baseUrl + signInPath, {
        method: "POST",
        body: JSON.stringify({ email, password }),
        headers: { "content-type": "application/json" },
        signal: AbortSignal.timeout(3_000),
      });
      answer = await response.json();
    } catch {
      throw new SignInFailed("signing in brought no answer that can be read");
    }
    if (!response.ok || !answer?.token) throw new SignInFailed(`signing in was answered ${response.status}`);
    const lifeMs = (answer.expires_in ?? 3600) * 1000;
    this.#grant = { token: answer.token, until: askedAt + lifeMs - Math.min(LEAD_MS, lifeMs / 10) };
    return this.#grant;
  }
}

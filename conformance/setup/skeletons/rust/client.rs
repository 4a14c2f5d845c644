//! An adapter between the conformance suite and a Synq client library in Rust. It works as it stands, with a client of
//! its own on reqwest: put your library in the place of `make` and of `SynqClient`, and say with `Raised` what its errors
//! are: "auth" if no token could be had, "permission" if the account may not, "transport" if the network failed, or "other".

mod serve;

use std::time::{Duration, SystemTime};

use reqwest::{Client as Http, Method, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use serve::{Body, Call, Client, Raised, Settings};
use tokio::sync::Mutex;

#[tokio::main]
async fn main() {
    serve::run("my client", "0", make).await;
}

/// Makes what your library's user would call.
fn make(settings: Settings) -> SynqClient {
    // Redirects go to the caller, so that no other origin sees the token.
    let http = Http::builder().redirect(Policy::none()).timeout(Duration::from_secs(5)).build().expect("no TLS is asked for");
    SynqClient { settings, http, held: Mutex::default() }
}

// ---------------------------------------------------------------- what your library does instead

const LEAD: Duration = Duration::from_secs(60);

struct Grant {
    token: String,
    until: SystemTime,
}

struct SynqClient {
    settings: Settings,
    http: Http,
    held: Mutex<Option<Grant>>,
}

impl Client for SynqClient {
    async fn request(&self, mut call: Call) -> Result<(u16, String), Raised> {
        let body = call.body.take().map(Body::octets).transpose().map_err(|error| Raised("other", error.to_string()))?;
        let token = self.token("").await?;
        let mut response = self.send(&call, &body, &token).await.map_err(transport)?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let fresh = self.token(&token).await?;
            response = self.send(&call, &body, &fresh).await.map_err(transport)?;
        }
        Ok((response.status().as_u16(), response.text().await.map_err(transport)?))
    }
}

impl SynqClient {
    async fn send(&self, call: &Call, body: &Option<Vec<u8>>, token: &str) -> reqwest::Result<Response> {
        let method = Method::from_bytes(call.method.as_bytes()).unwrap_or(Method::GET);
        let mut request = self.http.request(method, format!("{}{}", self.settings.base_url, call.target));
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body.clone());
        }
        let scoped = request.header("X-Tenant-ID", &self.settings.tenant_id).header("X-Org-ID", &self.settings.org_id);
        scoped.bearer_auth(token).send().await
    }

    /// A token that is good for a while yet and is not the refused one; all who wait share one sign-in.
    async fn token(&self, refused: &str) -> Result<String, Raised> {
        let mut held = self.held.lock().await;
        if let Some(grant) = held.as_ref().filter(|one| one.token != refused && SystemTime::now() < one.until) {
            return Ok(grant.token.clone());
        }
        *held = None;
        let grant = self.sign_in().await?;
        Ok(held.insert(grant).token.clone())
    }

    async fn sign_in(&self) -> Result<Grant, Raised> {
        let asked_at = SystemTime::now();
        let url = format!("{}{}", self.settings.base_url, self.settings.sign_in_path);
        let credentials = json!({"email": self.settings.email, "password": self.settings.password});
        let sent = self.http.post(url).json(&credentials).timeout(Duration::from_secs(3)).send().await;
        let response = sent.map_err(|_| failed("no answer"))?;
        if response.status() != StatusCode::OK {
            return Err(failed(&format!("answered {}", response.status().as_u16())));
        }
        let answer: Value = response.json().await.map_err(|_| failed("the answer is not JSON"))?;
        let token = answer["token"].as_str().filter(|one| !one.is_empty()).ok_or(failed("the answer has no token"))?;
        let life = Duration::from_secs_f64(answer["expires_in"].as_f64().unwrap_or(3600.0).max(0.0));
        Ok(Grant { token: token.to_owned(), until: asked_at + life - LEAD.min(life / 10) })
    }
}

fn failed(why: &str) -> Raised {
    Raised("auth", format!("signing in failed: {why}"))
}

fn transport(error: reqwest::Error) -> Raised {
    Raised("transport", error.without_url().to_string())
}

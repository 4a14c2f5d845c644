// An adapter between the conformance suite and a Synq client library in Go. It works as it stands, with a client of its
// own on net/http: put your library in the place of newClient, and say in kindOf what its errors are.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// newClient makes what your library's user would call: an *http.Client, or whatever else has Do.
func newClient(settings Settings) (Client, error) {
	return &client{settings: settings, http: &http.Client{Timeout: 5 * time.Second, CheckRedirect: noRedirect}}, nil
}

// kindOf says what an error of your library is about: "auth" if no token could be had, "permission" if the account may
// not, "transport" if the network failed, else "other".
func kindOf(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, errSignIn):
		return "auth"
	case errors.As(err, &network):
		return "transport"
	}
	return "other"
}

func main() {
	Serve(Library{Name: "my client", Version: "0", Make: newClient, KindOf: kindOf})
}

// ---------------------------------------------------------------- what your library does instead

const lead = 60 * time.Second

var errSignIn = errors.New("signing in failed")

type client struct {
	settings Settings
	http     *http.Client
	lock     sync.Mutex
	token    string
	ends     time.Time
}

func (c *client) Do(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
	}
	token, err := c.current("")
	if err != nil {
		return nil, err
	}
	response, err := c.send(request, body, token)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	response.Body.Close()
	if token, err = c.current(token); err != nil {
		return nil, err
	}
	return c.send(request, body, token)
}

func (c *client) send(request *http.Request, body []byte, token string) (*http.Response, error) {
	signed := request.Clone(request.Context())
	if body != nil {
		signed.Body, signed.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	signed.Header.Set("Authorization", "Bearer "+token)
	signed.Header.Set("X-Tenant-ID", c.settings.TenantID)
	signed.Header.Set("X-Org-ID", c.settings.OrgID)
	return c.http.Do(signed)
}

// current token, good for a while yet and not the refused one; callers that need a new one wait for one sign-in.
func (c *client) current(refused string) (string, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.token != "" && c.token != refused && time.Now().Before(c.ends) {
		return c.token, nil
	}
	askedAt := time.Now()
	credentials, _ := json.Marshal(map[string]string{"email": c.settings.Email, "password": c.settings.Password})
	response, err := c.http.Post(c.settings.BaseURL+c.settings.SignInPath, "application/json", bytes.NewReader(credentials))
	if err != nil {
		return "", fmt.Errorf("%w: no answer", errSignIn)
	}
	defer response.Body.Close()
	answer := struct {
		Token   string  `json:"token"`
		Expires float64 `json:"expires_in"`
	}{Expires: 3600}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%w: answered %d", errSignIn, response.StatusCode)
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil || answer.Token == "" {
		return "", fmt.Errorf("%w: the answer has no token", errSignIn)
	}
	life := time.Duration(answer.Expires * float64(time.Second))
	c.token, c.ends = answer.Token, askedAt.Add(life-min(lead, life/10))
	return c.token, nil
}

// noRedirect hands redirects to the caller, so that no other origin sees the token.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

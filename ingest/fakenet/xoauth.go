package fakenet

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// xSkew is how far a client's clock may be off.
const xSkew = 5 * time.Minute

// xWho says who may call.
type xWho int

const (
	xAny xWho = iota
	xAppOnly
	xUserOnly
)

// xToken is a token that was issued: a request token until it is exchanged.
type xToken struct {
	secret, callback, verifier string
	access                     bool
}

// check verifies the credentials of a request. It returns how it was made and, where it is refused, the answer.
func (x *X) check(r *http.Request, who xWho) (auth string, refuse func(http.ResponseWriter)) {
	refuse = func(w http.ResponseWriter) {
		xProblem(w, http.StatusUnauthorized, "Unauthorized", "about:blank", "Unauthorized", map[string]any{"status": 401})
	}
	head := r.Header.Get("Authorization")
	switch {
	case strings.HasPrefix(head, "Bearer "):
		if auth = "bearer"; x.config.Bearer == "" || head != "Bearer "+x.config.Bearer {
			return auth, refuse
		}
	case strings.HasPrefix(head, "OAuth "):
		auth = "oauth1"
		if p, ok := x.signed(r); !ok || !x.speaks(p["oauth_token"]) {
			return auth, refuse
		}
	default:
		return "none", refuse
	}
	if who == xUserOnly && auth != "oauth1" || who == xAppOnly && auth != "bearer" {
		return auth, func(w http.ResponseWriter) {
			xProblem(w, http.StatusForbidden, "Unsupported Authentication", xProblems+"unsupported-authentication",
				"Authenticating with this kind of token is forbidden for this endpoint.", map[string]any{"status": 403})
		}
	}
	return auth, nil
}

// speaks reports whether a token is an access token.
func (x *X) speaks(token string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.tokens[token]
	return token != "" && token == x.config.AccessToken || t != nil && t.access
}

// signed verifies an OAuth 1.0a signature after RFC 5849 section 3, in this package's own way, and returns the
// parameters of the header.
func (x *X) signed(r *http.Request) (map[string]string, bool) {
	p := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "OAuth "), ",") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
			return nil, false
		}
		var err error
		if p[k], err = url.PathUnescape(v[1 : len(v)-1]); err != nil {
			return nil, false
		}
	}
	at, err := strconv.ParseInt(p["oauth_timestamp"], 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > xSkew || p["oauth_consumer_key"] != x.config.ConsumerKey || x.config.ConsumerKey == "" ||
		p["oauth_signature_method"] != "HMAC-SHA1" || p["oauth_version"] != "1.0" || p["oauth_nonce"] == "" {
		return nil, false
	}
	type pair struct{ k, v string }
	var pairs []pair
	add := func(k, v string) { pairs = append(pairs, pair{xPercent(k), xPercent(v)}) }
	for k, v := range p {
		if k != "oauth_signature" && k != "realm" {
			add(k, v)
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, false
	}
	for k, vs := range query {
		for _, v := range vs {
			add(k, v)
		}
	}
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return nil, false
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, false
		}
		for k, vs := range form {
			for _, v := range vs {
				add(k, v)
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if a.k != b.k {
			return strings.Compare(a.k, b.k)
		}
		return strings.Compare(a.v, b.v)
	})
	var params []string
	for _, q := range pairs {
		params = append(params, q.k+"="+q.v)
	}
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	host := strings.ToLower(r.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
	base := r.Method + "&" + xPercent(scheme+"://"+host+r.URL.EscapedPath()) + "&" + xPercent(strings.Join(params, "&"))

	secret := ""
	x.mu.Lock()
	defer x.mu.Unlock()
	if t := p["oauth_token"]; t != "" {
		switch {
		case t == x.config.AccessToken:
			secret = x.config.AccessSecret
		case x.tokens[t] != nil:
			secret = x.tokens[t].secret
		default:
			return nil, false
		}
	}
	mac := hmac.New(sha1.New, []byte(xPercent(x.config.ConsumerSecret)+"&"+xPercent(secret)))
	mac.Write([]byte(base))
	got, err := base64.StdEncoding.DecodeString(p["oauth_signature"])
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		return nil, false
	}
	once := p["oauth_timestamp"] + " " + p["oauth_nonce"]
	if x.nonces[once] {
		return nil, false
	}
	x.nonces[once] = true
	return p, true
}

// xPercent encodes after RFC 5849 section 3.6.
func xPercent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func xForm(w http.ResponseWriter, v url.Values) {
	w.Header().Set("Content-Type", "text/html;charset=utf-8") // as X has it, though it is a form
	_, _ = w.Write([]byte(v.Encode()))
}

// requestToken is POST /oauth/request_token.
func (x *X) requestToken(w http.ResponseWriter, r *http.Request) {
	p, ok := x.signed(r)
	if !ok || p["oauth_callback"] == "" || p["oauth_token"] != "" {
		xProblem(w, http.StatusUnauthorized, "Unauthorized", "about:blank", "Could not authenticate you.", nil)
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	token := fmt.Sprintf("rt-%d", len(x.tokens)+1)
	x.tokens[token] = &xToken{secret: token + "-secret", callback: p["oauth_callback"]}
	xForm(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {token + "-secret"}, "oauth_callback_confirmed": {"true"}})
}

// authorize is the page on which a person says yes, or with deny=1 no.
func (x *X) authorize(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("oauth_token")
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.tokens[token]
	if t == nil || t.access {
		http.Error(w, "The request token for this page is invalid.", http.StatusForbidden)
		return
	}
	if r.URL.Query().Get("deny") != "" {
		http.Redirect(w, r, t.callback+"?denied="+url.QueryEscape(token), http.StatusFound)
		return
	}
	if t.callback == "oob" {
		t.verifier = x.config.PIN
		_, _ = fmt.Fprintf(w, "<p>Enter this PIN: <code>%s</code>", t.verifier)
		return
	}
	t.verifier = token + "-verifier"
	http.Redirect(w, r, t.callback+"?"+url.Values{"oauth_token": {token}, "oauth_verifier": {t.verifier}}.Encode(), http.StatusFound)
}

// accessToken is POST /oauth/access_token. A request token works once.
func (x *X) accessToken(w http.ResponseWriter, r *http.Request) {
	p, ok := x.signed(r)
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.tokens[p["oauth_token"]]
	if !ok || t == nil || t.access || t.verifier == "" || p["oauth_verifier"] != t.verifier {
		xProblem(w, http.StatusUnauthorized, "Unauthorized", "about:blank", "Reverse auth credentials are invalid", nil)
		return
	}
	delete(x.tokens, p["oauth_token"])
	token := fmt.Sprintf("%s-at-%d", x.config.Me.ID, len(x.nonces))
	x.tokens[token] = &xToken{secret: token + "-secret", access: true}
	xForm(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {token + "-secret"}, "user_id": {x.config.Me.ID}, "screen_name": {x.config.Me.Username}})
}

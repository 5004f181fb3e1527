package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

// How long what is known of an account is good for: docs.bsky.app/docs/advanced-guides/resolving-identities, read
// 2026-11 (24 h at most, failures 5 min).
const (
	knownFor  = 12 * time.Hour
	failedFor = 5 * time.Minute
	downFor   = 30 * time.Second // after a failure nothing waits for names, and nobody is asked for the same again
)

const (
	actorsMost  = 25 // in a request: lexicons/app/bsky/actor/getProfiles.json of bluesky-social/atproto, read 2026-11
	askersMost  = 3
	waitingMost = 4096
	cacheMost   = 1 << 14
	nameBytes   = 640 // the lexicon's limit of a display name
	handleBytes = 253 // a domain name
)

// profile is what is known of an account.
type profile struct {
	handle string // without @; empty: none that is verified
	name   string
	avatar string
	hidden bool // it asked not to be shown to people without an account
	whole  bool // false: the app view did not know it, so that hidden says nothing
	until  time.Time
}

// found is what an asker brings.
type found struct {
	dids     []string
	profiles map[string]profile
	err      error
}

// directory finds out who is behind a DID, beside everything else. Its methods are for the goroutine that runs the
// source; what was asked for comes through answers and is handed to done.
type directory struct {
	http     *http.Client
	appView  string
	plc      string // asked where appView does not answer; empty: nobody is
	resolver string // says whether a handle points back
	cache    map[string]profile
	order    ring[string]
	asked    map[string]bool // waiting or on their way
	waiting  []string
	askers   int
	answers  chan found
	down     time.Time // until when nothing should wait
}

func newDirectory(c Config) *directory {
	return &directory{http: c.Client, appView: c.AppView, plc: c.PLC, resolver: c.Resolver, cache: map[string]profile{},
		asked: map[string]bool{}, answers: make(chan found, askersMost)}
}

// reset forgets what is on its way: those who were to bring it are gone.
func (d *directory) reset() {
	d.asked, d.waiting, d.askers, d.answers = map[string]bool{}, nil, 0, make(chan found, askersMost)
}

// get returns what is known of an account; ok is false where it is not known now.
func (d *directory) get(did string, now time.Time) (p profile, ok bool) {
	p, ok = d.cache[did]
	return p, ok && now.Before(p.until)
}

// worth reports whether waiting for an answer may help.
func (d *directory) worth(now time.Time) bool {
	return !now.Before(d.down) && len(d.waiting) < waitingMost/4
}

// ask has somebody find out who did is.
func (d *directory) ask(ctx context.Context, askers *sync.WaitGroup, did string) {
	if d.asked[did] || len(d.waiting) >= waitingMost {
		return
	}
	d.asked[did] = true
	d.waiting = append(d.waiting, did)
	d.send(ctx, askers)
}

// send starts askers for those who wait.
func (d *directory) send(ctx context.Context, askers *sync.WaitGroup) {
	for d.askers < askersMost && len(d.waiting) > 0 {
		n := min(len(d.waiting), actorsMost)
		dids := slices.Clone(d.waiting[:n])
		d.waiting = d.waiting[n:]
		d.askers++
		answers := d.answers
		askers.Go(func() { answers <- d.find(ctx, dids) }) // there is room for each asker's answer
	}
}

// done takes an answer in.
func (d *directory) done(ctx context.Context, askers *sync.WaitGroup, f found, now time.Time) {
	d.askers--
	if f.err != nil {
		d.down = now.Add(downFor)
	} else {
		d.down = time.Time{}
	}
	for _, did := range f.dids {
		delete(d.asked, did)
		p, ok := f.profiles[did]
		p.until = now.Add(knownFor)
		if !p.whole {
			p.until = now.Add(failedFor)
			if f.err != nil {
				p.until = now.Add(downFor)
			}
			if old := d.cache[did]; old.whole { // rather an old name than none
				if ok {
					old.handle = p.handle
				}
				old.until = p.until
				p = old
			}
		}
		if _, known := d.cache[did]; !known {
			if old, full := d.order.push(did, cacheMost); full {
				delete(d.cache, old)
			}
		}
		d.cache[did] = p
	}
	d.send(ctx, askers)
}

// stale makes what is known of an account, if anything is, something that has to be asked for again.
func (d *directory) stale(did string) {
	if p, ok := d.cache[did]; ok {
		p.until = time.Time{}
		d.cache[did] = p
	}
}

// find asks who the accounts are: the app view, or else the directory of DIDs.
func (d *directory) find(ctx context.Context, dids []string) found {
	f := found{dids: dids}
	body, err := d.fetch(ctx, d.appView+"/xrpc/app.bsky.actor.getProfiles?"+url.Values{"actors": dids}.Encode())
	if err == nil {
		f.profiles, err = decodeProfiles(body)
	}
	if f.err = err; err == nil || d.plc == "" {
		return f
	}
	f.profiles = map[string]profile{}
	for _, did := range dids {
		handle, err := d.claimed(ctx, did)
		if err != nil {
			break // it does not answer either
		}
		if handle != "" {
			f.profiles[did] = profile{handle: handle}
		}
	}
	return f
}

// claimed returns the handle that an account claims in the directory of DIDs, if it points back to the account: the
// directory does not check it (atproto.com/specs/handle, read 2026-11).
func (d *directory) claimed(ctx context.Context, did string) (string, error) {
	if !strings.HasPrefix(did, "did:plc:") {
		return "", nil
	}
	body, err := d.fetch(ctx, d.plc+"/"+url.PathEscape(did))
	if err != nil {
		return "", err
	}
	handle := decodeDocument(body, did)
	if handle == "" {
		return "", nil
	}
	body, err = d.fetch(ctx, d.resolver+"/xrpc/com.atproto.identity.resolveHandle?"+url.Values{"handle": {handle}}.Encode())
	var back struct {
		DID string `json:"did"`
	}
	if err != nil || json.Unmarshal(body, &back) != nil || back.DID != did {
		return "", err
	}
	return handle, nil
}

// fetch returns the body of an answer that is JSON.
func (d *directory) fetch(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for names: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	resp, err := d.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask for names: %w", err)
	}
	body, err := ingest.ReadBody(resp)
	if err != nil {
		return nil, fmt.Errorf("ask for names: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for names: %s", resp.Status)
	}
	return body, nil
}

var errProfiles = errors.New("the answer is not a list of profiles")

// decodeProfiles reads the answer of app.bsky.actor.getProfiles; accounts that nobody knows are missing in it.
func decodeProfiles(body []byte) (map[string]profile, error) {
	var list struct {
		Profiles []json.RawMessage `json:"profiles"`
	}
	if json.Unmarshal(body, &list) != nil || list.Profiles == nil {
		return nil, errProfiles
	}
	out := map[string]profile{}
	for _, b := range list.Profiles[:min(len(list.Profiles), actorsMost)] {
		var p struct {
			DID         string `json:"did"`
			Handle      string `json:"handle"`
			DisplayName string `json:"displayName"`
			Avatar      string `json:"avatar"`
			Labels      []struct {
				Val string `json:"val"`
				Neg bool   `json:"neg"`
			} `json:"labels"`
		}
		if json.Unmarshal(b, &p) != nil || !usableDID(p.DID) {
			continue
		}
		q := profile{handle: usableHandle(p.Handle), name: ingest.CutBytes(p.DisplayName, nameBytes), avatar: address(p.Avatar), whole: true}
		for _, l := range p.Labels {
			q.hidden = q.hidden || !l.Neg && hidden([]string{l.Val})
		}
		out[p.DID] = q
	}
	return out, nil
}

// decodeDocument returns the first handle that the DID document of did claims; empty: none.
func decodeDocument(body []byte, did string) string {
	var doc struct {
		ID    string   `json:"id"`
		Known []string `json:"alsoKnownAs"`
	}
	if json.Unmarshal(body, &doc) != nil || doc.ID != did {
		return ""
	}
	for _, s := range doc.Known {
		if handle, ok := strings.CutPrefix(s, "at://"); ok {
			return usableHandle(handle)
		}
	}
	return ""
}

// usableHandle returns a handle in lower case; empty where it is none, or "handle.invalid", which says that it does
// not point back to the account.
func usableHandle(s string) string {
	s = strings.ToLower(s)
	if s == "handle.invalid" || len(s) > handleBytes || !strings.Contains(s, ".") || !only(s, ".-") {
		return ""
	}
	return s
}

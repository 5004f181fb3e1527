package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Portraits keeps our copies of authors' pictures. It is safe for concurrent use.
type Portraits interface {
	// Portrait returns the picture of an author; moderation.ErrNotFound where there is none.
	Portrait(ctx context.Context, event, key string) (moderation.Portrait, error)
	// PutPortrait keeps a picture in the place of the author's last one.
	PutPortrait(ctx context.Context, p moderation.Portrait) error
}

// Limits of Gallery.
const (
	galleryWait   = 4 * time.Second  // for all pictures of one delivery: the posts do not wait longer for them
	galleryAtOnce = 8                // pictures that are fetched at once
	galleryTrust  = time.Minute      // for so long what is kept is not looked up again
	galleryPause  = 10 * time.Minute // before a picture that could not be had is asked for again
	galleryMost   = 20_000           // authors remembered
)

// GalleryConfig is what a Gallery needs. All fields but Larger are required.
type GalleryConfig struct {
	Client    *http.Client // from NewClient
	Portraits Portraits
	// Sources are those whose rules ask for the author's picture. Of others' authors none is taken.
	Sources []moderation.Source
	// Key returns moderation.AuthorKey of an account.
	Key func(event string, source moderation.Source, account string) string
	// Larger returns the address of a better copy of a picture, tried first; empty: there is none. Nil: never.
	Larger func(address string) string
	Log    *slog.Logger
}

// Gallery copies the pictures of authors to where our own pages may load them. It is safe for concurrent use.
type Gallery struct {
	config GalleryConfig

	mu    sync.Mutex
	known map[wall]hung
}

// wall is an author's place.
type wall struct{ event, key string }

// hung is what is known of a place.
type hung struct {
	path  string    // of what hangs there; empty: it could not be had
	of    string    // as Portrait.Of
	until time.Time // when to look again
}

// NewGallery returns a gallery.
func NewGallery(c GalleryConfig) (*Gallery, error) {
	if c.Client == nil || c.Portraits == nil || c.Key == nil || c.Log == nil {
		return nil, errors.New("gallery: Client, Portraits, Key and Log are needed")
	}
	return &Gallery{config: c, known: map[wall]hung{}}, nil
}

// Hang replaces the address of each author's picture by the path of our copy, which is fetched where there is none yet
// or the author has another picture now; by nothing where it cannot be had, which is no fault of the post. It takes
// galleryWait at most. A nil gallery takes every address away.
func (g *Gallery) Hang(ctx context.Context, posts []moderation.Post) {
	if g == nil {
		for i := range posts {
			posts[i].Author.Avatar = ""
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, galleryWait)
	defer cancel()
	type sitter struct{ address, path string }
	sitters := map[wall]*sitter{}
	of := func(p *moderation.Post) wall {
		return wall{p.Event, g.config.Key(p.Event, p.Source, p.Author.Account)}
	}
	for i := range posts {
		if p := &posts[i]; p.Author.Avatar != "" && !p.Deleted && g.wants(p.Source) {
			sitters[of(p)] = &sitter{address: p.Author.Avatar} // the newest post knows best
		}
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, galleryAtOnce)
	for w, s := range sitters {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			s.path = g.portrait(ctx, w, s.address)
		})
	}
	wg.Wait()
	for i := range posts {
		p := &posts[i]
		if p.Author.Avatar == "" {
			continue
		}
		p.Author.Avatar = ""
		if g.wants(p.Source) && !p.Deleted {
			p.Author.Avatar = sitters[of(p)].path
		}
	}
}

func (g *Gallery) wants(source moderation.Source) bool {
	for _, s := range g.config.Sources {
		if s == source {
			return true
		}
	}
	return false
}

// portrait returns the path of our copy of the picture at address; empty: it cannot be had.
func (g *Gallery) portrait(ctx context.Context, w wall, address string) string {
	want, now := moderation.PortraitOf(address), time.Now()
	g.mu.Lock()
	known, ok := g.known[w]
	g.mu.Unlock()
	if ok && known.of == want && now.Before(known.until) {
		return known.path
	}
	kept, err := g.config.Portraits.Portrait(ctx, w.event, w.key)
	switch {
	case err == nil && kept.Of == want:
		g.remember(w, hung{kept.Path(), want, now.Add(galleryTrust)})
		return kept.Path()
	case err != nil && !errors.Is(err, moderation.ErrNotFound):
		return "" // the store is away, and the post will say so
	}
	p := moderation.Portrait{Event: w.event, Key: w.key, Type: portraitType, Of: want, At: now.UTC().Truncate(time.Microsecond)}
	if p.Image, err = g.fetch(ctx, address); err == nil {
		err = g.config.Portraits.PutPortrait(ctx, p)
	}
	if err != nil {
		// The cause names no address: it may tell who the author is.
		g.config.Log.LogAttrs(ctx, slog.LevelInfo, "an author's picture cannot be copied; the card does without", slog.Any("portrait", p), slog.String("err", plainCause(err)))
		g.remember(w, hung{"", want, now.Add(galleryPause)})
		return ""
	}
	g.remember(w, hung{p.Path(), want, now.Add(galleryTrust)})
	return p.Path()
}

func (g *Gallery) remember(w wall, h hung) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= galleryMost {
		clear(g.known) // the store knows all of it
	}
	g.known[w] = h
}

// fetch returns our copy of the picture at address.
func (g *Gallery) fetch(ctx context.Context, address string) ([]byte, error) {
	if g.config.Larger != nil {
		if larger := g.config.Larger(address); larger != "" && larger != address {
			if b, err := g.copied(ctx, larger); err == nil {
				return b, nil
			}
		}
	}
	return g.copied(ctx, address)
}

func (g *Gallery) copied(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address is not usable")
	}
	r.Header.Set("Accept", "image/webp,image/png,image/jpeg,image/gif")
	resp, err := g.config.Client.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := ReadBody(resp)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, errors.New(http.StatusText(resp.StatusCode))
	}
	return portraitOf(body)
}

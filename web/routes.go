package web

import (
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/web/ui"
)

// Body limits, in bytes. The first is the contract's; of a form it limits the text.
const (
	maxSubmissionBody = 16 << 10
	maxFormBody       = 3*maxSubmissionBody + 4<<10 // a form writes most bytes as three; and the other fields
	maxBody           = 64 << 10
)

// routes puts the whole face together. What is not named here does not exist, and answers 404.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	s.router = r
	r.Use(middleware.GetHead, s.identify, s.clientIP(), s.rescue, s.headers, s.logged)
	r.NotFound(s.missing)
	r.MethodNotAllowed(s.wrongMethod)

	r.Get("/healthz", Healthz(s.Version))
	r.Get("/readyz", Readyz(s.Ready))
	if s.Metrics != nil {
		r.Method(http.MethodGet, "/metrics", s.Metrics)
	}
	if s.ServeLive {
		// Outside everything that wraps or compresses: an upgrade takes the connection over.
		r.Get("/api/v1/events/{event}/live", s.api(s.live))
	}
	// Whichever role it comes to: a screen's word is shared with all processes.
	r.With(s.protection()).Post("/api/v1/events/{event}/live/shown", s.api(s.once(s.shown)))
	if !s.ServeWeb {
		return r
	}
	// Outside the protection of cookies, which it has nothing to do with.
	r.Post("/api/v1/events/{event}/webhook", s.api(s.webhook))
	r.Method(http.MethodGet, ui.AssetsPath()+"*", ui.AssetsHandler())
	r.Method(http.MethodHead, ui.AssetsPath()+"*", ui.AssetsHandler())

	r.Group(func(r chi.Router) {
		r.Use(s.protection(), squeeze)
		s.pages(r)
		r.Route("/api/v1", s.apiRoutes)
	})
	return r
}

// squeeze compresses pages and JSON. The jitter keeps the length of a page from telling a secret in it to whoever
// can put words of their own beside it (BREACH). Pages are small and sent once each, so they are packed as well as
// gzip can; zstd at the level it is worth its time makes them a tenth longer.
func squeeze(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(512), gzhttp.CompressionLevel(gzip.BestCompression), gzhttp.EnableZstd(false), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		panic("web: compression: " + err.Error()) // constant options
	}
	return wrap(next)
}

func (s *Server) pages(r chi.Router) {
	r.Get("/", s.page(s.home))
	r.Get("/{slug}", s.page(s.short))
	r.Get("/problems/{name}", s.page(s.problemPage))
	r.Get("/join/{token}", s.page(s.joinAsk))
	r.Post("/join/{token}", s.page(s.join))
	r.Get("/r/{token}", s.page(s.receipt))
	r.Post("/r/{token}/withdraw", s.page(s.receiptWithdraw))
	r.Get("/e/{event}", s.page(s.attend))
	r.Post("/e/{event}/submissions", s.send)
	r.Post("/e/{event}/vote", s.page(s.votePost))
	r.Get("/e/{event}/screen", s.page(s.screen))
	r.Get("/e/{event}/avatars/{key}", s.page(s.portrait))
	r.Get("/e/{event}/moderate", s.page(s.moderate))
	r.Get("/e/{event}/chair", s.page(s.chair))
	r.Post("/e/{event}/chair", s.page(s.chairPost))
	r.Get("/organise/{event}/sources", s.page(s.sourcesPage))
	r.Get(xCallback, s.page(s.connectXReturned))
	r.Get("/organise/{event}/connect/x", s.page(s.connectX))
	r.Post("/organise/{event}/connect/x", s.page(s.connectXPost))
}

func (s *Server) apiRoutes(r chi.Router) {
	r.Get("/doctor", s.api(s.getDoctor))
	r.Get("/events", s.api(s.listEvents))
	r.Post("/events", s.api(s.once(s.createEvent)))
	// No router of its own: one answers every method at its root, as far as Match can tell.
	const event = "/events/{event}"
	r.Get(event, s.api(s.getEvent))
	r.Patch(event, s.api(s.patchEvent))
	r.Post(event+"/close", s.api(s.once(s.closeEvent)))
	r.Post(event+"/reopen", s.api(s.once(s.reopenEvent)))
	r.Post(event+"/links", s.api(s.once(s.createLink)))
	r.Get(event+"/links", s.api(s.listLinks))
	r.Delete(event+"/links/{link}", s.api(s.deleteLink))
	r.Post(event+"/import", s.api(s.onceWithin(inbox.ImportBytes, s.importRows)))
	r.Get(event+"/sources", s.api(s.listSources))
	r.Get(event+"/sources/{source}", s.api(s.getSource))
	r.Put(event+"/sources/{source}", s.api(s.putSource))
	r.Delete(event+"/sources/{source}", s.api(s.deleteSource))
	r.Get(event+"/stage", s.api(s.getStage))
	r.Put(event+"/stage", s.api(s.putStage))
	r.Get(event+"/authors", s.api(s.listAuthors))
	r.Patch(event+"/authors/{key}", s.api(s.patchAuthor))
	r.Get(event+"/mine", s.api(s.mine))
	r.Get(event+"/submissions", s.api(s.listSubmissions))
	r.Post(event+"/submissions", s.api(s.createSubmission))
	r.Post(event+"/submissions/batch", s.api(s.once(s.batch)))
	r.Get(event+"/submissions/{id}", s.api(s.getSubmission))
	r.Get(event+"/submissions/{id}/history", s.api(s.history))
	r.Put(event+"/submissions/{id}/vote", s.api(s.putVote))
	r.Delete(event+"/submissions/{id}/vote", s.api(s.deleteVote))
	r.Post(event+"/submissions/{id}/claim", s.api(s.once(s.claim)))
	r.Delete(event+"/submissions/{id}/claim", s.api(s.release))
	r.Post(event+"/signals", s.api(s.once(s.sendSignal)))
	r.Post(event+"/signals/{signal}/ack", s.api(s.once(s.ackSignal)))
	r.Get(event+"/screens", s.api(s.screens))
	for _, a := range actions {
		r.Post(event+"/submissions/{id}/"+string(a.name), s.api(s.once(s.act(a))))
	}
}

func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	err := notFound("There is nothing at this address. Look whether it is complete.")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.failJSON(w, r, err)
		return
	}
	s.failPage(w, r, err, "")
}

func (s *Server) wrongMethod(w http.ResponseWriter, r *http.Request) {
	err := &failure{status: http.StatusMethodNotAllowed, name: "bad-request",
		detail: "This address exists, but not for " + r.Method + ". Use one of the methods named in Allow.",
		allow:  s.allowed(r)}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.failJSON(w, r, err)
		return
	}
	s.failPage(w, r, err, "")
}

// allowed lists the methods that the address of r takes, as Allow has them (RFC 9110 section 15.5.6).
func (s *Server) allowed(r *http.Request) string {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if s.router.Match(chi.NewRouteContext(), m, r.URL.Path) {
			methods = append(methods, m)
			if m == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
	}
	return strings.Join(methods, ", ")
}

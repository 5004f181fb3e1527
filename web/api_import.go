package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
)

// importWait is how long an answer waits for what was imported to be on the record.
const importWait = 5 * time.Second

// importRows is POST /events/S/import: submissions gathered before, as CSV. Events of every state take them from
// their organisers.
func (s *Server) importRows(w http.ResponseWriter, r *http.Request) error {
	ev, _, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	preview := false
	if q := r.URL.Query(); q.Has("preview") {
		if preview, err = strconv.ParseBool(q.Get("preview")); err != nil {
			return moderation.Invalid("preview", "This is true or false.")
		}
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "text/csv" && kind != "text/tab-separated-values" {
		return &failure{status: http.StatusUnsupportedMediaType, name: "bad-request", detail: "Send a table, with Content-Type: text/csv."}
	}
	file, err := io.ReadAll(http.MaxBytesReader(w, r.Body, inbox.ImportBytes))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return err
		}
		return badRequest("The file did not arrive whole. Send it again.")
	}
	out, ids, err := s.Importer.Import(r.Context(), ev, file, preview, s.knownTo(ev.Slug))
	if err != nil {
		return err
	}
	if len(ids) > 0 { // they are taken in one after the other
		s.awaitSubmissionFor(r, ev.Slug, ids[len(ids)-1], importWait)
	}
	return writeJSON(w, http.StatusOK, out, 0)
}

// knownTo reports whether an event has a submission with an id, or from an address. One that was erased has no
// address any more.
func (s *Server) knownTo(event string) func(id, address string) bool {
	addresses := map[string]bool{}
	s.Record.List(event, moderation.Filter{Match: func(m moderation.Submission) bool {
		if m.URL != "" {
			addresses[m.URL] = true
		}
		return false
	}})
	return func(id, address string) bool {
		if _, ok := s.Record.Submission(event, id); ok {
			return true
		}
		return address != "" && addresses[address]
	}
}

package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
)

// webhook is POST /events/S/webhook: the signature is the credential, so nobody's cookie or token counts, and a
// page of another site that sends it sends nothing that is signed.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return err
		}
		return badRequest("The body did not arrive whole. Send it again.")
	}
	h := inbox.WebhookHeader{ID: r.Header.Get("Webhook-Id"), Timestamp: r.Header.Get("Webhook-Timestamp"), Signature: r.Header.Get("Webhook-Signature")}
	if err := s.Webhook.Verify(h, body, s.Now()); err != nil {
		return unauthenticated("The signature is not of a secret in OPENFLOOR_WEBHOOK_SECRET, or not of now. Sign the body as it is sent, with webhook-id and a webhook-timestamp of the last five minutes.")
	}
	s.sync(r.Context())
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	id, _, err := s.Webhook.Receive(r.Context(), ev, h.ID, body, s.Limits.Busy(ev.Slug))
	if err != nil {
		return err
	}
	s.awaitSubmission(r, ev.Slug, id)
	return writeJSON(w, http.StatusAccepted, received{ID: id, State: string(moderation.Pending)}, 0)
}

// received is the answer to a webhook.
type received struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

package fakenet

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// create is POST /2/tweets. Its fields are those of the developer documents (manage-tweets), read 2026-11.
func (x *X) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string `json:"text"`
		Reply *struct {
			To string `json:"in_reply_to_tweet_id"`
		} `json:"reply"`
		ReplySettings string `json:"reply_settings"`
		MadeWithAI    bool   `json:"made_with_ai"`
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || in.Text == "" {
		xInvalid(w, "text", "", "Requires one of text or media")
		return
	}
	forbidden := func(detail string) {
		xProblem(w, http.StatusForbidden, "Forbidden", "about:blank", detail, map[string]any{"status": 403})
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	me := x.config.Me
	for _, s := range x.posts {
		if s.AuthorID == me.ID && s.Text == in.Text && !s.deleted {
			forbidden("You are not allowed to create a Tweet with duplicate content.")
			return
		}
	}
	if utf8.RuneCountInString(in.Text) > xShort {
		forbidden("Your Tweet text is too long. For more information on how Twitter determines text length see https://github.com/twitter/twitter-text.")
		return
	}
	p := XPost{Text: in.Text, Name: me.Name, Username: me.Username, AuthorID: me.ID}
	if in.Reply != nil {
		to := x.find(in.Reply.To)
		if to == nil || to.AuthorID != me.ID && !strings.Contains(to.Text, "@"+me.Username) {
			forbidden("You can only reply to or quote posts where you are mentioned or are the author.")
			return
		}
		p.ReplyTo = to.ID
	}
	s := x.publish(&xStored{XPost: p})
	x.written++
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(encode(map[string]any{"data": map[string]any{"id": s.ID, "text": in.Text, "edit_history_tweet_ids": s.history}}))
}

// remove is DELETE /2/tweets/:id.
func (x *X) remove(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.find(r.PathValue("id"))
	if s == nil || s.AuthorID != x.config.Me.ID {
		xProblem(w, http.StatusForbidden, "Forbidden", "about:blank", "You are not allowed to delete this post.", map[string]any{"status": 403})
		return
	}
	for _, id := range slices.Concat(s.history, s.later) {
		if v := x.find(id); v != nil {
			v.deleted = true
		}
	}
	answer(w, map[string]any{"data": map[string]any{"deleted": true}})
}

// Written returns how many posts were made through the API.
func (x *X) Written() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.written
}

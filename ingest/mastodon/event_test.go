package mastodon

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

const oneStatus = `{"id":"117650093572100321","uri":"https://social.example/users/ana/statuses/117650093572100321","created_at":"2026-11-20T18:06:01.000Z",` +
	`"edited_at":null,"visibility":"public","content":"<p>A1: wie gehtʼs? 🙂</p>","account":{"acct":"ana"},"tags":[{"name":"askpanel"}]}`

// frame is a message of a websocket.
func frame(t testing.TB, name, payload string) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"stream": []string{"hashtag", "askpanel"}, "event": name, "payload": payload})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDecodeFrame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		frame        string
		status, gone string
		fault        bool
	}{
		"update":             {frame(t, "update", oneStatus), "117650093572100321", "", false},
		"edit":               {frame(t, "status.update", oneStatus), "117650093572100321", "", false},
		"delete":             {frame(t, "delete", "117650093572100321"), "", "117650093572100321", false},
		"delete of a ULID":   {frame(t, "delete", "01JD4XQ7M0W9Z3X5V8K2"), "", "01JD4XQ7M0W9Z3X5V8K2", false},
		"payload as object":  {`{"event":"update","payload":` + oneStatus + `}`, "117650093572100321", "", false},
		"payload as number":  {`{"event":"delete","payload":117650093572100321}`, "", "117650093572100321", false},
		"unknown":            {frame(t, "announcement.reaction", "{}"), "", "", false},
		"without payload":    {`{"event":"filters_changed"}`, "", "", false},
		"no payload":         {`{"event":"update"}`, "", "", true},
		"null payload":       {`{"event":"update","payload":null}`, "", "", true},
		"empty payload":      {frame(t, "update", ""), "", "", true},
		"half a payload":     {frame(t, "update", oneStatus[:80]), "", "", true},
		"no id":              {frame(t, "update", strings.Replace(oneStatus, `"id":"117650093572100321"`, `"id":""`, 1)), "", "", true},
		"delete of nothing":  {frame(t, "delete", ""), "", "", true},
		"delete of a page":   {frame(t, "delete", "1 2\n3"), "", "", true},
		"error":              {`{"error":"Missing tag name parameter","status":400}`, "", "", true},
		"neither":            {`{}`, "", "", true},
		"wrong types":        {`{"event":5,"payload":[]}`, "", "", true},
		"no JSON":            {"{]]\x01", "", "", true},
		"nothing":            {"", "", "", true},
		"a list":             {"[]", "", "", true},
		"half a frame":       {frame(t, "update", oneStatus)[:60], "", "", true},
		"a string not ended": {`{"event":"delete","payload":"1`, "", "", true},
	} {
		e, err := decodeFrame([]byte(c.frame))
		id := ""
		if e.status != nil {
			id = e.status.ID
		}
		if id != c.status || e.gone != c.gone || (err != nil) != c.fault {
			t.Errorf("%s: status %q, gone %q, %v; want %q, %q, fault: %v", name, id, e.gone, err, c.status, c.gone, c.fault)
		}
	}
	_, err := decodeFrame([]byte(`{"error":"x","status":401}`))
	if e, ok := errors.AsType[*streamError](err); !ok || e.status != 401 {
		t.Errorf("%v, want the status of a refusal", err)
	}
}

// all returns every event of a stream as "name=data", a sign of life as ":".
func all(t *testing.T, r io.Reader) ([]string, error) {
	t.Helper()
	f := newFrames(r)
	var out []string
	for {
		name, data, err := f.next()
		if err != nil {
			return out, err
		}
		if name == "" {
			out = append(out, ":")
		} else {
			out = append(out, name+"="+string(data))
		}
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"one":             {"event: update\ndata: {}\n\n", "update={}"},
		"beginning":       {":)\nevent: delete\ndata: 5\n\n:thump\n", ": delete=5 :"},
		"crlf":            {"event: update\r\ndata: {}\r\n\r\n", "update={}"},
		"no space":        {"event:update\ndata:{}\n\n", "update={}"},
		"two lines":       {"event: update\ndata: {\ndata: }\n\n", "update={\n}"},
		"without a name":  {"data: x\n\n", "message=x"},
		"without data":    {"event: update\n\nevent: delete\ndata: 1\n\n", ": delete=1"},
		"empty data":      {"event: update\ndata\n\n", "update="},
		"comment inside":  {"event: update\n:thump\ndata: {}\n\n", ": update={}"},
		"other fields":    {"id: 5\nretry: 10\nx\nevent: update\ndata: {}\n\n", "update={}"},
		"names are spent": {"event: update\ndata: 1\n\ndata: 2\n\n", "update=1 message=2"},
		"cut off":         {"event: update\ndata: {}\n", ""},
		"cut in a rune":   {"event: update\ndata: \xc3", ""},
		"empty lines":     {"\n\n", ": :"},
		"nothing":         {"", ""},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in)), iotest.DataErrReader(strings.NewReader(c.in))} {
			got, err := all(t, r)
			if strings.Join(got, " ") != c.want || !errors.Is(err, io.EOF) {
				t.Errorf("%s: %q and %v, want %q", name, got, err, c.want)
			}
		}
	}
}

func TestFramesAreBounded(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"a line":  "data: " + strings.Repeat("x", frameBytes+1) + "\n\n",
		"lines":   strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 2000) + "\n",
		"no end":  strings.Repeat("x", 4*frameBytes),
		"comment": ":" + strings.Repeat("x", 2*frameBytes),
	} {
		if got, err := all(t, strings.NewReader(in)); !errors.Is(err, errLong) || len(got) != 0 {
			t.Errorf("%s: %d events and %v, want it refused", name, len(got), err)
		}
	}
	long := strings.Repeat("x", frameBytes-100)
	if got, err := all(t, strings.NewReader("event: update\ndata: "+long+"\n\n")); len(got) != 1 || len(got[0]) != len("update=")+len(long) {
		t.Errorf("%d events and %v, want the long one", len(got), err)
	}
}

func FuzzFrame(f *testing.F) {
	for _, s := range []string{frame(f, "update", oneStatus), frame(f, "status.update", oneStatus), frame(f, "delete", "117650093572100321"),
		`{"event":"update","payload":` + oneStatus + `}`, `{"error":"x","status":400}`, `{"event":"filters_changed"}`, "{]]", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeFrame(b)
		checkEvent(t, e, err)
	})
}

// FuzzEvents reads any bytes as server-sent events: it comes to their end, whatever pieces they come in.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{":)\nevent: update\ndata: " + oneStatus + "\n\n:thump\n", "event: delete\r\ndata: 5\r\n\r\n", "data\n\n\n", "event: update\ndata: {\ndata: }\n\n", "\xff\x00\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read := func(r io.Reader) (out []string) {
			in := newFrames(r)
			for {
				name, data, err := in.next()
				if err != nil {
					return out
				}
				if name != "" {
					e, err := decodeEvent(name, data)
					checkEvent(t, e, err)
				}
				if len(data) > frameBytes {
					t.Errorf("an event of %d bytes", len(data))
				}
				out = append(out, name+"="+string(data))
			}
		}
		whole, pieces := read(bytes.NewReader(b)), read(iotest.OneByteReader(bytes.NewReader(b)))
		if strings.Join(whole, "\x00") != strings.Join(pieces, "\x00") {
			t.Errorf("%q whole, %q in pieces", whole, pieces)
		}
	})
}

func checkEvent(t *testing.T, e event, err error) {
	t.Helper()
	switch {
	case err != nil && (e.status != nil || e.gone != ""):
		t.Errorf("%+v with %v", e, err)
	case e.gone != "" && !usableID(e.gone):
		t.Errorf("the id %q is none", e.gone)
	case e.status != nil:
		post := e.status.post("host.example")
		if !strings.HasPrefix(post.Key, "ap:") && !strings.HasPrefix(post.Key, "at://did:") {
			t.Errorf("key %q", post.Key)
		}
		if p, err := ingest.Tidy(post, time.Now()); err == nil && (len(p.Text) > ingest.TextBytes || p.Text == "") {
			t.Errorf("a text of %d bytes", len(p.Text))
		}
	}
}

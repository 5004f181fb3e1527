package mastodon

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var errLong = errors.New("a message of the stream is too long")

// frames reads server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6, read 2026-11):
// a name and its data, ended by an empty line. Lines that begin with a colon are signs of life. What a broken
// connection cuts off is no event.
type frames struct {
	in   *bufio.Reader
	name string
	data []byte
	some bool // data was set
}

func newFrames(r io.Reader) *frames { return &frames{in: bufio.NewReaderSize(r, 16<<10)} }

// next returns the next event, or a name of "" for a sign of life: a comment, or an event without data.
func (f *frames) next() (name string, data []byte, err error) {
	line, err := f.line()
	if err != nil {
		return "", nil, err
	}
	for len(line) > 0 && line[0] != ':' {
		f.field(line)
		if len(f.data) > frameBytes {
			return "", nil, errLong
		}
		if line, err = f.line(); err != nil {
			return "", nil, err
		}
	}
	if len(line) > 0 || !f.some {
		if len(line) == 0 {
			f.name = ""
		}
		return "", nil, nil
	}
	name, data = f.name, f.data
	if name == "" {
		name = "message"
	}
	f.name, f.data, f.some = "", nil, false
	return name, data, nil
}

func (f *frames) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		f.name = string(value)
	case "data":
		if f.some {
			f.data = append(f.data, '\n')
		}
		f.data, f.some = append(f.data, value...), true
	}
}

// line returns the next line without its end, which is \n or \r\n; nobody ends lines with a bare \r.
func (f *frames) line() ([]byte, error) {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > frameBytes:
			return nil, errLong
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, err
		}
		line = line[:len(line)-1]
		return bytes.TrimSuffix(line, []byte("\r")), nil
	}
}

package ui

import (
	"bytes"
	"os"
	"testing"
)

func TestZZ2(t *testing.T) {
	var b bytes.Buffer
	p := sampleAttend()
	p.Queue = append(p.Queue, p.Queue[:4]...)
	Render(&b, p)
	os.WriteFile("/tmp/attend.out.html", b.Bytes(), 0o644)
}

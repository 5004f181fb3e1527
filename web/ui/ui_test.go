package ui

import (
	"bytes"
	"testing"
)

func TestSmoke(t *testing.T) {
	for name, p := range samplePages() {
		var b bytes.Buffer
		if err := Render(&b, p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

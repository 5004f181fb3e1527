package ui

import (
	"bytes"
	"fmt"
	"testing"
)

func TestZZ(t *testing.T) {
	var b bytes.Buffer
	p := sampleAttend()
	p.Queue = append(p.Queue, p.Queue[:4]...)
	Render(&b, p)
	sum := 0
	add := func(n string, x []byte) {
		g := pack(x)
		if g == nil {
			g = x
		}
		fmt.Println(n, len(x), len(g))
		sum += len(g)
	}
	add("html", b.Bytes())
	for _, n := range []string{"icon.svg", "css/attend.css", "js/attend.js", "js/lib/live.js", "js/lib/board.js", "js/lib/dom.js"} {
		add(n, assets[n].body)
	}
	fmt.Println(sum, sum+1536)
}

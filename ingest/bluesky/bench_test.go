package bluesky

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Everything that is said on Bluesky comes by, so this is what listening costs where nothing is for us.
func BenchmarkStranger(b *testing.B) {
	words := "A post of usual length by somebody whom we do not know, about this and that, with #tags that nobody here wants 🙂"
	frame, err := json.Marshal(map[string]any{"did": "did:plc:abcdefghijklmnopqrstuvwx", "time_us": 1795197962345678, "kind": "commit",
		"commit": map[string]any{"rev": "3n2r6ghruki27", "operation": "create", "collection": collection, "rkey": "3n2r6ghlrai27", "cid": "bafyrei",
			"record": map[string]any{"$type": collection, "text": words, "createdAt": "2026-11-20T18:06:02.145Z", "langs": []string{"en"}}}})
	if err != nil {
		b.Fatal(err)
	}
	wanted := map[string]bool{"askpanel": true}
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		e, err := decodeEvent(frame)
		if err != nil || !json.Valid(frame) {
			b.Fatal(err)
		}
		r, err := decodeRecord(e.record)
		if err != nil || carries(r.tags(r.facets()), wanted) {
			b.Fatal(fmt.Sprint("matched, or ", err))
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

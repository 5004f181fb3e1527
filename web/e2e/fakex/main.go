// Fakex serves a made-up X for the browser tests, which drive it by POST /_fake/post. It prints its address, and ends
// with its standard input, so that it never outlives the test that started it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	base, wait, err := fakenet.Start(ctx, fakenet.NewX(fakenet.XConfig{
		Bearer: "fake-bearer", ConsumerKey: "fake-key", ConsumerSecret: "fake-secret", SearchLimit: -1, Horizon: -1, Pictures: true,
	}).Handler(), "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakex:", err)
		os.Exit(1)
	}
	fmt.Println(base)
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel()
	if err := wait(); err != nil {
		fmt.Fprintln(os.Stderr, "fakex:", err)
		os.Exit(1)
	}
}

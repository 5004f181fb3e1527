package app

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of an HTTP connection. They keep a client that is slow on purpose from holding one for long.
const (
	headerTime  = 5 * time.Second
	requestTime = 20 * time.Second // header and body
	answerTime  = 30 * time.Second // of everything but the live stream
	idleTime    = 2 * time.Minute
	headerBytes = 16 << 10
)

// newHTTP returns the HTTP server. The live stream sets its own time limits: it writes for as long as an event
// lasts, so there is no WriteTimeout here.
func (a *App) newHTTP() *http.Server {
	return &http.Server{
		Handler:           a.metrics.count(http.HandlerFunc(a.serveHTTP)),
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(a.log.With(slog.String("component", "http")).Handler(), slog.LevelDebug),
	}
}

// serveHTTP answers with the pages and the API once everything they show is there, and before that with
// the health checks alone.
func (a *App) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !isLive(r.URL.Path) {
		// A fault here means that the connection has no deadlines to set, as in a test.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
	}
	if server := a.web.Load(); server != nil {
		server.Handler().ServeHTTP(w, r)
		return
	}
	a.plain.ServeHTTP(w, r)
}

func isLive(path string) bool {
	return strings.HasPrefix(path, "/api/v1/events/") && strings.HasSuffix(path, "/live")
}

// Addr returns the address that is listened on, HOST:PORT.
func (a *App) Addr() string { return a.listener.Addr().String() }

// base is the address that links begin with, without a slash at the end.
func (a *App) base() string {
	if a.cfg.PublicURL != "" {
		return strings.TrimRight(a.cfg.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(a.Addr())
	if err != nil {
		return "http://" + a.Addr()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // nobody can open 0.0.0.0
	}
	return "http://" + net.JoinHostPort(host, port)
}

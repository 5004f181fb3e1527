package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// contentPolicy is what a page may do: nothing inline, nothing from anywhere else, and no objects, which fall under
// default-src.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'%s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// headers puts the security headers on every answer (shared baseline: OWASP ASVS 5.0 chapter 3.4).
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// Older Safari does not take 'self' for websockets, so the address is named as well.
		socket := ""
		if host := s.host(r); validHost(host) {
			scheme := " ws://"
			if s.secure(r) {
				scheme = " wss://"
			}
			socket = scheme + host
		}
		h.Set("Content-Security-Policy", fmt.Sprintf(contentPolicy, socket))
		h.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: with it a browser posts our own forms with "Origin: null", and on plain http at any name but
		// localhost that is all we hear of where a form comes from. This one tells the origin and never the address.
		h.Set("Referrer-Policy", "strict-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if s.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) host(r *http.Request) string {
	if s.public != nil {
		return s.public.Host
	}
	return r.Host
}

// validHost keeps a forged Host header from writing into the policy.
func validHost(host string) bool {
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == ""
}

// protection refuses unsafe requests that another site's page makes a browser send.
func (s *Server) protection() func(http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if s.public != nil {
		if err := p.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host); err != nil {
			panic("web: public URL as an origin: " + err.Error()) // New has checked it
		}
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := forbidden("The request came from another site's page. Open Openfloor itself and try again.")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			s.failJSON(w, r, err)
			return
		}
		s.failPage(w, r, err, "")
	}))
	return p.Handler
}

type ctxKey int

const (
	ctxRequestID ctxKey = iota
	ctxClient
)

// identify names the request for the log and finds out which address it comes from.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:13]
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), ctxRequestID, id)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func requestID(r *http.Request) slog.Attr {
	id, _ := r.Context().Value(ctxRequestID).(string)
	return slog.String("request", id)
}

// clientIP is the middleware that believes X-Forwarded-For from the configured proxies and from nobody else.
func (s *Server) clientIP() func(http.Handler) http.Handler {
	if len(s.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	prefixes := make([]string, len(s.TrustedProxies))
	for i, p := range s.TrustedProxies {
		prefixes[i] = p.String()
	}
	return middleware.ClientIPFromXFF(prefixes...)
}

// client is the address of who asks; invalid where it is not known.
func client(r *http.Request) netip.Addr { return middleware.GetClientIPAddr(r.Context()) }

// rescue turns a panic of one request into a 500 and a line in the log.
func (s *Server) rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.Log.LogAttrs(r.Context(), slog.LevelError, "panic in a request", slog.String("route", route(r)),
				slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())), requestID(r))
			if strings.HasPrefix(r.URL.Path, "/api/") {
				s.failJSON(w, r, fmt.Errorf("panic: %v", v))
				return
			}
			s.failPage(w, r, fmt.Errorf("panic: %v", v), "")
		}()
		next.ServeHTTP(w, r)
	})
}

// logged notes each request by its route, never by its address: addresses can hold tokens.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Log.Enabled(r.Context(), slog.LevelDebug) {
			next.ServeHTTP(w, r)
			return
		}
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		start := time.Now()
		next.ServeHTTP(ww, r)
		s.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("route", route(r)),
			slog.Int("status", ww.Status()), slog.Duration("took", time.Since(start)), requestID(r))
	})
}

// route is the pattern that r matched, such as /r/{token}.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		if p := c.RoutePattern(); p != "" {
			return p
		}
	}
	return "none"
}

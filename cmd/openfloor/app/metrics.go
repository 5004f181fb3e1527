package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openfloor/openfloor/ingest"
)

// metrics is what /metrics tells. No label ever comes from an event or from what somebody sent.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
}

// newMetrics returns metrics of a.
func newMetrics(a *App) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "openfloor_http_requests_total", Help: "HTTP requests answered, by method and status.",
	}, []string{"method", "code"})}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "openfloor_build_info", Help: "Always 1; the version is in the label.",
		ConstLabels: prometheus.Labels{"version": a.cfg.Version},
	})
	build.Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
		m.requests, build,
		gauge("openfloor_floor_seq", "Newest sequence of FLOOR that this process has applied.",
			func() float64 { return float64(a.record.Seen()) }),
		gauge("openfloor_events", "Events on the record.", func() float64 { return float64(len(a.record.Events())) }),
		gauge("openfloor_ready", "1 when /readyz says yes.", func() float64 {
			if ok, _ := a.checks(); ok {
				return 1
			}
			return 0
		}),
	)
	if a.live != nil {
		m.registry.MustRegister(gauge("openfloor_streams", "Live streams that are open on this process.",
			func() float64 { return float64(a.live.Open()) }))
	}
	if a.supervisor != nil {
		m.registry.MustRegister(sources{a})
	}
	return m
}

// handler answers /metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// count counts what next answers.
func (m *metrics) count(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerCounter(m.requests, next)
}

// sources counts the sources of this process by kind and state.
type sources struct{ a *App }

var sourceStates = prometheus.NewDesc("openfloor_sources", "Sources that this process reads, by kind and state.", []string{"kind", "state"}, nil)

// Describe implements prometheus.Collector.
func (s sources) Describe(out chan<- *prometheus.Desc) { out <- sourceStates }

// Collect implements prometheus.Collector.
func (s sources) Collect(out chan<- prometheus.Metric) {
	type key struct {
		kind  string
		state ingest.State
	}
	count := map[key]int{}
	for _, e := range s.a.record.Events() {
		for _, h := range s.a.supervisor.Health(e.Slug) {
			count[key{string(h.Kind), h.State}]++
		}
	}
	for k, n := range count {
		out <- prometheus.MustNewConstMetric(sourceStates, prometheus.GaugeValue, float64(n), k.kind, string(k.state))
	}
}

package app

import (
	"net/http"
	"time"

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

// sources tells how the sources that this process reads are doing, by kind.
type sources struct{ a *App }

var (
	sourceStates = prometheus.NewDesc("openfloor_sources", "Sources that this process reads, by kind and state.", []string{"kind", "state"}, nil)
	sourceSilent = prometheus.NewDesc("openfloor_source_silence_seconds", "Time since the last post of any source of the kind that this process reads.", []string{"kind"}, nil)
	sourceUsed   = prometheus.NewDesc("openfloor_source_budget_used", "Posts read for budgets, over the sources of the kind that this process reads.", []string{"kind"}, nil)
	sourcePosts  = prometheus.NewDesc("openfloor_source_posts_total", "Posts taken in by this process, by kind.", []string{"kind"}, nil)
	sourceSkips  = prometheus.NewDesc("openfloor_source_skipped_total", "Things that could not be represented as posts, by kind.", []string{"kind"}, nil)
	sourceFaults = prometheus.NewDesc("openfloor_source_faults_total", "Times that a source had to wait before it was tried again, by kind.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (s sources) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sourceStates, sourceSilent, sourceUsed, sourcePosts, sourceSkips, sourceFaults} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s sources) Collect(out chan<- prometheus.Metric) {
	type key struct {
		kind  string
		state ingest.State
	}
	count := map[key]int{}
	newest, used := map[string]time.Time{}, map[string]int{}
	for _, e := range s.a.record.Events() {
		for _, h := range s.a.supervisor.Health(e.Slug) {
			if h.Elsewhere {
				continue
			}
			kind := string(h.Kind)
			count[key{kind, h.State}]++
			used[kind] += h.Used
			if h.LastPostAt.After(newest[kind]) {
				newest[kind] = h.LastPostAt
			}
		}
	}
	tell := func(d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, t, v, labels...)
	}
	for k, n := range count {
		tell(sourceStates, prometheus.GaugeValue, float64(n), k.kind, string(k.state))
	}
	for kind, at := range newest {
		tell(sourceSilent, prometheus.GaugeValue, time.Since(at).Seconds(), kind)
	}
	for kind, n := range used {
		tell(sourceUsed, prometheus.GaugeValue, float64(n), kind)
	}
	for kind, n := range s.a.supervisor.Totals() {
		tell(sourcePosts, prometheus.CounterValue, float64(n.Received), string(kind))
		tell(sourceSkips, prometheus.CounterValue, float64(n.Skipped), string(kind))
		tell(sourceFaults, prometheus.CounterValue, float64(n.Faults), string(kind))
	}
}

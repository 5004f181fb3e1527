package ui

// icons are our own drawings on a 24 by 24 grid, by symbol id: i-… are drawn in lines of the text's colour, s-… are
// the sources' tiles (shape, letter and colour each say which). No network's logo is among them but x-mark: X's own, which
// its display requirements ask for beside its posts. It is used on their cards and nowhere else.
var icons = func() map[string]string {
	m := map[string]string{
		"brand": `<path d="M2 20.7h20" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" fill="none"/><circle fill="currentColor" cx="5.4" cy="14.4" r="2.9"/><circle fill="currentColor" cx="18.6" cy="14.4" r="2.9"/><circle class="brand__up" cx="12" cy="8" r="4.2"/>`,

		"x-mark": `<path fill="currentColor" d="M2 2.5h6.3l4.9 6.6 5.9-6.6h2.6l-7.3 8.2 8.1 10.8h-6.3l-5.3-7.1-6.3 7.1H2l7.7-8.7zm3.6 1.9 11.6 15.2h1.7L7.4 4.4z"/>`,

		"s-bluesky":  `<circle class="src__t" cx="12" cy="12" r="11.5"/><path class="src__l" d="M9 6.8v10.4h3.7a2.7 2.7 0 0 0 0-5.4H9h3.2a2.5 2.5 0 0 0 0-5z"/>`,
		"s-in":       `<path class="src__t" d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z"/><path class="src__l" d="M12 6v9M8 11.5l4 4 4-4M7.5 18.5h9"/>`,
		"s-mastodon": `<rect class="src__t" x="1" y="1" width="22" height="22" rx="9"/><path class="src__l" d="M6.8 16.5V8l5.2 5.2L17.2 8v8.5"/>`,
		"s-room":     `<path class="src__t" d="M12 .5 23.5 9v13a1.5 1.5 0 0 1-1.5 1.5H2A1.5 1.5 0 0 1 .5 22V9z"/><path class="src__l" d="M8.5 18.5v-9h4.2a2.6 2.6 0 0 1 0 5.2H8.5m4.5 0 3 3.8"/>`,
		"s-web":      `<path class="src__t" d="M3 1h13l7 7v13a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z"/><path class="src__l" d="M6 9h7M6 13.3h12M6 17.6h8"/>`,
		"s-x":        `<rect class="src__t" x="1" y="1" width="22" height="22" rx="3"/><path class="src__l" d="M7.5 7l9 10M16.5 7l-9 10"/>`,
	}
	for name, d := range map[string]string{
		"check":   `<path d="M4 12.5 9.5 18 20 6.5"/>`,
		"chev":    `<path d="M9 5.5 15.5 12 9 18.5"/>`,
		"clock":   `<circle cx="12" cy="12" r="9"/><path d="M12 7v5.5l3.5 2"/>`,
		"cross":   `<path d="M6 6l12 12M18 6 6 18"/>`,
		"down":    `<path d="M12 4v15M5.5 12.5 12 19l6.5-6.5"/>`,
		"edit":    `<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19 4 20zM14 6.5l3.5 3.5"/>`,
		"flag":    `<path d="M5 21V4M5 4.5h12l-2.5 4L17 12.5H5"/>`,
		"globe":   `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3.8 6 3.8 9s-.8 6-3.8 9c-3-3-3.8-6-3.8-9s.8-6 3.8-9z"/>`,
		"grip":    `<path d="M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01" stroke-width="3.2"/>`,
		"link":    `<path d="M10 14a4 4 0 0 0 6 .5l3-3a4.2 4.2 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3a4.2 4.2 0 0 0 6 6l1.5-1.5"/>`,
		"list":    `<path d="M8 6.5h12M8 12h12M8 17.5h12M4 6.5h.01M4 12h.01M4 17.5h.01"/>`,
		"lock":    `<path d="M5 11h14v9.5H5zM8 11V8a4 4 0 0 1 8 0v3"/>`,
		"merge":   `<path d="M5 4v3c0 4 7 4 7 8v5M19 4v3c0 4-7 4-7 8M8.5 16.5 12 20l3.5-3.5"/>`,
		"moon":    `<path d="M19.5 14.5A8.5 8.5 0 0 1 9.5 4.5a8.5 8.5 0 1 0 10 10z"/>`,
		"next":    `<path d="M4 12h15M12.5 5.5 19 12l-6.5 6.5"/>`,
		"note":    `<path d="M5 3.5h14v11.5l-5.5 5.5H5zM13.5 20.5V15H19M8.5 8h7M8.5 11.5h4"/>`,
		"offline": `<path d="M3 3l18 18M8.5 15.5a5 5 0 0 1 5.5-1M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-5.5-2.9M2 8.5a15 15 0 0 1 4-2.5M22 8.5A15 15 0 0 0 11 5"/><path d="M12 19h.01" stroke-width="3"/>`,
		"pause":   `<path d="M8.5 5v14M15.5 5v14"/>`,
		"person":  `<circle cx="12" cy="8" r="4"/><path d="M4 21c.6-4.6 3.8-7 8-7s7.4 2.4 8 7"/>`,
		"pin":     `<path d="M8 3.5h8M9.5 3.5v6L6 14h12l-3.5-4.5v-6M12 14v7"/>`,
		"plus":    `<path d="M12 4.5v15M4.5 12h15"/>`,
		"quote":   `<path d="M5 17c3-1 4-3 4-6V6H4v6h4M16 17c3-1 4-3 4-6V6h-5v6h4"/>`,
		"refresh": `<path d="M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.5 7.5M4.5 14a8 8 0 0 0 14 2.5"/>`,
		"screen":  `<path d="M3 4.5h18v12H3zM12 16.5V20M8 20h8"/>`,
		"search":  `<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5 21 21"/>`,
		"shield":  `<path d="M12 3l8 3v6c0 4.5-3.2 7.5-8 9-4.8-1.5-8-4.5-8-9V6z"/>`,
		"skip":    `<path d="M5 5.5 13 12l-8 6.5zM18 5.5v13"/>`,
		"sliders": `<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
		"snow":    `<path d="M12 2.5v19M3.8 7.2l16.4 9.6M20.2 7.2 3.8 16.8M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5"/>`,
		"speech":  `<path d="M4 4.5h16v11.5H11l-4.5 4V16H4z"/>`,
		"split":   `<path d="M12 20v-6c0-4-7-3-7-8V4M12 14c0-4 7-3 7-8V4M2.5 6.5 5 4l2.5 2.5M16.5 6.5 19 4l2.5 2.5"/>`,
		"tag":     `<path d="M3.5 3.5h8l9 9-8 8-9-9zM8 8h.01"/>`,
		"tick":    `<path d="M3.5 6.5 5.5 8.5 9 4.5M3.5 17.5l2 2 3.5-4M12.5 7H21M12.5 17.5H21"/>`,
		"undo":    `<path d="M9 5 4 10l5 5M4.5 10H14a5.5 5.5 0 0 1 0 11h-3"/>`,
		"up":      `<path d="M12 20V5M5.5 11.5 12 5l6.5 6.5"/>`,
		"warn":    `<path d="M12 3.5 22 20.5H2zM12 10v4.5M12 17.5h.01"/>`,
	} {
		// The group carries what makes it a line drawing, so that it is one without the stylesheet too.
		m["i-"+name] = `<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` + d + `</g>`
	}
	return m
}()

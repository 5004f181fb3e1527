// Package ui draws Openfloor's pages and serves what they need: templates, styles, scripts, fonts.
//
//	web --(a page struct)--> Render --(html/template)--> HTML
//	                              AssetsPath + AssetsHandler --> css, js, fonts, icon (immutable)
//
// One struct per page says everything its template may show; web fills it from the core's types. The same template
// partial that draws an item also draws the empty item inside a <template> element: the scripts clone it and set
// text and attributes, so that markup is written once and nothing ever goes through innerHTML.
//
// Invariants, each with its test:
//   - Everything a person wrote reaches a page as text or as an attribute's value, never as markup.
//   - No inline script, style, style attribute, event handler or data: address, so that the strict content policy
//     (default-src 'none', trusted-types 'none') holds.
//   - The attendee's first load (page, style, scripts, icon) is below 14,336 bytes on the wire.
//   - The size classes of the screen are the same in Go and in JavaScript (jstest/testdata/sizes.json).
//
// It does not route, does not know sessions, NATS or the desk, and decides nothing about who may see what: it draws
// what it is given.
package ui

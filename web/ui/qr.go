package ui

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// QR draws text as a QR code (level M: 15 % of it may be damaged) with the quiet zone of four modules that
// ISO/IEC 18004 asks for: one SVG of one path in whole numbers. Label names it for those who cannot see it.
// A text too long for any code gives nothing.
func QR(text, label string) template.HTML {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="-4 -4 %d %[1]d" role="img" aria-label="%s"><path fill="#14130f" d="`, code.Size+8, html.EscapeString(label))
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			w := 1
			for code.Black(x+w, y) {
				w++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%[3]d", x, y, w)
			x += w
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()) // #nosec: numbers and one escaped label
}

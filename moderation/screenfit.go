package moderation

import "github.com/openfloor/openfloor/moderation/text"

// What the screen shows whole of a post on X, whose card takes more room than a question and may not be cut, at its
// smallest size: rows, and columns in each. Measured in Chromium with four runs of words (plain English, long German
// words, capitals, links and tags) and rows of one word: at 1920×1080 and 1280×720 the tightest held 6 rows and 299
// columns in all, at 1024×768 and 800×600 8 rows and 309. web/e2e/xcard.test.mjs measures it again.
const (
	wideRows, wideColumns     = 6, 49
	narrowRows, narrowColumns = 8, 38
)

// FitsScreen reports whether any screen shows s whole. Everything but a post on X does, or may be cut: of those, one
// that does not fit is not staged but paraphrased.
func (s Submission) FitsScreen() bool {
	return s.Source != FromX ||
		text.Rows(s.Text, wideColumns) <= wideRows && text.Rows(s.Text, narrowColumns) <= narrowRows
}

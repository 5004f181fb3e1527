package ingest

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/openfloor/openfloor/moderation/text"
)

func TestCleanHTML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"empty":        {"", ""},
		"plain":        {"Who leads?", "Who leads?"},
		"paragraphs":   {"<p>One</p><p>Two</p>", "One\n\nTwo"},
		"break":        {"<p>One<br>two<br />three</p>", "One\ntwo\nthree"},
		"empty line":   {"<p>One<br><br><br>two</p>", "One\n\ntwo"},
		"white space":  {"<p>  One \n two\t </p>  <p> three</p>", "One two\n\nthree"},
		"no-break":     {"<p>10&nbsp;%</p>", "10\u00a0%"},
		"entities":     {"<p>was hei&szlig;t &lt;b&gt;fett&lt;/b&gt; &amp;amp; &#x1F642;?</p>", "was heißt <b>fett</b> &amp; 🙂?"},
		"hashtag":      {`<p>Who? <a href="https://social.example/tags/AskPanel" class="mention hashtag" rel="tag">#<span>AskPanel</span></a></p>`, "Who? #AskPanel"},
		"mention":      {`<p><span class="h-card"><a href="https://social.example/@ana" class="u-url mention">@<span>ana</span></a></span> hi</p>`, "@ana hi"},
		"bare hashtag": {`<a href="https://social.example/tag/x">#x</a>`, "#x"},
		"link": {`<p>See <a href="https://example.org/a/long/report?x=1&amp;y=2" rel="nofollow"><span class="invisible">https://</span><span class="ellipsis">example.org/a/long</span><span class="invisible">/report?x=1&amp;y=2</span></a>.</p>`,
			"See https://example.org/a/long/report?x=1&y=2."},
		"short link":      {`<a href="https://example.org/"><span class="invisible">https://</span>example.org</a>`, "https://example.org/"},
		"masked link":     {`<a href="https://evil.example/x">your bank</a> now`, "your bank (https://evil.example/x) now"},
		"lying link":      {`<a href="https://evil.example/x">https://bank.example/</a>`, "https://bank.example/ (https://evil.example/x)"},
		"script link":     {`<a href="javascript:alert(1)">click</a>`, "click"},
		"ellipsis":        {`<span class="ellipsis">shortened</span> text`, "shortened… text"},
		"invisible":       {`a<span class="invisible">b<span>c</span>d</span>e`, "ae"},
		"unclosed hidden": {`<p>a<span class="invisible">b</p><p>c</p>`, "a\n\nc"},
		"script":          {`a<script>alert("<p>b</p>")</script><style>p{}</style>c`, "ac"},
		"svg":             {`a<svg><svg></svg><text>b</text></svg>c`, "ac"},
		"comment":         {"a<!-- b -->c", "ac"},
		"list":            {"<p>So:</p><ul><li>one</li><li>two</li></ul><p>end</p>", "So:\n\n- one\n- two\n\nend"},
		"quote":           {"<blockquote><p>He said</p></blockquote>no", "He said\n\nno"},
		"preformatted":    {"<pre><code>a\n  b</code></pre>", "a\n  b"},
		"emoji image":     {`hi <img class="emoji" alt=":blobcat:" src="https://x.example/a.png">`, "hi :blobcat:"},
		"shortcode":       {"<p>hi :blobcat:</p>", "hi :blobcat:"},
		"broken":          {"<p>a < b <b>c</p", "a < b c"},
		"unclosed link":   {`<p><a href="https://example.org/x">words<p>next`, "words (https://example.org/x)\n\nnext"},
		"attribute":       {`<p onclick="x" class='<b>'>a</p>`, "a"},
		"override":        {"<p>a\u202eb&#x202e;c</p>", "abc"},
		"no space tags":   {`<p>a<b>b</b>c <i>d</i></p>`, "abc d"},
		"right to left":   {"<p>مرحبا <a class=\"hashtag\" href=\"https://s.example/tags/x\">#<span>سؤال</span></a></p>", "مرحبا #سؤال"},
		"huge":            {strings.Repeat("<p>word word</p>", 100_000), strings.TrimSpace(strings.Repeat("word word\n\n", 2000))[:TextBytes-5]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := CleanHTML(c.in)
			if name == "huge" {
				if len(got) > TextBytes || len(got) < TextBytes/2 {
					t.Errorf("%d bytes, want at most %d and not much less", len(got), TextBytes)
				}
				return
			}
			if got != c.want {
				t.Errorf("CleanHTML(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzCleanHTML(f *testing.F) {
	for _, s := range []string{"", "<p>a</p>", `<a href="https://example.org/x" class="mention">a<span class="invisible">b</span>`, "<svg><p></svg>a", "&amp;lt;script&gt;",
		"<pre>\n a\u202e", "<li><td><br><hr>", "\xff<\x00p>", `<span class="ellipsis">a</span>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := CleanHTML(in)
		if !utf8.ValidString(got) || len(got) > TextBytes || got != text.Normalise(got) {
			t.Errorf("CleanHTML(%q) = %q", in, got)
		}
		for _, r := range got {
			if unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("CleanHTML(%q) holds %U", in, r)
			}
		}
	})
}

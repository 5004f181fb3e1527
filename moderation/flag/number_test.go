package flag

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Numbers of every range that could be a person's are made here, from nought, and stand in no file.

func TestInsurancePrefixes(t *testing.T) {
	t.Parallel()
	given := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			prefix := string([]rune{a, b})
			want := !strings.ContainsRune("DFIQUV", a) && !strings.ContainsRune("DFIQUVO", b) &&
				!strings.Contains("BG GB KN NK NT TN ZZ", prefix) || prefix == "QQ"
			got := marked("My number: "+prefix+" 00 00 00 A", Hints{})
			if (len(got) == 1 && strings.HasPrefix(got[0], NationalInsurance)) != want {
				t.Errorf("prefix %s: found %v, want %v", prefix, got, want)
			}
			if want {
				given++
			}
		}
	}
	// 20 first letters, 19 second ones, less seven, and the example.
	if given != 20*19-7+1 {
		t.Errorf("%d prefixes are known, want %d", given, 20*19-7+1)
	}
}

func TestNHSCheckDigit(t *testing.T) {
	t.Parallel()
	// Any wrong digit, and any two neighbours that changed places, show: that is what modulus 11 is for.
	const right = "9990000018"
	for i := range right {
		for d := '0'; d <= '9'; d++ {
			other := right[:i] + string(d) + right[i+1:]
			if got := nhsCheck([]byte(other)); got != (other == right) {
				t.Errorf("%s: right %v", other, got)
			}
		}
		if i > 0 && right[i] != right[i-1] {
			other := []byte(right)
			other[i], other[i-1] = other[i-1], other[i]
			if nhsCheck(other) {
				t.Errorf("%s: right with two digits changed about", other)
			}
		}
	}
}

func TestNHSRanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first string // digits, filled up with nought and the check digit
		want  bool
	}{
		{"400", true}, {"499", true}, {"600", true}, {"708", true}, {"320", true}, {"399", true}, {"999", true},
		{"010100", true}, {"311200", true}, {"321200", true}, {"001200", false}, {"011300", false}, {"000100", false}, {"310", false},
		{"500", false}, {"800", false}, {"200", false},
	}
	for _, tt := range tests {
		n := tt.first + strings.Repeat("0", 9-len(tt.first))
		found := false
		for d := range 10 { // the right check digit is one of them, unless it would be 10
			full := fmt.Sprintf("%s%d", n, d)
			if nhsCheck([]byte(full)) {
				found = true
				got := marked("CHI or NHS number "+full[:3]+" "+full[3:6]+" "+full[6:], Hints{})
				if (len(got) == 1 && strings.HasPrefix(got[0], NHSNumber)) != tt.want {
					t.Errorf("%s: found %v, want %v", full, got, tt.want)
				}
			}
		}
		if !found {
			t.Logf("%s has the check digit 10", n)
		}
	}
}

func TestLuhn(t *testing.T) {
	t.Parallel()
	// The example of ISO/IEC 7812-1 annex B, and its nine neighbours.
	for d := range 10 {
		n := fmt.Sprintf("7992739871%d", d)
		if luhn([]byte(n)) != (d == 3) {
			t.Errorf("%s: %v", n, luhn([]byte(n)))
		}
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	const paris, home = "Appelez le 01 99 00 12 34", "Ring 07700 900142"
	tests := []struct {
		name  string
		hints Hints
		text  string
		want  []string
	}{
		{"here by default", Hints{}, home, []string{"phone:07700 900142"}},
		{"here from abroad", Hints{Zone: "Europe/Paris"}, home, []string{"phone:07700 900142"}},
		{"by zone", Hints{Languages: []string{"fr"}, Zone: "Europe/Paris"}, paris, []string{"phone:01 99 00 12 34"}},
		{"by language and region", Hints{Languages: []string{"fr-FR"}, Zone: "Europe/London"}, paris, []string{"phone:01 99 00 12 34"}},
		{"not by language alone", Hints{Languages: []string{"fr"}, Zone: "Europe/London"}, paris, nil},
		{"not from elsewhere", Hints{Languages: []string{"fr"}}, paris, nil},
		{"a zone that hints at nothing", Hints{Zone: "Antarctica/Troll"}, home, []string{"phone:07700 900142"}},
		{"nonsense", Hints{Zone: "x", Languages: []string{"", "-", "en-Latn-GB", "zz-ZZ"}}, home, []string{"phone:07700 900142"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range marked(tt.text, tt.hints) {
				if strings.HasPrefix(m, Phone) {
					got = append(got, m)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("numbers in %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestManyFindings(t *testing.T) {
	t.Parallel()
	// Whoever sends a thousand numbers has a moderator reading already: some are told, and nothing breaks.
	if got := len(Find(strings.Repeat("07700 900142, ", 1000), Hints{})); got != perKind {
		t.Errorf("%d findings, want %d", got, perKind)
	}
	// Numbers that are none first, so that the library is not asked about the one that is: shape alone decides then.
	text := strings.Repeat("0100 200 300 ", 2*asked) + "ring 07700 900142"
	if got := marked(text, Hints{}); len(got) == 0 || got[len(got)-1] != "phone:07700 900142" {
		t.Errorf("the number behind many that are none is lost; found %d, the last of them %v", len(got), got[max(0, len(got)-1):])
	}
}

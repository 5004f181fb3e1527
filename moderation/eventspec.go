package moderation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of an event's fields. They are ours, made to fit a screen and a form.
const (
	maxTitle      = 200             // grapheme clusters
	maxHashtags   = 8               // per event
	maxHashtag    = 100             // grapheme clusters, each
	maxReasons    = 20              // reasons for declining
	maxReason     = 80              // grapheme clusters, each
	maxConsent    = 2000            // grapheme clusters
	maxSubmission = 5000            // grapheme clusters an event may allow
	maxSources    = 16              // per event
	maxRetention  = 3650            // days
	DefaultLength = 500             // grapheme clusters of a submission
	DefaultKeep   = 30              // days that words and names are kept after the end
	DefaultZone   = "Europe/London" // IANA name, as the contract has it
)

// DefaultReasons are the reasons for declining that a new event offers.
var DefaultReasons = []string{"Off topic", "Asked already", "Personal data", "Unkind"}

// EventSpec is an event as an organiser writes it, in the API's JSON. Nil means "the default".
type EventSpec struct {
	Title         *string         `json:"title,omitempty"`
	Slug          *string         `json:"slug,omitempty"`
	Mode          *Mode           `json:"mode,omitempty"`
	Hashtags      []string        `json:"hashtags,omitempty"`
	Zone          *string         `json:"zone,omitempty"`
	OpensAt       *time.Time      `json:"opens_at,omitempty"`
	StartsAt      *time.Time      `json:"starts_at,omitempty"`
	EndsAt        *time.Time      `json:"ends_at,omitempty"`
	ClosesAt      *time.Time      `json:"closes_at,omitempty"`
	MaxLength     *int            `json:"max_length,omitempty"`
	Consent       *Consent        `json:"consent,omitempty"`
	Policy        *Policy         `json:"policy,omitempty"`
	Frozen        *bool           `json:"frozen,omitempty"`
	Reasons       []string        `json:"reasons,omitempty"`
	Languages     []string        `json:"languages,omitempty"`
	Label         *Label          `json:"label,omitempty"`
	RetentionDays *int            `json:"retention_days,omitempty"`
	Theme         *string         `json:"theme,omitempty"`
	Sources       []SourceSetting `json:"sources,omitempty"`
}

// DecodeStrict reads one JSON value of at most the reader's bytes into v. Broken JSON is an error of its own kind
// (ErrSyntax); an unknown or ill-typed field is a Problem that names it.
func DecodeStrict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: there is something after the end of the JSON value", ErrSyntax)
		}
		return nil
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return Invalid(name, fmt.Sprintf("There is no field %q here. Leave it out.", name))
	}
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return Invalid(te.Field, fmt.Sprintf("This has to be a %s, not a %s.", jsonKind(te.Type.Kind().String()), te.Value))
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return Invalid("", "A time is not as RFC 3339 has it, such as 2026-11-30T18:30:00Z.")
	}
	return fmt.Errorf("%w: %w", ErrSyntax, err)
}

// ErrSyntax says that a body is not JSON at all.
var ErrSyntax = errors.New("broken JSON")

func jsonKind(k string) string {
	switch k {
	case "struct", "map":
		return "JSON object"
	case "slice", "array":
		return "list"
	case "bool":
		return "true or false"
	case "int", "int64", "uint64", "float64":
		return "number"
	}
	return "string"
}

// NewEvent makes the first revision of an event out of spec, with every default filled in, or tells every fault
// of the spec at once (a *Problem of kind ErrInvalid).
func NewEvent(spec EventSpec, now time.Time, by Actor) (Event, error) {
	e := Event{
		Mode: Panel, Zone: DefaultZone, OpensAt: now, MaxLength: DefaultLength, RetentionDays: DefaultKeep,
		Consent: Consent{}, Policy: Policy{Arrivals: ArriveReview}, Reasons: DefaultReasons, Languages: []string{"en"},
		Label: Label{Q: "Q", A: "A"}, Hashtags: []string{}, CreatedAt: now,
		Change: Change{Action: CreateEvent, By: by, At: now},
	}
	if spec.Slug != nil {
		e.Slug = *spec.Slug
	}
	if spec.Mode != nil {
		e.Mode = *spec.Mode
	}
	if spec.Title == nil {
		empty := ""
		spec.Title = &empty
	}
	if e.Slug == "" {
		e.Slug = text.Slug(*spec.Title)
	}
	if e.Slug == "" || !text.ValidSlug(e.Slug) && spec.Slug == nil {
		e.Slug = "event-" + strings.ToLower(newID()[:6])
	}
	e = spec.over(e)
	if spec.ClosesAt == nil && e.EndsAt != nil {
		e.ClosesAt = e.EndsAt
	}
	if err := e.validate(); err != nil {
		return Event{}, err
	}
	e.State = e.StateAt(now)
	return e, nil
}

// over lays what spec says over e.
func (spec EventSpec) over(e Event) Event {
	set(&e.Title, spec.Title)
	e.Title = strings.Join(strings.Fields(text.Normalise(e.Title)), " ")
	set(&e.Zone, spec.Zone)
	set(&e.OpensAt, spec.OpensAt)
	set(&e.MaxLength, spec.MaxLength)
	set(&e.Consent, spec.Consent)
	set(&e.Policy, spec.Policy)
	e.Policy.Arrivals = cmp.Or(e.Policy.Arrivals, ArriveReview)
	e.Policy.BlockedWords = CleanBlockedWords(e.Policy.BlockedWords)
	set(&e.Frozen, spec.Frozen)
	set(&e.Label, spec.Label)
	set(&e.RetentionDays, spec.RetentionDays)
	set(&e.Theme, spec.Theme)
	e.StartsAt, e.EndsAt, e.ClosesAt = spec.StartsAt, spec.EndsAt, spec.ClosesAt
	if spec.Hashtags != nil {
		e.Hashtags = CleanTags(spec.Hashtags)
	}
	if spec.Reasons != nil {
		e.Reasons = spec.Reasons
	}
	if spec.Languages != nil {
		e.Languages = spec.Languages
	}
	if spec.Sources != nil {
		e.Sources = slices.Clone(spec.Sources)
		for i := range e.Sources {
			e.Sources[i].Hashtags = CleanTags(e.Sources[i].Hashtags)
		}
	}
	return e
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// CleanTags returns hashtags as they are stored: it drops the leading # and what is empty or there twice.
func CleanTags(tags []string) []string {
	out := make([]string, 0, len(tags))
	var folded []string
	for _, t := range tags {
		t = strings.TrimLeft(strings.TrimSpace(t), "#＃")
		if f := text.FoldTag(t); t != "" && !slices.Contains(folded, f) {
			out, folded = append(out, t), append(folded, f)
		}
	}
	return out
}

// spec is what an organiser would have to write to get e: what a merge patch is laid over.
func (e Event) spec() EventSpec {
	return EventSpec{Title: &e.Title, Mode: &e.Mode, Hashtags: e.Hashtags, Zone: &e.Zone, OpensAt: &e.OpensAt,
		StartsAt: e.StartsAt, EndsAt: e.EndsAt, ClosesAt: e.ClosesAt, MaxLength: &e.MaxLength, Consent: &e.Consent,
		Policy: &e.Policy, Frozen: &e.Frozen, Reasons: e.Reasons, Languages: e.Languages, Label: &e.Label,
		RetentionDays: &e.RetentionDays, Theme: &e.Theme, Sources: e.Sources}
}

// Patched returns e with an RFC 7396 merge patch laid over it. A null gives a field its default back. The slug
// never changes, and neither does the mode once something was sent.
func (e Event) Patched(patch []byte, anythingSent bool, by Actor, now time.Time) (Event, error) {
	var p map[string]any
	if err := json.Unmarshal(patch, &p); err != nil {
		return e, fmt.Errorf("%w: a patch is a JSON object", ErrSyntax)
	}
	if _, has := p["slug"]; has {
		return e, Invalid("slug", "An event keeps its slug for ever. Leave it out.")
	}
	if m, has := p["mode"]; has && anythingSent && m != string(e.Mode) {
		return e, Invalid("mode", "Something has been sent already, so the mode stays as it is.")
	}
	now0 := e.spec()
	whole, err := json.Marshal(now0)
	if err != nil {
		return e, err
	}
	var doc map[string]any
	if err := json.Unmarshal(whole, &doc); err != nil {
		return e, err
	}
	merged, err := json.Marshal(mergePatch(doc, p))
	if err != nil {
		return e, err
	}
	var spec EventSpec
	if err := DecodeStrict(bytes.NewReader(merged), &spec); err != nil {
		return e, err
	}
	title := ""
	if spec.Title == nil {
		spec.Title = &title
	}
	fresh, err := NewEvent(EventSpec{Title: spec.Title, Slug: &e.Slug}, e.CreatedAt, by)
	if err != nil && spec.Title == &title {
		return e, Invalid("title", "An event needs a title.")
	}
	fresh.Slug, fresh.Mode = e.Slug, e.Mode
	set(&fresh.Mode, spec.Mode)
	n := spec.over(fresh)
	n.Rev, n.Shut, n.CreatedAt = e.Rev, e.Shut, e.CreatedAt
	if _, has := p["closes_at"]; !has && n.Mode == Panel && equalTime(e.ClosesAt, e.EndsAt) {
		n.ClosesAt = n.EndsAt // it followed the end before, so it follows it now
	}
	if err := n.validate(); err != nil {
		return e, err
	}
	n.State = n.StateAt(now)
	n.Change = Change{Action: ChangeEvent, By: by, At: now}
	return n, nil
}

func equalTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// mergePatch is RFC 7396 section 2 for objects.
func mergePatch(doc, patch map[string]any) map[string]any {
	for k, v := range patch {
		if v == nil {
			delete(doc, k)
			continue
		}
		sub, isObject := v.(map[string]any)
		if !isObject {
			doc[k] = v
			continue
		}
		was, _ := doc[k].(map[string]any)
		if was == nil {
			was = map[string]any{}
		}
		doc[k] = mergePatch(was, sub)
	}
	return doc
}

// validate tells every fault of e at once.
func (e Event) validate() error {
	var faults []Field
	bad := func(field, detail string, args ...any) {
		faults = append(faults, Field{Field: field, Detail: fmt.Sprintf(detail, args...)})
	}
	if !text.ValidSlug(e.Slug) {
		bad("slug", "A slug has 1 to 63 of a to z, 0 to 9 and -, no - at either end, and is not a word that Openfloor uses itself.")
	}
	if e.Title == "" {
		bad("title", "An event needs a title.")
	} else if n := text.Length(e.Title); n > maxTitle {
		bad("title", "The title has %d characters; %d is the most.", n, maxTitle)
	}
	switch e.Mode {
	case Panel:
	case Chat:
		bad("mode", "This version runs panels only. Leave the mode out, or say panel.")
	default:
		bad("mode", "The mode is panel or chat.")
	}
	if _, err := time.LoadLocation(e.Zone); err != nil || e.Zone == "" || e.Zone == "Local" {
		bad("zone", "There is no time zone %q. Use a name such as Europe/London.", e.Zone)
	}
	if len(e.Hashtags) > maxHashtags {
		bad("hashtags", "At most %d hashtags.", maxHashtags)
	}
	for _, t := range e.Hashtags {
		if !validTag(t) {
			bad("hashtags", "%q is not a hashtag. Use letters and digits, without spaces.", t)
		}
	}
	if e.StartsAt != nil && e.EndsAt != nil && !e.EndsAt.After(*e.StartsAt) {
		bad("ends_at", "The event ends before it starts.")
	}
	if e.ClosesAt != nil && !e.ClosesAt.After(e.OpensAt) {
		bad("closes_at", "The event closes before it opens.")
	}
	if e.MaxLength < 1 || e.MaxLength > maxSubmission {
		bad("max_length", "Between 1 and %d characters.", maxSubmission)
	}
	if text.Length(e.Consent.Text) > maxConsent {
		bad("consent", "The text of the consent has more than %d characters.", maxConsent)
	}
	if e.Consent.Required && strings.TrimSpace(e.Consent.Text) == "" {
		bad("consent", "Say in consent.text what people agree to.")
	}
	if !slices.Contains([]string{ArriveReview, ArriveTrust, ArriveOpenChat}, e.Policy.Arrivals) {
		bad("policy", "arrivals is review, trust or open_chat.")
	}
	if fault := faultBlockedWords(e.Policy.BlockedWords); fault != "" {
		bad("policy", "blocked_words: %s", fault)
	}
	if len(e.Reasons) > maxReasons {
		bad("reasons", "At most %d reasons.", maxReasons)
	}
	for _, r := range e.Reasons {
		if n := text.Length(r); n == 0 || n > maxReason {
			bad("reasons", "A reason has 1 to %d characters.", maxReason)
		}
	}
	if e.RetentionDays < 1 || e.RetentionDays > maxRetention {
		bad("retention_days", "Between 1 and %d days.", maxRetention)
	}
	if e.Label.Q == "" || e.Label.A == "" || text.Length(e.Label.Q) > 1 || text.Length(e.Label.A) > 1 || e.Label.Q == e.Label.A {
		bad("label", "Two different letters, such as Q and A.")
	}
	if len(e.Sources) > maxSources {
		bad("sources", "At most %d sources.", maxSources)
	}
	var names []string
	for _, s := range e.Sources {
		switch fault := cmp.Or(s.Fault(), s.FaultTags()); {
		case fault != "":
			bad("sources", "%s", fault)
		case slices.Contains(names, s.Name()):
			bad("sources", "%s is there twice. Name each place once.", s.Name())
		}
		names = append(names, s.Name())
	}
	if len(faults) > 0 {
		return &Problem{Kind: ErrInvalid, Detail: "The event cannot be stored like this. Correct the fields named here.", Fields: faults}
	}
	return nil
}

// validTag reports whether t, without its #, can be a hashtag.
func validTag(t string) bool {
	return text.FoldTag(t) != "" && text.Length(t) <= maxHashtag && !strings.ContainsAny(t, " \t\n#")
}

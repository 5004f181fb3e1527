package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// doctorCmd is openfloor doctor.
type doctorCmd struct {
	clientFlags
	JSON bool `name:"json" help:"Print one JSON object."`
}

// doctorFinding is what one check found.
type doctorFinding struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warn or fail
	Detail string `json:"detail"`
}

// doctorReport is what the server says about itself.
type doctorReport struct {
	OK     bool            `json:"ok"`
	Checks []doctorFinding `json:"checks"`
}

// doctorMarks are the results as people read them.
var doctorMarks = map[string]string{"ok": "ok  ", "warn": "warn", "fail": "FAIL"}

// Run prints a line for each check. A fault makes it fail; a server that does not answer is one.
func (c *doctorCmd) Run(s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	var report doctorReport
	answer, err := api.do(s.ctx, http.MethodGet, "/doctor", nil)
	if err == nil {
		err = json.Unmarshal(answer, &report)
	}
	if err != nil {
		report = doctorReport{Checks: []doctorFinding{{"server", "fail", err.Error()}}}
	}
	if c.JSON {
		if err := printJSON(s.out, report); err != nil {
			return err
		}
	}
	failed := 0
	for _, f := range report.Checks {
		if f.Result == "fail" {
			failed++
		}
		if c.JSON {
			continue
		}
		mark, known := doctorMarks[f.Result]
		if !known {
			mark = f.Result
		}
		if _, err := fmt.Fprintf(s.out, "%s  %s: %s\n", mark, f.Check, f.Detail); err != nil {
			return err
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d checks failed", failed, len(report.Checks))
	case !report.OK:
		return errors.New("the server says that it is not well")
	}
	return nil
}

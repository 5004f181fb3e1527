package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// maxImport is the largest file that a server takes.
const maxImport = 4 << 20

// importCmd is openfloor import.
type importCmd struct {
	clientFlags
	eventRef
	File    string `arg:"" help:"CSV of submissions gathered before: columns text, name, kind, url, posted_at by header, text required. - reads standard input."`
	Preview bool   `help:"Only say, line by line, what would happen."`
}

// Run imports the file and prints what became of its lines. Nothing usable in it is a failure.
func (c *importCmd) Run(s *streams) error {
	file, err := c.read()
	if err != nil {
		return err
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	path := c.path("/import")
	if c.Preview {
		path += "?preview=true"
	}
	kind := "text/csv"
	if strings.EqualFold(filepath.Ext(c.File), ".json") {
		kind = "application/json"
	}
	answer, err := api.repeated(s.ctx, http.MethodPost, path, kind, file)
	if err != nil {
		return err
	}
	var did struct {
		Imported int `json:"imported"`
		Known    int `json:"known"`
	}
	if err := json.Unmarshal(answer, &did); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if err := printJSON(s.out, answer); err != nil {
		return err
	}
	if did.Imported+did.Known == 0 {
		return errors.New("no line of the file can be used; the lines above say why")
	}
	return nil
}

// read returns what the file holds.
func (c *importCmd) read() ([]byte, error) {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, usagef("%w; name the file to import", err)
		}
		defer f.Close()
		in = f
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(in, maxImport+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.File, err)
	}
	if b.Len() > maxImport {
		return nil, fmt.Errorf("%s has more than %d MiB; divide it", c.File, maxImport>>20)
	}
	return b.Bytes(), nil
}

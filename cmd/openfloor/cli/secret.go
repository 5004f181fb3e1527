package cli

import (
	"fmt"
	"os"
	"strings"
)

// secret reads the variable name, or the file that name_FILE names. Neither is there: empty.
func secret(name string) (string, error) {
	value, file := strings.TrimSpace(os.Getenv(name)), os.Getenv(name+"_FILE")
	switch {
	case value != "" && file != "":
		return "", usagef("%s and %s_FILE are both set; unset one of them", name, name)
	case file == "":
		return value, nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	if value = strings.TrimSpace(string(body)); value == "" {
		return "", fmt.Errorf("%s_FILE: %s is empty; put the secret into it, or unset the variable", name, file)
	}
	return value, nil
}

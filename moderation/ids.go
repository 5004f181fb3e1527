package moderation

import (
	"crypto/rand"
	"strings"
)

// newID returns 26 random letters and digits (130 bits) in lower case.
func newID() string { return strings.ToLower(rand.Text()) }

// NewOp returns a fresh name for an operation.
func NewOp() string { return newID() }

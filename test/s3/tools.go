//go:build tools

// Package tools names the server of Amazon's protocol that the tests of files
// in a bucket run against. It is a module of its own, so that what the server
// needs never reaches the program.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"

// Package deploy holds the files of deploy against the program: every setting,
// command and flag that they name exists, their paths and ports agree, systemd
// finds little left to take away, and nginx runs with its configuration before a
// real platform.
package deploy

// Package webhook tells other people's programs what happened: signed messages
// to the addresses that staff have subscribed, in the manner of Standard
// Webhooks (standardwebhooks.com).
//
// A message is written, with the job that sends it, in the transaction of the
// deed that it tells of: there is no message without a deed and no deed without
// its message. A message that fails is sent again with the same webhook-id, at
// growing intervals with jitter (package jobs), sixteen times over two days. An
// address that has failed for five days gets nothing more until somebody
// switches it on again.
//
// A subscriber chooses an address and the house calls it: without care, anybody
// who may subscribe could make the house call its own machine or its private
// network. Guard refuses those addresses where they cannot be disguised: at the
// socket, once every name is resolved, so that neither a redirect nor a name
// that changes its answer passes. Messages hold public facts only.
package webhook

package auth

// Receipt returns the token of a submission's receipt page, 22 characters: 128 bits of HMAC-SHA256 over the event
// and the submission's id. It is derived, so a request sent twice gets the same one and nothing is stored; who does
// not have the key cannot guess it from an id.
func Receipt(key []byte, event, id string) string { return mac(key, "receipt", event, id) }

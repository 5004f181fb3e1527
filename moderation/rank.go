package moderation

import "strings"

// rankDigits are the digits of a rank, in byte order.
const rankDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const (
	rankBase = len(rankDigits)
	// rankWhole is the number of leading digits that count up and down at the ends of the queue: room for
	// 28,000 million places on either side of the first, so ranks there stay short for ever.
	rankWhole = 6
)

// RankBetween returns a rank that sorts, byte by byte, after a and before b; an empty a is the very top, an empty
// b the very end. It wants a < b and ranks that it made itself. Salt, any text, chooses the last six digits, so
// that desks which rank two things into one gap at the same moment end apart, but once in 50,000 million times: with
// equal ranks nothing could ever come between them. The result never ends in the lowest digit, so there is always room before it.
func RankBetween(a, b, salt string) string {
	switch wa, wb := whole(a), whole(b); {
	case a == "" && b == "":
		mid := 1
		for range rankWhole {
			mid *= rankBase
		}
		return formatWhole(mid/2) + tail(salt)
	case b == "":
		return formatWhole(wa+1) + tail(salt)
	case a == "":
		return formatWhole(wb-1) + tail(salt)
	case wb-wa > 1:
		return formatWhole(wa+(wb-wa)/2) + tail(salt)
	}
	var out []byte
	for i := 0; ; i++ {
		lo, hi := digitAt(a, i), rankBase
		if b != "" {
			hi = digitAt(b, i)
		}
		if hi-lo > 1 {
			return string(append(out, rankDigits[lo+(hi-lo)/2])) + tail(salt)
		}
		out = append(out, rankDigits[lo])
		if hi != lo { // neighbours: whatever follows a's digits is before b
			b = ""
		}
	}
}

// whole is the value of the leading digits of r.
func whole(r string) int {
	n := 0
	for i := range rankWhole {
		n = n*rankBase + digitAt(r, i)
	}
	return n
}

func formatWhole(n int) string {
	var d [rankWhole]byte
	for i := rankWhole - 1; i >= 0; i-- {
		d[i] = rankDigits[n%rankBase]
		n /= rankBase
	}
	return string(d[:])
}

// digitAt is the value of digit i of rank r; past its end it is the lowest.
func digitAt(r string, i int) int {
	if i >= len(r) {
		return 0
	}
	return max(strings.IndexByte(rankDigits, r[i]), 0)
}

// rankTail is the number of digits that tell what is ranked into one gap at once apart.
const rankTail = 6

// tail makes digits out of salt, the last of them not the lowest (FNV-1a, so that the bits mix).
func tail(salt string) string {
	h := uint64(14695981039346656037)
	for i := range len(salt) {
		h = (h ^ uint64(salt[i])) * 1099511628211
	}
	h ^= h >> 32 // the low bits of FNV-1a are its weaker ones
	var d [rankTail]byte
	n := uint64(rankBase)
	for i := range rankTail - 1 {
		d[i] = rankDigits[h%n]
		h /= n
	}
	d[rankTail-1] = rankDigits[1+h%(n-1)]
	return string(d[:])
}

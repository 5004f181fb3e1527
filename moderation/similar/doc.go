// Package similar finds the texts of one event that ask the same.
//
//	text ──parse──> units (question word, negation, words) ──align two──> score 0 to 1
//	                    └──words and their groups──> postings ──rarest first──> candidates
//
// A text is cut into its questions; greetings, labels such as Q3, hashtags, mentions, links and thanks are left
// out. Two questions are compared by the words they share, by stem, by group of meaning, by a slip of one letter
// or by a space more or less, and above all by what they do not share: where each says something that the other
// does not, or they differ in the question word, a number, a negation or an opposite, they are two questions,
// however many words they have in common. That is what keeps "Why was X?" and "Why was Y?" apart.
//
// English words are stemmed; Welsh and Gaelic ones are compared without their initial mutations; any other
// language by its words as they are, and scripts without spaces by pairs of characters.
//
// Invariants, each with a test: a score does not depend on the order of the two texts; equal words score 1; the
// order of results depends on nothing but what was added and in which order; one lookup looks at a bounded
// number of texts, and an index keeps a bounded number of them.
//
// The package decides nothing: it says what a person might want to look at together. It does no I/O.
package similar

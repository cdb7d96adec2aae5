package wiki

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// A bar stands where the first sentence ends; without one it is all of it.
func TestFirstSentenceEndsWhereAReaderWouldEndIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ lang, text string }{
		"two sentences":                {"en", "Go is a language.| It was designed at Google."},
		"no end at all":                {"en", "a page without any sign at its end"},
		"only its end":                 {"en", "Go is a language."},
		"Inc. within":                  {"en", "Apple Inc. is an American company.| It makes phones."},
		"Inc. before a name":           {"en", "Alphabet Inc. Class A shares are traded.| They rise."},
		"Inc. at its end":              {"en", "The owner is Alphabet Inc.| It is in California."},
		"Co. with an ampersand":        {"en", "JPMorgan Chase & Co. is a bank.| It is in New York."},
		"Ltd. and a comma":             {"en", "Hoshino Electronics Co., Ltd., is a maker.| Others follow."},
		"U.S. before a noun":           {"en", "She was the first U.S. Secretary of Labor.| Others followed."},
		"U.S. at its end":              {"en", "He lives in the U.S.| He is a writer."},
		"an abbreviated state":         {"en", "The seat is Washington, D.C.| It was founded in 1790."},
		"initials":                     {"en", "J. R. R. Tolkien was an English writer.| He wrote."},
		"initials without spaces":      {"en", "J.R.R. Tolkien was an English writer.| He wrote."},
		"one letter at its end":        {"en", "An orange is rich in vitamin C.| It is sour."},
		"a middle initial":             {"en", "William J. Hughes was a politician.| He died."},
		"decimals":                     {"en", "Pi is about 3.14159 and e about 2.718.| Both are irrational."},
		"thousands":                    {"en", "It has 1,000.5 m.| That is much."},
		"a year at its end":            {"en", "It was founded in 1998.| Larry Page led it."},
		"No. before a number":          {"en", "Chanel No. 5 is a perfume.| It smells."},
		"no at its end":                {"en", "He said no.| Then he left."},
		"a title":                      {"en", "Dr. Dre and Mr. T are known in St. Louis.| They are men."},
		"month and day":                {"en", "It came out on Jan. 5 and ended on Dec. 7.| Few noticed."},
		"brackets":                     {"en", "Mark Twain (born Samuel L. Clemens. He died in 1910.) was a writer.| He wrote."},
		"a sentence in brackets":       {"en", "He left.| (She stayed.) Then it rained."},
		"a bracket never closed":       {"en", "A smile :-( is sad.| It has a bracket."},
		"brackets nested":              {"en", "One (two (three. Four) five. Six) seven.| Eight is next."},
		"a quote that ends it":         {"en", `He said "stop."| Then he left.`},
		"a quote with a sentence":      {"en", `The song "Help! I Need Somebody. Please" is old.| It is loud.`},
		"curly quotes":                 {"en", "The sign “No. Never.” hung there.| It was red."},
		"a quote never closed":         {"en", `A "5 inch disk is small.| It is old.`},
		"an apostrophe":                {"en", "Rock 'n' roll is music.| It's loud."},
		"an ellipsis within":           {"en", "He waits ... and waits… and goes.| Then he rests."},
		"an ellipsis in a title":       {"en", "...And Justice for All is an album.| It is loud."},
		"an ellipsis, another word":    {"en", "Once More... With Feeling is an episode.| It is sung."},
		"an ellipsis at its end":       {"en", "And so it went on...| They left."},
		"a name with an exclamation":   {"en", "Yahoo! is a web services provider.| It is old."},
		"a name that goes on":          {"en", "Yahoo! Inc. is a company.| It is old."},
		"a band":                       {"en", "Panic! At the Disco was a band.| It sang."},
		"a question":                   {"en", "Who is afraid of Virginia Woolf?| Nobody is."},
		"a question in a title":        {"en", "Where Is the Friend's House? is a film.| It is Iranian."},
		"several signs":                {"en", "What on earth is that?!| Nobody knows."},
		"an address":                   {"en", "Amazon.com is a shop on example.org.| It sells."},
		"e.g. and i.e.":                {"en", "Some, e.g. Linux, are free, i.e. open.| Others are not."},
		"a.m. at its end":              {"en", "It opens at 9 a.m.| The doors are red."},
		"a dash behind a stop":         {"en", "The firm Foo Inc. – Bar is old.| It is."},
		"two paragraphs":               {"en", "A list of things:\n|Thing one. Thing two."},
		"Japanese":                     {"ja", "今泉 力哉 は、日本の映画監督。|福島県郡山市出身。"},
		"Japanese speech":              {"ja", "「こんにちは。」と彼は言った。|それだけだ。"},
		"Japanese speech at its end":   {"ja", "彼は「さようなら。」| 次の日。"},
		"Chinese with a full stop":     {"zh", "谷歌公司（Google LLC。）是一家公司。|成立於1998年。"},
		"full-width signs":             {"zh", "真的吗？|是的。"},
		"Hindi":                        {"hi", "भारत एक देश है।| यह एशिया में है।"},
		"Arabic":                       {"ar", "ما هذا؟| هذا كتاب."},
		"Armenian":                     {"hy", "Երևանը քաղաք է։| Այն հին է։"},
		"Russian abbreviations":        {"ru", "Илон Рив Маск (англ. Elon Reeve Musk; род. 28 июня 1971 г., Претория) — предприниматель.| Он богат."},
		"Russian years":                {"ru", "Он родился в 1971 г. в Претории.| Он жив."},
		"a German day":                 {"de", "Er wurde am 3. Oktober 1990 geboren.| Er lebt."},
		"a German century":             {"de", "Es stammt aus dem XX. Jahrhundert, z. B. aus Ulm.| Es steht."},
		"a number that ends English":   {"en", "The answer was 42.| Nobody asked."},
		"French spaces":                {"fr", "Qui est-ce ?| Personne."},
		"Spanish":                      {"es", "EE. UU. es un país.| Está en América."},
		"letters without a case":       {"ka", "თბილისი ქალაქია.| ის ძველია."},
		"signs before the first word":  {"en", "?! . Then a sentence.| Then another."},
		"space that is not plain":      {"en", "Mount\u00a0Everest is\u2009high.|\u3000It is cold."},
		"a control character":          {"en", "Go\u0000 is\u0007 a language.| It is."},
		"an end without a space":       {"en", "One.Two is a name.| Three."},
		"St. at the end of a sentence": {"en", "It is on Wall St. Louis is far."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _, _ := strings.Cut(c.text, "|")
			got := FirstSentence(c.lang, strings.ReplaceAll(c.text, "|", ""))
			assert.Equal(t, NormalizeText(want), got)
		})
	}
}

func TestNothingHasNoFirstSentence(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "\n\t\u00a0\u0000"} {
		assert.Empty(t, FirstSentence("en", text), "%q", text)
	}
}

func TestNormalizedTextHasSingleSpaces(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a b\nc\ufffd", NormalizeText("  a \t\u00a0b \r\n\n c\xff \x00"))
}

// checkSentence has what holds for every text.
func checkSentence(t *testing.T, lang, text string) {
	t.Helper()
	normal, sentence := NormalizeText(text), FirstSentence(lang, text)
	assert.True(t, strings.HasPrefix(normal, sentence), "%q of %q", sentence, normal)
	assert.Equal(t, normal == "", sentence == "", "only nothing has no sentence")
	assert.True(t, utf8.ValidString(sentence))
	assert.NotContains(t, sentence, "\n")
	assert.Equal(t, normal, NormalizeText(normal), "normal is normal")
	assert.Equal(t, sentence, FirstSentence(lang, sentence), "a sentence is its own first sentence")
}

func FuzzFirstSentenceIsAPrefixOfTheText(f *testing.F) {
	for _, text := range []string{
		"Google LLC is a company. It is big.", "今泉 力哉 は、日本の映画監督。福島県郡山市出身。", `He said "no. Never." and (left. Then`,
		"Yahoo! Inc. U.S. e.g. 3.14 ... … ?!", "\u00a0\xff\n.", "(((.", `".".`, "a. B", "z. B. 3. Oktober",
	} {
		f.Add("en", text)
		f.Add("de", text)
	}
	f.Fuzz(checkSentence)
}

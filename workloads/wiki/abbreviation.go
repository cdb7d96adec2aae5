package wiki

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Abbreviations, without their last full stop, of the languages whose
// Wikipedias have most articles. They were gathered by reading articles.
var (
	// neverLast stand before what they belong to.
	neverLast = words(`Mr Mrs Ms Dr Prof St Ste Mt Ft Gen Col Lt Sgt Capt Cmdr Adm Rev Hon Sen Rep Gov Pres Fr Sra Mme Mlle
		vs v cf viz e.g i.e eg ie c ca cca approx fl née Hl Dipl Ing geb gest lat engl frz griech russ
		г гг р с св им род ум англ нем фр лат др т.е т.н т.к см напр`)
	// maybeLast can end a sentence as well.
	maybeLast = words(`Inc Co Corp Ltd Bros Jr Sr Esq etc al ed eds est dept univ assn intl Cie Cía Ltda S.A AG EE UU bzw usw u.a z.B d.h
		Ph.D M.D B.A M.A a.m p.m A.M P.M B.C A.D`)
	// beforeNumbers are abbreviations where a number follows.
	beforeNumbers = words(`No Nos no nos Nr Vol Vols Fig Figs Ch Art Sec p pp S Op op Bd Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
		n nº núm № стр`)
	// pronouns and articles begin sentences and hardly ever go on after a name.
	pronouns = words(`It He She They The This These Er Sie Es Die Dies Diese Il Elle Ils Elles Cette Ces Ella Este Esta
		Он Она Оно Они Это`)
	// starters begin sentences and hardly ever go on after an abbreviation.
	starters = words(strings.Join(pronouns, " ") + ` That Those There His Her Its Their As At In On Since After Before
		During While When Although However Because For From With By Some Many Most Other Another Today Then
		Der Im In Am Seit Nach En Depuis Desde В На С`)
	// ordinalLangs write "third" as "3."
	ordinalLangs = words(`de da no nb nn is fo fi et lv cs sk pl hu hr bs sr sh sl tr lb als bar nds eu`)
)

func words(s string) []string {
	list := strings.Fields(s)
	slices.Sort(list)
	return slices.Compact(list)
}

func has(sorted []string, word string) bool {
	_, ok := slices.BinarySearch(sorted, word)
	return ok
}

// nextWord is the first word of what follows a sentence's end.
func nextWord(rest string) string {
	word, _, _ := strings.Cut(rest, " ")
	return strings.Trim(word, ",:")
}

// isAbbreviation tells whether the full stop at from belongs to its word,
// rather than to the sentence, given the rest behind it that begins with no
// starter.
func (s *scanner) isAbbreviation(from int, rest string) bool {
	word := s.wordBefore(from)
	switch {
	case word == "":
		return false
	case has(neverLast, word), has(maybeLast, word):
		return true
	case has(beforeNumbers, word):
		return unicode.IsNumber(firstRune(rest))
	case isInitials(word):
		return true
	}
	return s.hasOrdinals && isOrdinal(word)
}

// wordBefore is what stands between the last space, bracket, quote, hyphen or
// sign of a script without spaces and the index.
func (s *scanner) wordBefore(i int) string {
	start := strings.LastIndexFunc(s.text[:i], func(r rune) bool {
		return r != '.' && !unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark)
	})
	if start < 0 {
		return s.text[:i]
	}
	_, size := utf8.DecodeRuneInString(s.text[start:])
	return s.text[start+size : i]
}

// isInitials: "J", "U.S", "z.B".
func isInitials(word string) bool {
	for part := range strings.SplitSeq(word, ".") {
		if utf8.RuneCountInString(part) != 1 || !unicode.In(firstRune(part), unicode.Lu, unicode.Ll) {
			return false
		}
	}
	return true
}

// isOrdinal: a day, a century or a ruler's number.
func isOrdinal(word string) bool {
	isDigits := strings.Trim(word, "0123456789") == "" && len(word) <= 2
	return isDigits || strings.Trim(word, "IVX") == ""
}

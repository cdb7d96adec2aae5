// Package pulumijson knows the marks that stand for values which are no plain JSON in
// what `pulumi preview --json` and `pulumi stack export` print. Sources: Pulumi's
// sdk/go/common/resource/plugin/rpc.go and resource/sig (3.259).
package pulumijson

// Of an object with Signature, its value says what the object stands for.
const (
	Signature = "4dabf18193072939515e22adb298388d"
	Secret    = "1b47061264138c4ac30d75fd1eb44270"
	Output    = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
)

// unknowns stand for values that are known only when something is made, by type.
var unknowns = map[string]bool{
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true, // truth values
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true, // numbers
	"04da6b54-80e4-46f7-96ec-b56ff0331ba9": true, // text
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true, // lists
	"030794c1-ac77-496b-92df-f27374a8bd58": true, // assets
	"e48ece36-62e2-4504-bad9-02848725956a": true, // archives
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true, // objects
}

// IsUnknown says whether a text stands for a value that is not known yet.
func IsUnknown(text string) bool { return unknowns[text] }

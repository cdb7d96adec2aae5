// Command wiki is the function wiki as a program: the first sentence of an
// entity's article in Wikipedia. It takes calls from the AWS Lambda runtime API
// at AWS_LAMBDA_RUNTIME_API, which Lambda offers, and so does the grid's agent
// on one machine, or over HTTP where Cloud Run starts it.
//
// Its environment is read once: SPOTGRID_WIKI_BASE_URL and SPOTGRID_WIKI_CONTACT,
// see wiki.Options.
package main

import (
	"fmt"
	"os"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/wiki"
)

func main() {
	client, err := wiki.NewClient(wiki.OptionsFrom(os.Getenv))
	if err != nil {
		fmt.Fprintln(os.Stderr, "wiki:", err)
		os.Exit(1)
	}
	event.Start(wiki.NewFunction(client, wiki.FunctionOptions{}).Handle, event.Options{})
}

package main

import (
	"context"
	"os"
	"time"

	"github.com/spotgrid/spotgrid/workloads/demo"
	"github.com/spotgrid/spotgrid/workloads/demo/gallery"
	"github.com/spotgrid/spotgrid/workloads/wiki"
)

// wikiPatience is how long Wikipedia may take to answer before the demo does
// without it: by then, most often, there is no internet.
const wikiPatience = 2 * time.Second

// prepared is what the demo gets ready while the stack comes up.
type prepared struct {
	files   []demo.File
	wiki    bool
	leftOut []gallery.LeftOut
	err     error
}

// prepareDemo makes the inputs and asks whether Wikipedia answers.
func prepareDemo(ctx context.Context) <-chan prepared {
	asked := make(chan error, 1)
	go func() { asked <- askWikipedia(ctx) }()
	done := make(chan prepared, 1)
	go func() {
		var p prepared
		p.files, p.err = demo.Inputs()
		err := <-asked
		p.wiki = err == nil
		if err != nil {
			p.leftOut = []gallery.LeftOut{{What: "wiki: what something is, by Wikipedia", Why: "Wikipedia did not answer within two seconds: there is no internet here, or it is not open to the demo (" + err.Error() + ")"}}
		}
		done <- p
	}()
	return done
}

func askWikipedia(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, wikiPatience)
	defer cancel()
	client, err := wiki.NewClient(wiki.OptionsFrom(os.Getenv))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.Lookup(ctx, wiki.Request{Entity: "k-means clustering", Lang: wiki.DefaultLang})
	return err
}

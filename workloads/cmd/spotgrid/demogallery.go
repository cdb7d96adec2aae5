package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/demo"
	"github.com/spotgrid/spotgrid/workloads/demo/gallery"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// galleryFile is the page, below the users' files.
const galleryFile = demo.Folder + "/gallery.html"

// demoSummary is what --json prints last.
type demoSummary struct {
	Gallery      string            `json:"gallery"`
	GalleryBytes int               `json:"gallery_bytes"`
	Batches      []string          `json:"batches"`
	Jobs         int               `json:"jobs"`
	Done         int               `json:"done"`
	GivenUp      int               `json:"given_up"`
	LeftOut      []gallery.LeftOut `json:"left_out"`
}

// show prints the results, writes the gallery and says where it is.
func (d *demoRun) show() error {
	out := d.cmd.OutOrStdout()
	if !d.g.json {
		if err := showResults(d.cmd, d.g, d.open.volume, d.sent...); err != nil {
			return err
		}
	}
	records, err := d.records()
	if err != nil {
		return err
	}
	address, size, err := d.writeGallery(records)
	if err != nil {
		return err
	}
	if d.g.json {
		s := demoSummary{Gallery: address, GalleryBytes: size, Batches: d.sent, Jobs: len(records), LeftOut: d.leftOut}
		for _, r := range records {
			if r.Outcome == job.Succeeded {
				s.Done++
			}
		}
		s.GivenUp = s.Jobs - s.Done
		return printJSON(out, s)
	}
	fmt.Fprintf(out, "\nThe gallery of what the jobs gave, %d KB in one page, is here:\n  %s\n", (size+999)/1000, address)
	fmt.Fprint(out, nextCommands)
	return nil
}

// records are those of all jobs of the batches, in order.
func (d *demoRun) records() ([]volume.Record, error) {
	var records []volume.Record
	for _, batch := range d.sent {
		for j, err := range d.open.volume.BatchJobs(batch) {
			if err != nil {
				return nil, err
			}
			r, err := d.open.volume.Result(j.ID)
			if errors.Is(err, fs.ErrNotExist) {
				r, err = d.open.volume.Dead(j.ID)
			}
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// writeGallery returns the page's address and its size in bytes.
func (d *demoRun) writeGallery(records []volume.Record) (address string, size int, err error) {
	prices, err := newPrices()
	if err != nil {
		return "", 0, err
	}
	files, err := d.open.volume.Files()
	if err != nil {
		return "", 0, err
	}
	defer files.Close()
	page, err := gallery.HTML(gallery.Input{
		Stack: d.stack, Made: time.Now(), Records: records, Files: files.FS(),
		Points: demo.PointsFile, Truth: demo.Truth(), LeftOut: d.leftOut,
		Machines: []pricing.Machine{prices.machines["aws"], prices.machines["gcp"]}, PricesAsOf: prices.table.AsOf,
	})
	if err != nil {
		return "", 0, err
	}
	if err := demo.Write(files, []demo.File{{Name: galleryFile, Data: page}}); err != nil {
		return "", 0, err
	}
	whole, err := filepath.Abs(files.Name())
	if err != nil {
		return "", 0, fmt.Errorf("finding the gallery: %w", err)
	}
	at := url.URL{Scheme: "file", Path: path.Join(filepath.ToSlash(whole), galleryFile)}
	return at.String(), len(page), nil
}

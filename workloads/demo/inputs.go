package demo

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/demo/photos"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
)

// Folder is where the demo's files are, below the users' files.
const Folder = "demo"

// RunPrefix begins the names of runs, and of the folders in Folder that runs write
// into.
const RunPrefix = "demo-"

// PointsFile has the points that are clustered and drawn, below the users' files.
const PointsFile = Folder + "/points.csv"

// The other inputs.
const (
	photosFolder  = Folder + "/photos"
	alertsFile    = Folder + "/alerts.csv"
	incidentsFile = Folder + "/incidents.csv"
)

// File is an input: a name below the users' files, and its content.
type File struct {
	Name string
	Data []byte
}

// Inputs makes all inputs, the same bytes each time. It takes about a second.
func Inputs() ([]File, error) {
	drawn, err := photos.Draw()
	if err != nil {
		return nil, err
	}
	var files []File
	for _, p := range drawn {
		files = append(files, File{path.Join(photosFolder, p.Name), p.Data})
	}
	fired, incidents := makeAlerts()
	for _, table := range []struct {
		name string
		rows [][]string
	}{
		{PointsFile, pointRows()}, {alertsFile, alertRows(fired)}, {incidentsFile, incidentRows(incidents)},
	} {
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(table.rows); err != nil {
			return nil, fmt.Errorf("making input %q: %w", table.name, err)
		}
		files = append(files, File{table.name, b.Bytes()})
	}
	return files, nil
}

// Clean removes what earlier runs wrote.
func Clean(root *os.Root) error {
	old, err := fs.Glob(root.FS(), path.Join(Folder, RunPrefix+"*"))
	for _, folder := range old {
		err = errors.Join(err, root.RemoveAll(folder))
	}
	if err != nil {
		return fmt.Errorf("removing what an earlier demo wrote: %w", err)
	}
	return nil
}

// Write puts files among the users' files, in place of those of an earlier demo.
// Each is whole for whoever reads it.
func Write(root *os.Root, files []File) error {
	for _, f := range files {
		if err := writeFile(root, f.Name, f.Data); err != nil {
			return fmt.Errorf("writing input %q: %w", f.Name, err)
		}
	}
	return nil
}

func writeFile(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	part := path.Join(path.Dir(name), "."+path.Base(name)+".part")
	if err := root.WriteFile(part, data, 0o600); err != nil {
		return errors.Join(err, root.Remove(part))
	}
	return root.Rename(part, name)
}

// The points have two features, so that they can be drawn.
const (
	points   = 1200
	clusters = 5
	// pointSeed was chosen by eye: two of the blobs touch.
	pointSeed = 12
)

func pointRows() [][]string {
	d := kmeans.MakeBlobs(kmeans.BlobOptions{Points: points, Features: 2, Blobs: clusters, Seed: pointSeed})
	rows := [][]string{{"x", "y"}}
	for i := range d.Points {
		rows = append(rows, []string{decimal(d.Values[2*i]), decimal(d.Values[2*i+1])})
	}
	return rows
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

func alertRows(fired []history.Alert) [][]string {
	rows := [][]string{{"time", "rule", "key", "acted"}}
	for _, a := range fired {
		acted := map[history.Acted]string{history.ActedYes: "true", history.ActedNo: "false"}[a.Acted]
		rows = append(rows, []string{moment(a.AtMillis), a.Rule, a.Key, acted})
	}
	return rows
}

func incidentRows(incidents []history.Incident) [][]string {
	rows := [][]string{{"time", "title"}}
	for _, i := range incidents {
		rows = append(rows, []string{moment(i.AtMillis), i.Title})
	}
	return rows
}

func moment(millis int64) string { return time.UnixMilli(millis).UTC().Format(time.RFC3339) }

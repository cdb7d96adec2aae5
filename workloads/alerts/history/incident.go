package history

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// MaxIncidents is how many incidents a list may have.
const MaxIncidents = 100_000

// Incident is something that really went wrong.
type Incident struct {
	// AtMillis is when it began, in milliseconds since 1970.
	AtMillis int64
	Title    string
}

// ReadIncidents reads a list of incidents, in order of time: a table or lines
// with the columns time, id, title and severity, of which only time is needed,
// or an export of a service, where every record is an incident. Errors are as
// those of Read.
func ReadIncidents(r io.Reader, o Options) ([]Incident, error) {
	var list []Incident
	_, err := read(r, o, incidentColumns, func(rec record) error {
		if len(list) == MaxIncidents {
			return fmt.Errorf("more than %d incidents", MaxIncidents)
		}
		list = append(list, Incident{rec.alert.AtMillis, rec.title})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b Incident) int { return cmp.Compare(a.AtMillis, b.AtMillis) })
	return list, nil
}

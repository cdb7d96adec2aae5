package volume

import "fmt"

// MaxGroup is the most results that are committed together. A file on EFS takes
// 177 hard links (https://docs.aws.amazon.com/efs/latest/ug/limits.html), one of
// them for the temporary name.
const MaxGroup = 128

// Commit is how the commit of one result ended.
type Commit struct {
	// First is false if the job has a result already; that one stays.
	First bool
	// Err is nil when the result, whoever committed it, is durable.
	Err error
}

// CommitResult makes r the job's result, exactly once: first is false if the
// job has a result already, and that one stays. Either way the result is
// durable when there is no error, and the job may be acknowledged.
func (v *Volume) CommitResult(r Record) (first bool, err error) {
	c := v.CommitResults([]Record{r})[0]
	return c.First, c.Err
}

// CommitResults is CommitResult for many jobs, which costs less than one by one.
// What it returns is in the order of the records. One that fails leaves the
// others.
func (v *Volume) CommitResults(records []Record) []Commit {
	commits := make([]Commit, len(records))
	entries := make([]*entry, 0, len(records))
	for i, r := range records {
		e := &entry{Commit: &commits[i]}
		if e.data, e.Err = encodeRecord(r); e.Err == nil {
			e.key = recordKey(resultsFolder, r.JobID)
			entries = append(entries, e)
		}
	}
	v.store.commit(v.ctx, entries)
	for i := range commits {
		if c := &commits[i]; c.Err != nil {
			*c = Commit{Err: fmt.Errorf("committing result of job %q: %w", records[i].JobID, c.Err)}
		}
	}
	return commits
}

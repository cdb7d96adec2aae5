package volume

import "maps"

// fewJobs is up to how many jobs are looked for one by one on object storage. A
// list costs as much as 12 looks, and each job may take two
// (https://aws.amazon.com/s3/pricing, https://cloud.google.com/storage/pricing).
const fewJobs = 6

// Over tells which of the jobs have a result, and which of the others were given
// up. With an error it may have missed some.
func (v *Volume) Over(ids []string) (done, dead []string, err error) {
	if v.IsMetered() && len(ids) > fewJobs {
		return v.overByList(ids)
	}
	for _, id := range ids {
		isDone, err := v.HasResult(id)
		if err != nil {
			return done, dead, err
		}
		if isDone {
			done = append(done, id)
			continue
		}
		isDead, err := v.store.has(v.ctx, recordKey(deadFolder, id), isVisible)
		if err != nil {
			return done, dead, err
		}
		if isDead {
			dead = append(dead, id)
		}
	}
	return done, dead, nil
}

// overByList lists all jobs that are over.
func (v *Volume) overByList(ids []string) (done, dead []string, err error) {
	open := make(map[string]bool, len(ids))
	for _, id := range ids {
		if err := checkID("job id", id); err != nil {
			return nil, nil, err
		}
		open[id] = true
	}
	// Letters first: a job that was sent again and is done has both for a moment.
	dying := map[string]bool{}
	for id, err := range v.ids(deadFolder) {
		if err != nil {
			return nil, nil, err
		}
		if open[id] {
			dying[id] = true
		}
	}
	for id, err := range v.ids(resultsFolder) {
		if err != nil {
			return nil, nil, err
		}
		if open[id] {
			done = append(done, id)
			delete(dying, id)
		}
	}
	for id := range maps.Keys(dying) {
		dead = append(dead, id)
	}
	return done, dead, nil
}

package cost

// What a grid uses of its services, by the load.

// calls of a function a month: by its schedules in any case, by people and
// programs as the load says.
func (e *estimator) calls(function Resource) Range {
	n := e.load.CallsPerDay * daysPerMonth
	calls := Range{0, n, n}
	for _, r := range e.Resources {
		if r.Parent != function.URN || function.URN == "" {
			continue
		}
		switch r.Type {
		case "aws:scheduler/schedule:Schedule":
			calls = calls.Plus(e.runs(r, "scheduleExpression"))
		case "gcp:cloudscheduler/job:Job":
			calls = calls.Plus(e.runs(r, "schedule"))
		}
	}
	return calls
}

// runs is how often a schedule fires a month; one that cannot be read is listed.
func (e *estimator) runs(r Resource, input string) Range {
	n, err := runsPerMonth(r.in(input).text())
	if err != nil {
		e.unpriced(r, "how often it runs is not known: "+err.Error())
		return Range{}
	}
	return always(n)
}

// wayOut is how many GiB jobs exchange with the world from one cloud.
func (e *estimator) wayOut(cloud string) Range {
	return e.sum(cloud, jobsOf).scale(e.load.WayOutMiBPerJob / 1024)
}

// flowLogs is how many GiB a cloud's network records.
func (e *estimator) flowLogs(cloud string) Range {
	return e.sum(cloud, hoursOf).scale(e.load.FlowLogMiBPerMachineHour / 1024)
}

// share divides what all resources of a type do evenly by them.
func (e *estimator) share(cloud, typ string, all Range) Range {
	n := 0.0
	for _, r := range e.Resources {
		if r.Type == typ && cloudOf(typ) == cloud && e.takesPart(r) {
			n++
		}
	}
	if n == 0 {
		return all
	}
	return all.scale(1 / n)
}

// takesPart leaves out gateway endpoints, which only S3's traffic takes, and queues
// of dead letters, which have no load.
func (e *estimator) takesPart(r Resource) bool {
	switch r.Type {
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		return r.in("vpcEndpointType").text() == "Interface"
	case "aws:sqs/queue:Queue":
		return r.in("redrivePolicy").state != absent
	case subscriptionType:
		return r.in("deadLetterPolicy").state != absent
	}
	return true
}

// Requests to a bucket that is a volume, for each job: a claim, two checkpoints
// and a result are written; the job's state and its batch are read.
const (
	putsPerJob = 4
	getsPerJob = 4
)

// bucket prices one that is a volume, or one of programs.
func (e *estimator) bucket(r Resource, stored, puts, gets string) {
	if e.component(r).Type != volumeType {
		e.add(r, stored, always(e.load.ProgramsGiB))
		return
	}
	jobs := e.sum("", jobsOf)
	e.add(r, stored, e.stored())
	e.add(r, puts, jobs.scale(putsPerJob*1e-6))
	e.add(r, gets, jobs.scale(getsPerJob*1e-6))
}

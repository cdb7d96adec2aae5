package watch

import (
	"fmt"
	"strings"
)

// Alarm is what is the same of an alarm on every target.
type Alarm struct {
	// Name is that of the alarm in its watch, such as "jobs-dead".
	Name string
	// What happened, and the Consequence if nobody does anything: sentences.
	What, Consequence string
}

// Dead is of letters in a queue's dead-letter queue.
func Dead(queue string) Alarm {
	return Alarm{
		Name: queue + "-dead", What: fmt.Sprintf("Jobs of queue %q were given up", queue),
		Consequence: "Their work is not done, and their letters are dropped when the dead-letter queue's time is over.",
	}
}

// Old is of jobs that have waited for half of the time that the queue keeps them.
func Old(queue string, retentionHours int) Alarm {
	return Alarm{
		Name: queue + "-old", What: fmt.Sprintf("Jobs of queue %q have waited for more than %d of the %d hours that it keeps them", queue, retentionHours/2, retentionHours),
		Consequence: fmt.Sprintf("The queue drops a job after %d hours.", retentionHours),
	}
}

// Retired is of machines that their cloud is about to take away, or has.
var Retired = Alarm{
	Name: "retired", What: "The cloud retires machines, or has lost some",
	Consequence: "What is not replaced stops at the time that the notice names.",
}

// RunbookURL is where it is written what to do about the alarm.
func (a Args) runbook(alarm string) string { return a.RunbookURL + "#" + alarm }

// Text says all of an alarm, for a description.
func (a Args) Text(alarm Alarm) string {
	return strings.Join([]string{
		alarm.What + ".", "Consequence: " + alarm.Consequence, "Owner: " + a.Owner + ".", "Runbook: " + a.runbook(alarm.Name),
	}, " ")
}

// Labels are the same as keys and values: owner, consequence and runbook.
func (a Args) Labels(alarm Alarm) map[string]string {
	return map[string]string{"owner": a.Owner, "consequence": alarm.Consequence, "runbook": a.runbook(alarm.Name)}
}

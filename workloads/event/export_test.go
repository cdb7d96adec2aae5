package event

// What is tested from outside.
var (
	NewLog = newLog
	BodyOf = bodyOf
)

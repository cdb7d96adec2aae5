package awsclient

// SessionName is for tests.
var SessionName = sessionName

package rules

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// documents are the properties of AWS's resources that hold a policy document.
var documents = map[string][]string{
	"aws:iam/policy:Policy":                     {"policy"},
	"aws:iam/rolePolicy:RolePolicy":             {"policy"},
	"aws:iam/groupPolicy:GroupPolicy":           {"policy"},
	"aws:iam/userPolicy:UserPolicy":             {"policy"},
	awsRole:                                     {"assumeRolePolicy"},
	awsQueue:                                    {"policy"},
	"aws:sqs/queuePolicy:QueuePolicy":           {"policy"},
	awsTopic:                                    {"policy"},
	"aws:sns/topicPolicy:TopicPolicy":           {"policy"},
	awsBucket:                                   {"policy"},
	awsBucketOld:                                {"policy"},
	"aws:s3/bucketPolicy:BucketPolicy":          {"policy"},
	"aws:efs/fileSystemPolicy:FileSystemPolicy": {"policy"},
	awsKey:                        {"policy"},
	"aws:kms/keyPolicy:KeyPolicy": {"policy"},
	"aws:ecr/repositoryPolicy:RepositoryPolicy": {"policy"},
	awsEndpoint: {"policy"},
	"aws:secretsmanager/secretPolicy:SecretPolicy":       {"policy"},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {"policyDocument"},
}

// documentTypes lists the types in documents, in order.
var documentTypes = sortedKeys(documents)

// statement is one statement of a policy document; what may be one or many is a
// list.
type statement struct {
	at                                       string
	hidden                                   bool // it is of a secret document
	Sid                                      string
	Effect                                   string
	Principal, NotPrincipal                  any
	Action, NotAction, Resource, NotResource any
	Condition                                map[string]map[string]any
}

// quote shows a part of the statement, unless its document is a secret.
func (s statement) quote(part string) string {
	if s.hidden {
		return "[secret]"
	}
	return strconv.Quote(part)
}

func (s statement) allows() bool { return s.Effect == "Allow" }

// statements reads the policy document of a property. False means that it is not
// known or is none, which was taken down.
func statements(c *policy.Check, path string) ([]statement, bool) {
	document, ok := c.Text(path, "")
	if !ok || document == "" {
		return nil, ok
	}
	var d struct{ Statement any }
	err := json.Unmarshal([]byte(document), &d)
	var list []statement
	if err == nil {
		list, err = decodeStatements(d.Statement)
	}
	if err != nil {
		c.Undecided(path, "is no policy document")
		return nil, false
	}
	for i := range list {
		list[i].at, list[i].hidden = path+" statement "+strconv.Itoa(i), c.Value(path).Secret()
		if list[i].Sid != "" && !list[i].hidden {
			list[i].at = path + " statement " + strconv.Quote(list[i].Sid)
		}
	}
	return list, true
}

// decodeStatements takes one statement or many.
func decodeStatements(v any) (list []statement, err error) {
	if one, ok := v.(map[string]any); ok {
		v = []any{one}
	}
	if _, ok := v.([]any); !ok {
		return nil, errors.New("no statements")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return list, json.Unmarshal(b, &list)
}

// texts is one text or many.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			if t, ok := item.(string); ok {
				all = append(all, t)
			}
		}
		return all
	}
	return nil
}

// everybody says whether a principal is anybody at all.
func everybody(principal any) bool {
	if m, ok := principal.(map[string]any); ok {
		principal = m["AWS"]
	}
	for _, p := range texts(principal) {
		if p == "*" {
			return true
		}
	}
	return false
}

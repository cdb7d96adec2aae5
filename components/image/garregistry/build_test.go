package garregistry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestARepositorysNameIsOfOneStack(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, `^images-[0-9a-f]{8}$`, repositoryID("spotgrid", "dev", "images"))
	assert.Equal(t, repositoryID("spotgrid", "dev", "images"), repositoryID("spotgrid", "dev", "images"))
	assert.NotEqual(t, repositoryID("spotgrid", "dev", "images"), repositoryID("spotgrid", "prod", "images"))
	assert.NotEqual(t, repositoryID("spotgrid", "dev", "images"), repositoryID("other", "dev", "images"))
	assert.LessOrEqual(t, len(repositoryID("spotgrid", "dev", strings.Repeat("a", 30))), 63, "Artifact Registry takes no more")
}

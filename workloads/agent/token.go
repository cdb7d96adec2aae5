package agent

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/durable"
)

// loadToken reads the grid's token, or makes one. Only the owner can read the
// file: whoever has the token can run programs as the owner.
func loadToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the grid's token: %w", err)
	}
	token := rand.Text() + rand.Text()
	return token, durable.ReplaceFile(path, []byte(token+"\n"))
}

// authorized lets only callers with the token through.
func (a *Agent) authorized(next http.Handler) http.Handler {
	want := []byte("Bearer " + a.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			refuse(w, http.StatusUnauthorized, errors.New("wrong or missing token"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

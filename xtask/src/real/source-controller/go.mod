module real/source-controller

go 1.26.0

require github.com/fluxcd/source-controller v1.9.6

replace (
	// The patch that v1.9.6 asks for is not on every proxy.
	github.com/fluxcd/pkg/artifact => github.com/fluxcd/pkg/artifact v0.18.0
	github.com/opencontainers/go-digest => github.com/opencontainers/go-digest v1.0.1-0.20220411205349-bde1400a84be
)

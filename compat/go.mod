module github.com/seed20e6684a/sarama/compat

go 1.26.0

require (
	github.com/seed20e6684a/sarama v0.0.0
	github.com/stretchr/testify v1.12.1
	github.com/twmb/franz-go/pkg/kmsg v1.15.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/seed20e6684a/sarama => ../

package kafkavet_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/seed20e6684a/sarama/kafkavet"
)

// TestAnalyzers runs each on programs that say what it finds in them, and on others in which there is nothing to find.
func TestAnalyzers(t *testing.T) {
	findings := map[*analysis.Analyzer][]string{
		kafkavet.ConsumeLoop: {"once", "looped", "regress_loop"},
		kafkavet.Undrained:   {"undrained", "drained", "silent", "decided", "passedon", "regress_drain"},
		kafkavet.BadConfig:   {"config", "oldconfig", "versions", "futile", "regress_config"},
		kafkavet.ClaimLoop:   {"claims", "regress_claims"},
		kafkavet.MarkEarly:   {"marks", "regress_marks"},
		kafkavet.SendError:   {"senderror"},
	}
	for _, analyzer := range kafkavet.Analyzers() {
		if len(findings[analyzer]) == 0 {
			t.Errorf("%s has no test", analyzer.Name)
		}
		t.Run(analyzer.Name, func(t *testing.T) { analysistest.Run(t, analysistest.TestData(), analyzer, findings[analyzer]...) })
	}
}

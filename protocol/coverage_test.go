package protocol

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/stretchr/testify/require"
)

// Why an API of Kafka has no row in the table.
const (
	amongControllers = "controllers and brokers speak it among themselves, on the controllers' listener"
	withZooKeeper    = "controllers and brokers spoke it among themselves, up to 3.9"
)

// notClients lists the APIs that no client and no tool sends.
var notClients = map[int16]string{
	4:  withZooKeeper,    // LeaderAndIsr
	5:  withZooKeeper,    // StopReplica
	6:  withZooKeeper,    // UpdateMetadata
	7:  withZooKeeper,    // ControlledShutdown
	52: amongControllers, // Vote
	53: amongControllers, // BeginQuorumEpoch
	54: amongControllers, // EndQuorumEpoch
	56: amongControllers, // AlterPartition
	58: amongControllers, // Envelope
	59: amongControllers, // FetchSnapshot
	62: amongControllers, // BrokerRegistration
	63: amongControllers, // BrokerHeartbeat
	67: amongControllers, // AllocateProducerIds
	70: amongControllers, // ControllerRegistration
	73: amongControllers, // AssignReplicasToDirs
	82: amongControllers, // UpdateRaftVoter
}

// notServed lists the versions that are defined and that no broker of a release serves.
var notServed = map[string]string{
	"ShareGroupHeartbeat v0": "early access of KIP-932, gone in 4.1",
	"ShareGroupDescribe v0":  "early access of KIP-932, gone in 4.1",
	"ShareFetch v0":          "early access of KIP-932, gone in 4.1",
	"ShareAcknowledge v0":    "early access of KIP-932, gone in 4.1",
}

// TestEveryDefinedVersionIsCovered holds the table against all that Kafka 4.4 defines, and 3.9 for what 4.x dropped:
// each message at each version, the unstable ones too, is under the oracle or is named above.
func TestEveryDefinedVersionIsCovered(t *testing.T) {
	covered := make(map[string]bool)
	for _, s := range subjects(t) {
		covered[describe(s.empty(t))] = true
	}
	definitions, err := schema.Definitions()
	require.NoError(t, err)
	var missing []string
	rows, left, unserved := make(map[int16]bool), make(map[int16]bool), make(map[string]bool)
	for _, def := range definitions {
		if notClients[def.APIKey] != "" {
			require.Nil(t, lookup(def.APIKey), "%s has a row, and a reason for having none", def.Name)
			left[def.APIKey] = true
			continue
		}
		rows[def.APIKey] = true
		for v, last := def.Valid(); v <= last; v++ {
			name := fmt.Sprintf("%s v%d", Name(def.APIKey), v)
			switch {
			case covered[name+" "+def.Type]:
			case notServed[name] != "":
				unserved[name] = true
			default:
				missing = append(missing, name+" "+def.Type)
			}
		}
	}
	slices.Sort(missing)
	require.Empty(t, slices.Compact(missing), "defined by Kafka, and not under the oracle")
	require.Len(t, left, len(notClients), "each API without a row is one that Kafka defines")
	require.ElementsMatch(t, slices.Collect(maps.Keys(notServed)), slices.Collect(maps.Keys(unserved)), "versions without a message")
	require.Len(t, rows, 79, "Kafka 4.4 serves 79 APIs to clients")
	require.Len(t, APIs(), len(rows))
	t.Logf("%d messages of %d APIs, each version counted; %d APIs and %d versions are left out for a reason",
		len(covered), len(rows), len(left), len(notServed))
}

package sarama

import (
	"context"

	"github.com/seed20e6684a/sarama/protocol"
)

func isOpen(b *Broker) bool        { return b.isOpen() }
func loadOf(b *Broker) (int, bool) { return 0, b.isOpen() }
func newBroker(a *protocol.BrokerAddress) *Broker {
	return newBrokerAt(a)
}
func getMetadata(ctx context.Context, b *Broker, r *MetadataRequest) (*MetadataResponse, error) {
	return b.getMetadata(ctx, r)
}
func findCoordinator(ctx context.Context, b *Broker, r *FindCoordinatorRequest) (*FindCoordinatorResponse, error) {
	return b.findCoordinator(ctx, r)
}
func listOffsets(ctx context.Context, b *Broker, r *OffsetRequest) (*OffsetResponse, error) {
	resp := new(OffsetResponse)
	if err := b.call(ctx, r, resp); err != nil {
		return nil, err
	}
	return resp, nil
}
func initProducerID(ctx context.Context, b *Broker, r *InitProducerIDRequest) (*InitProducerIDResponse, error) {
	resp := new(InitProducerIDResponse)
	if err := b.call(ctx, r, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

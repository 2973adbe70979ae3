package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ApiVersionsRequest asks a broker which APIs it serves, at which versions
// (API ApiVersions, KIP-35; KIP-511 from v3 on).
type ApiVersionsRequest struct {
	Version               int16
	ClientSoftwareName    string  // v3
	ClientSoftwareVersion string  // v3
	ClusterID             *string // v5, the cluster the client expects, nil for any (KIP-1242)
	NodeID                *int32  // v5, the node the client expects, nil for any (KIP-1242)
	UnknownTags           map[uint32][]byte
}

func (r *ApiVersionsRequest) identity() identity { return request(KeyApiVersions, &r.Version) }

func (r *ApiVersionsRequest) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.String(&r.ClientSoftwareName)
		c.String(&r.ClientSoftwareVersion)
	}
	if c.Version >= 5 {
		c.NullString(&r.ClusterID)
		minusOneAsNil(c, &r.NodeID)
	}
	c.Tags(&r.UnknownTags)
}

// minusOneAsNil carries a number whose value for "none", -1, the API holds as nil.
func minusOneAsNil(c *wire.Codec, v **int32) {
	n := int32(-1)
	if *v != nil {
		n = **v
	}
	c.Int32(&n)
	if !c.Reading() {
		return
	}
	*v = nil
	if n != -1 {
		*v = &n
	}
}

// ApiVersionsResponseKey is an API that a broker serves, with the range of
// versions, both ends included.
type ApiVersionsResponseKey struct {
	Version    int16 // the version of the response
	ApiKey     int16
	MinVersion int16
	MaxVersion int16
}

func (k *ApiVersionsResponseKey) walk(c *wire.Codec) {
	if c.Reading() {
		k.Version = c.Version
	}
	c.Int16(&k.ApiKey)
	c.Int16(&k.MinVersion)
	c.Int16(&k.MaxVersion)
	c.Tags(nil)
}

// SupportedFeatureKey is a feature that a broker supports (KIP-584).
type SupportedFeatureKey struct {
	Name       string
	MinVersion int16
	MaxVersion int16
}

func (f *SupportedFeatureKey) walk(c *wire.Codec) {
	c.String(&f.Name)
	c.Int16(&f.MinVersion)
	c.Int16(&f.MaxVersion)
	c.Tags(nil)
}

// FinalizedFeatureKey is a feature that the whole cluster has finalized (KIP-584).
type FinalizedFeatureKey struct {
	Name            string
	MaxVersionLevel int16
	MinVersionLevel int16
}

func (f *FinalizedFeatureKey) walk(c *wire.Codec) {
	c.String(&f.Name)
	c.Int16(&f.MaxVersionLevel)
	c.Int16(&f.MinVersionLevel)
	c.Tags(nil)
}

// ApiVersionsResponse answers an ApiVersionsRequest. A broker that does not know
// the request's version answers at version 0 with ErrUnsupportedVersion and, if
// it is of Kafka 2.4 or later, the versions of ApiVersions that it does know:
// Version is 0 after that (KIP-511).
type ApiVersionsResponse struct {
	Version                int16
	ErrorCode              int16
	ApiKeys                []ApiVersionsResponseKey
	ThrottleTimeMs         int32                 // milliseconds, v1
	SupportedFeatures      []SupportedFeatureKey // v3
	FinalizedFeaturesEpoch int64                 // v3, -1 if unknown; FinalizedFeatures hold only if it is not
	FinalizedFeatures      []FinalizedFeatureKey // v3
	ZkMigrationReady       bool                  // v3, of a controller that can take over from ZooKeeper (KIP-866)
	UnknownTags            map[uint32][]byte
}

func (r *ApiVersionsResponse) identity() identity { return response(KeyApiVersions, &r.Version) }

func (r *ApiVersionsResponse) walk(c *wire.Codec) {
	c.Int16(&r.ErrorCode)
	if r.ErrorCode == int16(ErrUnsupportedVersion) {
		c.Downgrade()
		if c.Reading() {
			r.Version = 0
		}
	}
	values(c, &r.ApiKeys)
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	if c.Version >= 3 {
		r.walkTags(c)
	}
}

func (r *ApiVersionsResponse) walkTags(c *wire.Codec) {
	if c.Reading() {
		r.SupportedFeatures, r.FinalizedFeaturesEpoch, r.FinalizedFeatures = nil, -1, nil
	}
	c.Tags(&r.UnknownTags,
		wire.Tag{ID: 0, Set: len(r.SupportedFeatures) > 0, Walk: func(c *wire.Codec) { values(c, &r.SupportedFeatures) }},
		wire.Tag{ID: 1, Set: r.FinalizedFeaturesEpoch >= 0, Walk: func(c *wire.Codec) { c.Int64(&r.FinalizedFeaturesEpoch) }},
		wire.Tag{ID: 2, Set: len(r.FinalizedFeatures) > 0, Walk: func(c *wire.Codec) { values(c, &r.FinalizedFeatures) }},
		wire.Tag{ID: 3, Set: r.ZkMigrationReady, Walk: func(c *wire.Codec) { c.Bool(&r.ZkMigrationReady) }},
	)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// UpdateFeaturesRequest changes the finalized features of the cluster (API UpdateFeatures, KIP-584, KIP-778).
type UpdateFeaturesRequest struct {
	Version        int16
	Timeout        time.Duration // whole milliseconds
	FeatureUpdates []FeatureUpdate
	ValidateOnly   bool // v1, nothing is changed
	UnknownTags    map[uint32][]byte
}

func (r *UpdateFeaturesRequest) identity() identity { return request(KeyUpdateFeatures, &r.Version) }

func (r *UpdateFeaturesRequest) walk(c *wire.Codec) {
	c.Millis(&r.Timeout)
	values(c, &r.FeatureUpdates)
	if c.Version >= 1 {
		c.Bool(&r.ValidateOnly)
	}
	c.Tags(&r.UnknownTags)
}

// FeatureUpgradeType tells how far the update of a feature may go (KIP-778).
type FeatureUpgradeType int8

const (
	// FeatureUpgradeUnknown leaves it to AllowDowngrade.
	FeatureUpgradeUnknown FeatureUpgradeType = iota
	// FeatureUpgradeOnly allows upgrades only.
	FeatureUpgradeOnly
	// FeatureSafeDowngrade allows downgrades that lose no metadata too.
	FeatureSafeDowngrade
	// FeatureUnsafeDowngrade allows all downgrades.
	FeatureUnsafeDowngrade
)

// FeatureUpdate is a change of one feature.
type FeatureUpdate struct {
	Feature         string
	MaxVersionLevel int16              // the level to finalize; below 1 it removes the feature
	AllowDowngrade  bool               // the one choice at v0; later it is read as UpgradeType being a downgrade
	UpgradeType     FeatureUpgradeType // v1; FeatureUpgradeUnknown is written as what AllowDowngrade says
}

func (f *FeatureUpdate) walk(c *wire.Codec) {
	c.String(&f.Feature)
	c.Int16(&f.MaxVersionLevel)
	if c.Version == 0 {
		c.Bool(&f.AllowDowngrade)
	} else {
		f.walkUpgradeType(c)
	}
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

func (f *FeatureUpdate) walkUpgradeType(c *wire.Codec) {
	upgrade := f.UpgradeType
	switch {
	case upgrade != FeatureUpgradeUnknown:
	case f.AllowDowngrade:
		upgrade = FeatureSafeDowngrade
	default:
		upgrade = FeatureUpgradeOnly
	}
	c.Int8((*int8)(&upgrade))
	if c.Reading() {
		f.UpgradeType = upgrade
		f.AllowDowngrade = upgrade == FeatureSafeDowngrade || upgrade == FeatureUnsafeDowngrade
	}
}

// UpdateFeaturesResponse answers an UpdateFeaturesRequest. From v2 on the updates
// succeed or fail together, and there are no Results.
type UpdateFeaturesResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError        // of the whole request
	ErrorMessage *string
	Results      []UpdatableFeatureResult
	UnknownTags  map[uint32][]byte
}

func (r *UpdateFeaturesResponse) identity() identity { return response(KeyUpdateFeatures, &r.Version) }

func (r *UpdateFeaturesResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	if c.Version <= 1 {
		values(c, &r.Results)
	}
	c.Tags(&r.UnknownTags)
}

// UpdatableFeatureResult tells whether a feature was updated; ErrNoError is success.
type UpdatableFeatureResult struct {
	Feature      string
	ErrorCode    KError
	ErrorMessage *string
}

func (u *UpdatableFeatureResult) walk(c *wire.Codec) {
	c.String(&u.Feature)
	c.Int16((*int16)(&u.ErrorCode))
	c.NullString(&u.ErrorMessage)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// action is what a command does once it is connected.
type action = func(context.Context, sarama.Admin, []string) (any, error)

// named is an error unless names were given.
func named(names []string, what string) error {
	if len(names) == 0 {
		return cli.UsageError("name the " + what)
	}
	return nil
}

func topics(flags *flag.FlagSet) action {
	create, remove := flags.Bool("create", false, "create the topics named"), flags.Bool("delete", false, "delete the topics named")
	partitions, replicas := flags.Int("partitions", -1, "`number` of partitions with -create; the brokers' default"), flags.Int("replicas", -1, "`number` of replicas with -create; the brokers' default")
	dry := flags.Bool("dry-run", false, "with -create, only check whether it is possible")
	return func(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
		switch {
		case *create && *remove:
			return nil, cli.UsageError("-create and -delete exclude one another")
		case *remove:
			if err := named(names, "topics to delete"); err != nil {
				return nil, err
			}
			return nil, admin.DeleteTopics(ctx, names...)
		case *create:
			if err := named(names, "topics to create"); err != nil {
				return nil, err
			}
			details := make(map[string]*sarama.TopicDetail)
			for _, name := range names {
				details[name] = &sarama.TopicDetail{NumPartitions: int32(*partitions), ReplicationFactor: int16(*replicas)}
			}
			created, err := admin.CreateTopics(ctx, details, *dry)
			t := newTable("topic", "partitions", "replicas")
			for _, name := range slices.Sorted(maps.Keys(created)) {
				t.add(name, created[name].NumPartitions, created[name].ReplicationFactor)
			}
			return t, err
		}
		return listTopics(ctx, admin, names)
	}
}

func listTopics(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
	found, err := admin.DescribeTopics(ctx, names...)
	t := newTable("topic", "partitions", "replicas", "offline", "out of sync", "internal")
	for _, name := range slices.Sorted(maps.Keys(found)) {
		topic := found[name]
		replicas, offline, lacking := 0, 0, 0
		for _, p := range topic.Partitions {
			replicas = max(replicas, len(p.Replicas))
			lacking += len(p.Replicas) - len(p.Isr)
			if p.Leader < 0 {
				offline++
			}
		}
		t.add(name, len(topic.Partitions), replicas, offline, lacking, topic.IsInternal)
	}
	return t, err
}

func groups(flags *flag.FlagSet) action {
	lag, remove := flags.Bool("lag", false, "tell offsets and lag of the groups named"), flags.Bool("delete", false, "delete the groups named")
	state, kind := flags.String("state", "", "list those in a `state`, such as Stable"), flags.String("type", "", "list those of a `type`: classic, consumer, share, streams")
	return func(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
		switch {
		case *remove:
			if err := named(names, "groups to delete"); err != nil {
				return nil, err
			}
			return nil, admin.DeleteGroups(ctx, names...)
		case *lag:
			if err := named(names, "groups whose lag you want"); err != nil {
				return nil, err
			}
			return groupLag(ctx, admin, names)
		case len(names) > 0:
			return describeGroups(ctx, admin, names)
		}
		var options sarama.ListGroupsOptions
		if *state != "" {
			options.States = []string{*state}
		}
		if *kind != "" {
			options.Types = []string{*kind}
		}
		found, err := admin.ListGroups(ctx, options)
		t := newTable("group", "type", "state", "protocol", "coordinator")
		for _, g := range found {
			t.add(g.ID, g.Type, g.State, g.Protocol, g.Coordinator)
		}
		return t, err
	}
}

func describeGroups(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
	found, err := admin.DescribeGroups(ctx, names...)
	t := newTable("group", "state", "member", "client", "host")
	for _, name := range slices.Sorted(maps.Keys(found)) {
		g, before := found[name], len(t.rows)
		if g.Classic != nil {
			for _, m := range g.Classic.Members {
				t.add(name, g.State, m.MemberId, m.ClientId, m.ClientHost)
			}
		}
		if g.Consumer != nil {
			for _, m := range g.Consumer.Members {
				t.add(name, g.State, m.MemberID, m.ClientID, m.ClientHost)
			}
		}
		if g.Share != nil {
			for _, m := range g.Share.Members {
				t.add(name, g.State, m.MemberID, m.ClientID, m.ClientHost)
			}
		}
		if g.Streams != nil {
			for _, m := range g.Streams.Members {
				t.add(name, g.State, m.MemberID, m.ClientID, m.ClientHost)
			}
		}
		if len(t.rows) == before {
			t.add(name, g.State, "", "", "")
		}
	}
	return t, err
}

func groupLag(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
	asked := make(map[string]map[string][]int32)
	for _, name := range names {
		asked[name] = nil
	}
	committed, err := admin.ListGroupOffsets(ctx, asked)
	ends := make(map[string]map[int32]int64)
	for _, topics := range committed {
		for topic, partitions := range topics {
			for p := range partitions {
				if ends[topic] == nil {
					ends[topic] = make(map[int32]int64)
				}
				ends[topic][p] = sarama.OffsetNewest
			}
		}
	}
	found, endErr := admin.ListOffsets(ctx, ends, sarama.ListOffsetsOptions{})
	t := newTable("group", "topic", "partition", "committed", "end", "lag")
	for _, group := range slices.Sorted(maps.Keys(committed)) {
		for _, topic := range slices.Sorted(maps.Keys(committed[group])) {
			for _, p := range slices.Sorted(maps.Keys(committed[group][topic])) {
				offset := committed[group][topic][p].Offset
				if end := found[topic][p]; end != nil && offset >= 0 {
					t.add(group, topic, p, offset, end.Offset, max(end.Offset-offset, 0))
				}
			}
		}
	}
	return t, errors.Join(err, endErr)
}

// entries is a flag that may be given several times.
type entries []string

func (e *entries) String() string { return strings.Join(*e, ",") }

func (e *entries) Set(s string) error {
	*e = append(*e, s)
	return nil
}

func configs(flags *flag.FlagSet) action {
	topic, broker, group := flags.String("topic", "", "`name` of a topic"), flags.String("broker", "", "`id` of a broker"), flags.String("group", "", "`name` of a group")
	all := flags.Bool("all", false, "show defaults too")
	var set, unset entries
	flags.Var(&set, "set", "set an entry, `name=value`; may be repeated")
	flags.Var(&unset, "unset", "go back to the default of the entry of a `name`; may be repeated")
	return func(ctx context.Context, admin sarama.Admin, _ []string) (any, error) {
		resource := sarama.ConfigResource{}
		for kind, name := range map[sarama.ConfigResourceType]string{sarama.TopicResource: *topic, sarama.BrokerResource: *broker, sarama.GroupResource: *group} {
			if name == "" {
				continue
			}
			if resource.Name != "" {
				return nil, cli.UsageError("-topic, -broker and -group exclude one another")
			}
			resource.Type, resource.Name = kind, name
		}
		if resource.Name == "" {
			return nil, cli.UsageError("give -topic, -broker or -group")
		}
		if len(set)+len(unset) > 0 {
			change, err := configChange(&resource, set, unset)
			if err != nil {
				return nil, err
			}
			return nil, admin.IncrementalAlterConfigs(ctx, []*sarama.IncrementalAlterConfigsResource{change}, false)
		}
		results, err := admin.DescribeConfigs(ctx, []*sarama.ConfigResource{&resource}, sarama.DescribeConfigsOptions{})
		t := newTable("name", "value", "source")
		for _, result := range results {
			for _, entry := range result.Configs {
				if *all || !entry.Default {
					t.add(entry.Name, entry.Value, entry.Source.String())
				}
			}
		}
		return t, err
	}
}

func configChange(resource *sarama.ConfigResource, set, unset []string) (*sarama.IncrementalAlterConfigsResource, error) {
	change := &sarama.IncrementalAlterConfigsResource{Type: resource.Type, Name: resource.Name, ConfigEntries: make(map[string]sarama.IncrementalAlterConfigsEntry)}
	for _, entry := range set {
		name, value, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, cli.UsageError("-set " + entry + ": it is no name=value")
		}
		change.ConfigEntries[name] = sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}
	}
	for _, name := range unset {
		change.ConfigEntries[name] = sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationDelete}
	}
	return change, nil
}

func acls(*flag.FlagSet) action {
	return func(ctx context.Context, admin sarama.Admin, _ []string) (any, error) {
		found, err := admin.DescribeACLs(ctx, sarama.AclFilter{
			ResourceType: sarama.AclResourceAny, ResourcePatternTypeFilter: sarama.AclPatternAny,
			Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny,
		})
		t := newTable("resource", "name", "pattern", "principal", "host", "operation", "permission")
		for _, r := range found {
			for _, acl := range r.Acls {
				t.add(r.ResourceType.String(), r.ResourceName, r.ResourcePatternType.String(), acl.Principal, acl.Host, acl.Operation.String(), acl.PermissionType.String())
			}
		}
		return t, err
	}
}

func users(*flag.FlagSet) action {
	return func(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
		found, err := admin.DescribeUserScramCredentials(ctx, names...)
		t := newTable("user", "mechanism", "iterations")
		for _, user := range slices.Sorted(maps.Keys(found)) {
			for _, credential := range found[user] {
				t.add(user, credential.Mechanism.String(), credential.Iterations)
			}
		}
		return t, err
	}
}

func quotas(*flag.FlagSet) action {
	return func(ctx context.Context, admin sarama.Admin, _ []string) (any, error) {
		found, err := admin.DescribeClientQuotas(ctx, nil, false)
		t := newTable("entity", "quota", "value")
		for _, entry := range found {
			var parts []string
			for _, part := range entry.Entity {
				name := part.Name
				if part.MatchType == sarama.QuotaMatchDefault {
					name = "<default>"
				}
				parts = append(parts, fmt.Sprintf("%s %s", part.EntityType, name))
			}
			for _, key := range slices.Sorted(maps.Keys(entry.Values)) {
				t.add(strings.Join(parts, ", "), key, entry.Values[key])
			}
		}
		return t, err
	}
}

func transactions(flags *flag.FlagSet) action {
	fence := flags.Bool("fence", false, "end the producers named and abort their transactions")
	open := flags.Duration("open-for", 0, "list those open for some time at least")
	return func(ctx context.Context, admin sarama.Admin, names []string) (any, error) {
		if *fence {
			if err := named(names, "transactional ids to fence"); err != nil {
				return nil, err
			}
			_, err := admin.FenceProducers(ctx, names...)
			return nil, err
		}
		if len(names) == 0 {
			found, err := admin.ListTransactions(ctx, sarama.ListTransactionsOptions{OpenFor: *open})
			t := newTable("transactional id", "producer id", "state")
			for _, tx := range found {
				t.add(tx.TransactionalID, tx.ProducerID, tx.TransactionState)
			}
			return t, err
		}
		found, err := admin.DescribeTransactions(ctx, names...)
		t := newTable("transactional id", "producer id", "epoch", "state", "open since", "partitions")
		for _, id := range slices.Sorted(maps.Keys(found)) {
			tx := found[id]
			since, partitions := "", 0
			if tx.TransactionStartTime >= 0 {
				since = time.UnixMilli(tx.TransactionStartTime).Format(time.RFC3339)
			}
			for _, topic := range tx.Topics {
				partitions += len(topic.Partitions)
			}
			t.add(id, tx.ProducerID, tx.ProducerEpoch, tx.TransactionState, since, partitions)
		}
		return t, err
	}
}

func showCluster(*flag.FlagSet) action {
	return func(ctx context.Context, admin sarama.Admin, _ []string) (any, error) {
		described, err := admin.DescribeCluster(ctx)
		if err != nil {
			return nil, err
		}
		t := newTable("kind", "name", "what")
		t.add("cluster", described.ClusterID, "")
		for _, b := range described.Brokers {
			what := fmt.Sprintf("%s:%d", b.Host, b.Port)
			if b.Rack != nil {
				what += " in rack " + *b.Rack
			}
			if b.IsFenced {
				what += ", fenced"
			}
			t.add("broker", b.BrokerID, what)
		}
		if features, err := admin.DescribeFeatures(ctx); err == nil {
			for _, f := range features.Finalized {
				t.add("feature", f.Name, f.MaxVersionLevel)
			}
		}
		if quorum, err := admin.DescribeQuorum(ctx); err == nil { // not with ZooKeeper, nor for everybody
			p := quorum.Topics[0].Partitions[0]
			for _, voter := range p.CurrentVoters {
				what := fmt.Sprintf("%d records behind", max(p.HighWatermark-voter.LogEndOffset, 0))
				if voter.ReplicaID == p.LeaderID {
					what = "active"
				}
				t.add("controller", voter.ReplicaID, what)
			}
		}
		return t, nil
	}
}

package theirs

import (
	"maps"
	"slices"

	"github.com/IBM/sarama"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

func newAdmin(e *script.Env) sarama.ClusterAdmin {
	c := config()
	c.Version = sarama.V2_8_0_0
	a, err := sarama.NewClusterAdmin([]string{e.Addr}, c)
	if err != nil {
		panic(err)
	}
	return a
}

func text(s *string) string {
	if s == nil {
		return "nil"
	}
	return *s
}

func noteEntries(e *script.Env, entries []sarama.ConfigEntry) {
	for _, c := range entries {
		e.Note("%s=%s read only %t default %t source %v sensitive %t", c.Name, c.Value, c.ReadOnly, c.Default, c.Source, c.Sensitive)
		for _, s := range c.Synonyms {
			e.Note("synonym %s=%s %v", s.ConfigName, s.ConfigValue, s.Source)
		}
	}
}

func configs(e *script.Env) {
	a := newAdmin(e)
	for _, r := range []sarama.ConfigResource{
		{Type: sarama.TopicResource, Name: script.Topic}, {Type: sarama.TopicResource, Name: script.Topic, ConfigNames: []string{"retention.ms"}},
		{Type: sarama.BrokerResource, Name: "1"}, {Type: sarama.BrokerResource, Name: "x"}, {Type: sarama.BrokerResource, Name: "9"},
		{Type: sarama.BrokerLoggerResource, Name: "1"},
	} {
		entries, err := a.DescribeConfig(r) //nolint:staticcheck // sarama has it
		e.Err("describe", err)
		noteEntries(e, entries)
	}
	for _, code := range []int16{3, 29} {
		e.Broker.Fail(32, code)
		entries, err := a.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: script.Topic}) //nolint:staticcheck // sarama has it
		e.Err("describe", err)
		noteEntries(e, entries)
	}
	results, err := a.DescribeConfigs([]*sarama.ConfigResource{{Type: sarama.TopicResource, Name: script.Topic}, {Type: sarama.BrokerResource, Name: "1"}},
		sarama.DescribeConfigsOptions{IncludeSynonyms: true})
	e.Err("describe several", err)
	for _, r := range results {
		e.Note("%v %s %d %q", r.Type, r.Name, r.ErrorCode, r.ErrorMsg)
		noteEntries(e, r.Configs)
	}
	results, err = a.DescribeConfigs(nil, sarama.DescribeConfigsOptions{})
	e.Note("describe none %v %v", results, err)
	alterConfigs(e, a)
	topics, err := a.ListTopics()
	e.Err("list", err)
	for name, t := range topics {
		e.Note("%s %d %d %v", name, t.NumPartitions, t.ReplicationFactor, t.ReplicaAssignment)
		for _, key := range slices.Sorted(maps.Keys(t.ConfigEntries)) {
			e.Note("%s=%s", key, text(t.ConfigEntries[key]))
		}
	}
	e.Err("close", a.Close())
	_, err = a.ListTopics()
	e.Err("list", err)
}

func alterConfigs(e *script.Env, a sarama.ClusterAdmin) {
	value := "1"
	for _, name := range []string{script.Topic, "1"} {
		kind := sarama.TopicResource
		if name == "1" {
			kind = sarama.BrokerResource
		}
		for _, code := range []int16{0, 29, 40} {
			e.Broker.Fail(33, code)
			e.Err("alter", a.AlterConfig(kind, name, map[string]*string{"retention.ms": &value}, code == 40))
			e.Broker.Fail(44, code)
			e.Err("alter in steps", a.IncrementalAlterConfig(kind, name, map[string]sarama.IncrementalAlterConfigsEntry{
				"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value},
			}, code == 40))
		}
	}
	e.Err("alter", a.AlterConfig(sarama.BrokerResource, "x", nil, false))
	e.Err("alter", a.AlterConfig(sarama.BrokerResource, "9", nil, false))
	e.Err("alter in steps", a.IncrementalAlterConfig(sarama.BrokerResource, "x", nil, false))
	e.Err("alter in steps", a.IncrementalAlterConfig(sarama.BrokerResource, "9", nil, false))
}

func acls(e *script.Env) {
	a := newAdmin(e)
	resource := sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: script.Topic, ResourcePatternType: sarama.AclPatternLiteral}
	acl := sarama.Acl{Principal: "User:u", Host: "*", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow}
	name := script.Topic
	filter := sarama.AclFilter{
		ResourceType: sarama.AclResourceTopic, ResourceName: &name, ResourcePatternTypeFilter: sarama.AclPatternLiteral,
		Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny,
	}
	for _, code := range []int16{0, 31, 41, 54} {
		e.Note("code %d", code)
		for _, key := range []int16{29, 30, 31} {
			e.Broker.Fail(key, code)
		}
		e.Err("create", a.CreateACL(resource, acl)) //nolint:staticcheck // sarama has it
		e.Broker.Fail(30, code)
		e.Err("create several", a.CreateACLs([]*sarama.ResourceAcls{{Resource: resource, Acls: []*sarama.Acl{&acl, &acl}}}))
		found, err := a.ListAcls(filter)
		e.Err("list", err)
		for _, r := range found {
			e.Note("%v %s %v", r.ResourceType, r.ResourceName, r.ResourcePatternType)
			for _, acl := range r.Acls {
				e.Note("%s %s %v %v", acl.Principal, acl.Host, acl.Operation, acl.PermissionType)
			}
		}
		deleted, err := a.DeleteACL(filter, false)
		e.Err("delete", err)
		for _, m := range deleted {
			e.Note("%d %s %v %s %v %s %s %v %v", m.Err, text(m.ErrMsg), m.ResourceType, m.ResourceName, m.ResourcePatternType,
				m.Principal, m.Host, m.Operation, m.PermissionType)
		}
	}
	e.Err("close", a.Close())
	e.Err("create", a.CreateACL(resource, acl)) //nolint:staticcheck // sarama has it
}

func groups(e *script.Env) {
	a := newAdmin(e)
	names, err := a.ListConsumerGroups()
	e.Note("%v", names)
	e.Err("list", err)
	for _, code := range []int16{0, 69, 30} {
		e.Broker.Fail(15, code)
		all, err := a.DescribeConsumerGroups([]string{"g"})
		e.Err("describe", err)
		for _, g := range all {
			e.Note("%s %s %s %s %v %d", g.GroupId, g.State, g.ProtocolType, g.Protocol, g.Err, g.ErrorCode)
			for id, m := range g.Members {
				e.Note("%s %s %s %s %s", id, m.MemberId, text(m.GroupInstanceId), m.ClientId, m.ClientHost)
			}
		}
	}
	for _, code := range []int16{0, 3, 30} {
		e.Broker.Fail(9, code)
		offsets, err := a.ListConsumerGroupOffsets("g", map[string][]int32{script.Topic: {0}})
		e.Err("offsets", err)
		if err == nil {
			block := offsets.GetBlock(script.Topic, 0)
			e.Note("%d %q %v %v", block.Offset, block.Metadata, block.Err, offsets.Err)
		}
	}
	for _, code := range []int16{0, 69, 86} {
		e.Broker.Fail(47, code)
		e.Err("delete offset", a.DeleteConsumerGroupOffset("g", script.Topic, 0))
	}
	for _, code := range []int16{0, 16, 25} { // the second is tried again
		e.Broker.Fail(13, code)
		left, err := a.RemoveMemberFromConsumerGroup("g", []string{"i"})
		e.Err("remove", err)
		if left != nil {
			for _, m := range left.Members {
				e.Note("removed %s %s %v", m.MemberId, text(m.GroupInstanceId), m.Err)
			}
		}
	}
	e.Broker.Fail(42, 16)
	e.Err("delete", a.DeleteConsumerGroup("g"))
	e.Broker.Fail(10, 30)
	coordinator, err := a.Coordinator("other")
	e.Note("coordinator %t", coordinator != nil)
	e.Err("coordinator", err)
	e.Broker.Fail(10, 30)
	_, err = a.DescribeConsumerGroups([]string{"another"})
	e.Err("describe", err)
	e.Err("close", a.Close())
	_, err = a.ListConsumerGroups()
	e.Err("list", err)
	_, err = a.DescribeConsumerGroups([]string{"g"})
	e.Err("describe", err)
}

func cluster(e *script.Env) {
	a := newAdmin(e)
	for _, code := range []int16{0, 31} {
		e.Broker.Fail(60, code)
		brokers, controller, err := a.DescribeCluster()
		e.Err("describe", err)
		for _, b := range brokers {
			e.Note("%d %s %s, controller %d", b.ID(), b.Addr(), b.Rack(), controller)
		}
	}
	controller, err := a.Controller()
	e.Note("controller %d %v", controller.ID(), err)
	for _, code := range []int16{0, 37, 41, 44} {
		e.Broker.Fail(37, code)
		e.Err("partitions", a.CreatePartitions("t", 3, nil, false))
	}
	e.Err("partitions of nothing", a.CreatePartitions("", 3, nil, false))
	for _, code := range []int16{0, 1} {
		e.Broker.Fail(21, code)
		e.Err("records", a.DeleteRecords(script.Topic, map[int32]int64{0: 5}))
	}
	e.Err("records of nothing", a.DeleteRecords("", nil))
	e.Err("records of a missing topic", a.DeleteRecords("missing", map[int32]int64{0: 5}))
	for _, code := range []int16{0, 85} {
		e.Broker.Fail(45, code)
		e.Err("reassign", a.AlterPartitionReassignments(script.Topic, [][]int32{{2}}))
	}
	e.Err("reassign nothing", a.AlterPartitionReassignments("", nil))
	moves, err := a.ListPartitionReassignments(script.Topic, []int32{0})
	e.Err("reassignments", err)
	for topic, partitions := range moves {
		for partition, s := range partitions {
			e.Note("%s/%d %v %v %v", topic, partition, s.Replicas, s.AddingReplicas, s.RemovingReplicas)
		}
	}
	_, err = a.ListPartitionReassignments("", nil)
	e.Err("reassignments of nothing", err)
	for _, code := range []int16{0, 80} {
		e.Broker.Fail(43, code)
		elected, err := a.ElectLeaders(sarama.PreferredElection, map[string][]int32{script.Topic: {0}})
		e.Err("elect", err)
		for topic, partitions := range elected {
			for partition, r := range partitions {
				e.Note("%s/%d %v %s", topic, partition, r.ErrorCode, text(r.ErrorMessage))
			}
		}
	}
	logDirs(e, a)
	quotas(e, a)
	users(e, a)
	e.Err("close", a.Close())
	_, _, err = a.DescribeCluster()
	e.Err("describe", err)
}

func logDirs(e *script.Env, a sarama.ClusterAdmin) {
	for _, id := range []int32{1, 9} {
		dirs, err := a.DescribeLogDirs([]int32{id})
		e.Err("log dirs", err)
		for _, d := range dirs[id] {
			e.Note("%s %v", d.Path, d.ErrorCode)
			for _, t := range d.Topics {
				for _, p := range t.Partitions {
					e.Note("%s/%d %d %d %t", t.Topic, p.PartitionID, p.Size, p.OffsetLag, p.IsTemporary)
				}
			}
		}
	}
}

func quotas(e *script.Env, a sarama.ClusterAdmin) {
	for _, code := range []int16{0, 31} {
		e.Broker.Fail(48, code)
		all, err := a.DescribeClientQuotas([]sarama.QuotaFilterComponent{{
			EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Match: "u",
		}}, false)
		e.Note("quotas: %v", err)
		for _, q := range all {
			e.Note("%v %v", q.Entity, q.Values)
		}
		e.Broker.Fail(49, code)
		err = a.AlterClientQuotas([]sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Name: "u"}},
			sarama.ClientQuotasOp{Key: "producer_byte_rate", Value: 5}, false)
		e.Note("alter quotas: %v", err)
	}
}

func users(e *script.Env, a sarama.ClusterAdmin) {
	for _, code := range []int16{0, 31} {
		e.Broker.Fail(50, code)
		all, err := a.DescribeUserScramCredentials([]string{"u"})
		e.Err("users", err)
		for _, u := range all {
			for _, c := range u.CredentialInfos {
				e.Note("%s %v %d", u.User, c.Mechanism, c.Iterations)
			}
		}
		e.Broker.Fail(51, code)
		changed, err := a.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{{
			Name: "u", Mechanism: sarama.SCRAM_MECHANISM_SHA_256, Iterations: 4096, Salt: []byte("salt"), Password: []byte("secret"),
		}})
		e.Err("upsert", err)
		e.Broker.Fail(51, code)
		deleted, err := a.DeleteUserScramCredentials([]sarama.AlterUserScramCredentialsDelete{{Name: "u", Mechanism: sarama.SCRAM_MECHANISM_SHA_256}})
		e.Err("delete", err)
		for _, u := range append(changed, deleted...) {
			e.Note("%s %v %s", u.User, u.ErrorCode, text(u.ErrorMessage))
		}
	}
}

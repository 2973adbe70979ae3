package script

import (
	"net"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// administration are the answers to what a ClusterAdmin asks for.
func (b *Broker) administration() map[int16]func(kmsg.Request) kmsg.Response {
	return map[int16]func(kmsg.Request) kmsg.Response{
		15: b.describeGroups, 16: b.listGroups, 21: b.deleteRecords, 29: b.describeACLs, 30: b.createACLs, 31: b.deleteACLs,
		32: b.describeConfigs, 33: b.alterConfigs, 35: b.logDirs, 37: b.createPartitions, 43: b.electLeaders,
		44: b.alterConfigsInSteps, 45: b.reassign, 46: b.reassignments, 47: b.deleteOffsets, 48: b.describeQuotas,
		49: b.alterQuotas, 50: b.describeSCRAM, 51: b.alterSCRAM, 60: b.describeCluster,
	}
}

// said is a code with what the broker says of it.
func (b *Broker) said(key int16) (int16, *string) {
	if code := b.code(key); code != 0 {
		return code, kmsg.StringPtr("as the script has it")
	}
	return 0, nil
}

func (b *Broker) describeGroups(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeGroupsResponse)
	for _, name := range r.(*kmsg.DescribeGroupsRequest).Groups {
		g, m := kmsg.NewDescribeGroupsResponseGroup(), kmsg.NewDescribeGroupsResponseGroupMember()
		m.MemberID, m.InstanceID, m.ClientID, m.ClientHost = "m", kmsg.StringPtr("i"), "c", "/h"
		g.ErrorCode, g.Group, g.State, g.ProtocolType, g.Protocol = b.code(15), name, "Stable", "consumer", "range"
		g.Members = append(g.Members, m)
		res.Groups = append(res.Groups, g)
	}
	return res
}

func (b *Broker) listGroups(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.ListGroupsResponse)
	res.ErrorCode = b.code(16)
	for _, name := range []string{"g", "h"} {
		g := kmsg.NewListGroupsResponseGroup()
		g.Group, g.ProtocolType = name, "consumer"
		res.Groups = append(res.Groups, g)
	}
	return res
}

func (b *Broker) deleteRecords(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DeleteRecordsResponse)
	for _, t := range r.(*kmsg.DeleteRecordsRequest).Topics {
		rt := kmsg.NewDeleteRecordsResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewDeleteRecordsResponseTopicPartition()
			rp.Partition, rp.LowWatermark, rp.ErrorCode = p.Partition, p.Offset, b.code(21)
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) describeACLs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeACLsResponse)
	res.ErrorCode, res.ErrorMessage = b.said(29)
	resource, acl := kmsg.NewDescribeACLsResponseResource(), kmsg.NewDescribeACLsResponseResourceACL()
	resource.ResourceType, resource.ResourceName, resource.ResourcePatternType = 2, Topic, 3
	acl.Principal, acl.Host, acl.Operation, acl.PermissionType = "User:u", "*", 3, 3
	resource.ACLs = append(resource.ACLs, acl)
	res.Resources = append(res.Resources, resource)
	return res
}

func (b *Broker) createACLs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.CreateACLsResponse)
	for range r.(*kmsg.CreateACLsRequest).Creations {
		result := kmsg.NewCreateACLsResponseResult()
		result.ErrorCode, result.ErrorMessage = b.said(30)
		res.Results = append(res.Results, result)
	}
	return res
}

func (b *Broker) deleteACLs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DeleteACLsResponse)
	for range r.(*kmsg.DeleteACLsRequest).Filters {
		result, match := kmsg.NewDeleteACLsResponseResult(), kmsg.NewDeleteACLsResponseResultMatchingACL()
		result.ErrorCode, result.ErrorMessage = b.said(31)
		match.ResourceType, match.ResourceName, match.ResourcePatternType = 2, Topic, 3
		match.Principal, match.Host, match.Operation, match.PermissionType = "User:u", "*", 3, 3
		result.MatchingACLs = append(result.MatchingACLs, match)
		res.Results = append(res.Results, result)
	}
	return res
}

func (b *Broker) describeConfigs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for _, asked := range r.(*kmsg.DescribeConfigsRequest).Resources {
		resource := kmsg.NewDescribeConfigsResponseResource()
		resource.ResourceType, resource.ResourceName = asked.ResourceType, asked.ResourceName
		if resource.ErrorCode, resource.ErrorMessage = b.said(32); resource.ErrorCode == 0 {
			for i, name := range []string{"retention.ms", "cleanup.policy"} {
				c, synonym := kmsg.NewDescribeConfigsResponseResourceConfig(), kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
				c.Name, c.Value, c.IsDefault, c.Source, c.ReadOnly = name, kmsg.StringPtr("1000"), i == 1, kmsg.ConfigSource(1+4*i), i == 1
				synonym.Name, synonym.Value, synonym.Source = "log."+name, kmsg.StringPtr("2000"), 5
				c.ConfigSynonyms = append(c.ConfigSynonyms, synonym)
				resource.Configs = append(resource.Configs, c)
			}
		}
		res.Resources = append(res.Resources, resource)
	}
	return res
}

func (b *Broker) alterConfigs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.AlterConfigsResponse)
	for _, asked := range r.(*kmsg.AlterConfigsRequest).Resources {
		resource := kmsg.NewAlterConfigsResponseResource()
		resource.ResourceType, resource.ResourceName = asked.ResourceType, asked.ResourceName
		resource.ErrorCode, resource.ErrorMessage = b.said(33)
		res.Resources = append(res.Resources, resource)
	}
	return res
}

func (b *Broker) alterConfigsInSteps(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
	for _, asked := range r.(*kmsg.IncrementalAlterConfigsRequest).Resources {
		resource := kmsg.NewIncrementalAlterConfigsResponseResource()
		resource.ResourceType, resource.ResourceName = asked.ResourceType, asked.ResourceName
		resource.ErrorCode, resource.ErrorMessage = b.said(44)
		res.Resources = append(res.Resources, resource)
	}
	return res
}

func (b *Broker) logDirs(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	dir, t, p := kmsg.NewDescribeLogDirsResponseDir(), kmsg.NewDescribeLogDirsResponseDirTopic(), kmsg.NewDescribeLogDirsResponseDirTopicPartition()
	p.Size, p.OffsetLag = 100, 1
	t.Topic, t.Partitions = Topic, append(t.Partitions, p)
	dir.ErrorCode, dir.Dir, dir.Topics = b.code(35), "/logs", append(dir.Topics, t)
	res.Dirs = append(res.Dirs, dir)
	return res
}

func (b *Broker) createPartitions(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.CreatePartitionsResponse)
	for _, t := range r.(*kmsg.CreatePartitionsRequest).Topics {
		rt := kmsg.NewCreatePartitionsResponseTopic()
		rt.Topic = t.Topic
		rt.ErrorCode, rt.ErrorMessage = b.said(37)
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) electLeaders(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.ElectLeadersResponse)
	for _, t := range r.(*kmsg.ElectLeadersRequest).Topics {
		rt := kmsg.NewElectLeadersResponseTopic()
		rt.Topic = t.Topic
		for _, partition := range t.Partitions {
			p := kmsg.NewElectLeadersResponseTopicPartition()
			p.Partition = partition
			p.ErrorCode, p.ErrorMessage = b.said(43)
			rt.Partitions = append(rt.Partitions, p)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) reassign(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
	for _, t := range r.(*kmsg.AlterPartitionAssignmentsRequest).Topics {
		rt := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		rt.Topic = t.Topic
		for _, asked := range t.Partitions {
			p := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			p.Partition = asked.Partition
			p.ErrorCode, p.ErrorMessage = b.said(45)
			rt.Partitions = append(rt.Partitions, p)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) reassignments(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.ListPartitionReassignmentsResponse)
	t, p := kmsg.NewListPartitionReassignmentsResponseTopic(), kmsg.NewListPartitionReassignmentsResponseTopicPartition()
	p.Replicas, p.AddingReplicas, p.RemovingReplicas = []int32{1, 2}, []int32{2}, []int32{1}
	t.Topic, t.Partitions = Topic, append(t.Partitions, p)
	res.Topics = append(res.Topics, t)
	return res
}

func (b *Broker) deleteOffsets(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.OffsetDeleteResponse)
	for _, t := range r.(*kmsg.OffsetDeleteRequest).Topics {
		rt := kmsg.NewOffsetDeleteResponseTopic()
		rt.Topic = t.Topic
		for _, asked := range t.Partitions {
			p := kmsg.NewOffsetDeleteResponseTopicPartition()
			p.Partition, p.ErrorCode = asked.Partition, b.code(47)
			rt.Partitions = append(rt.Partitions, p)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) describeQuotas(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeClientQuotasResponse)
	res.ErrorCode, res.ErrorMessage = b.said(48)
	entry, entity, value := kmsg.NewDescribeClientQuotasResponseEntry(), kmsg.NewDescribeClientQuotasResponseEntryEntity(),
		kmsg.NewDescribeClientQuotasResponseEntryValue()
	entity.Type, entity.Name, value.Key, value.Value = "user", kmsg.StringPtr("u"), "producer_byte_rate", 1000
	entry.Entity, entry.Values = append(entry.Entity, entity), append(entry.Values, value)
	res.Entries = append(res.Entries, entry)
	return res
}

func (b *Broker) alterQuotas(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.AlterClientQuotasResponse)
	for range r.(*kmsg.AlterClientQuotasRequest).Entries {
		entry := kmsg.NewAlterClientQuotasResponseEntry()
		entry.ErrorCode, entry.ErrorMessage = b.said(49)
		res.Entries = append(res.Entries, entry)
	}
	return res
}

func (b *Broker) describeSCRAM(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeUserSCRAMCredentialsResponse)
	res.ErrorCode, res.ErrorMessage = b.said(50)
	result, info := kmsg.NewDescribeUserSCRAMCredentialsResponseResult(), kmsg.NewDescribeUserSCRAMCredentialsResponseResultCredentialInfo()
	info.Mechanism, info.Iterations = 1, 4096
	result.User, result.CredentialInfos = "u", append(result.CredentialInfos, info)
	res.Results = append(res.Results, result)
	return res
}

func (b *Broker) alterSCRAM(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.AlterUserSCRAMCredentialsResponse)
	result := kmsg.NewAlterUserSCRAMCredentialsResponseResult()
	result.User = "u"
	result.ErrorCode, result.ErrorMessage = b.said(51)
	res.Results = append(res.Results, result)
	return res
}

func (b *Broker) describeCluster(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.DescribeClusterResponse)
	res.ErrorCode, res.ErrorMessage = b.said(60)
	host, port, _ := net.SplitHostPort(b.listener.Addr().String())
	number, _ := strconv.Atoi(port)
	broker := kmsg.NewDescribeClusterResponseBroker()
	broker.NodeID, broker.Host, broker.Port, broker.Rack = 1, host, int32(number), kmsg.StringPtr("r")
	res.ClusterID, res.ControllerID, res.Brokers = "c", 1, append(res.Brokers, broker)
	return res
}

package script

import (
	"maps"
	"net"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func (b *Broker) defaults() map[int16]func(kmsg.Request) kmsg.Response {
	all := map[int16]func(kmsg.Request) kmsg.Response{
		0: b.produce, 1: b.fetch, 2: b.listOffsets, 3: b.metadata, 8: b.offsetCommit, 9: b.offsetFetch, 10: b.findCoordinator,
		11: b.joinGroup, 12: b.plain, 13: b.plain, 14: b.syncGroup, 17: b.handshake, 36: b.authenticate, 18: b.apiVersions, 19: b.createTopics, 20: b.deleteTopics,
		22: b.initProducerID, 24: b.addPartitions, 25: b.plain, 26: b.plain, 28: b.txnOffsetCommit, 42: b.deleteGroups,
	}
	maps.Copy(all, b.administration())
	return all
}

func (b *Broker) address() (string, int32) {
	a := b.listener.Addr().(*net.TCPAddr)
	return a.IP.String(), int32(a.Port)
}

func (b *Broker) apiVersions(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.ApiVersionsResponse)
	for key := range b.replies {
		k := kmsg.NewApiVersionsResponseApiKey()
		k.ApiKey, k.MaxVersion = key, kmsg.RequestForKey(key).MaxVersion()
		if v, ok := highest[key]; ok {
			k.MaxVersion = v
		}
		if key == 18 {
			k.MaxVersion = 3
		}
		res.ApiKeys = append(res.ApiKeys, k)
	}
	return res
}

func (b *Broker) handshake(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
	res.ErrorCode, res.SupportedMechanisms = b.code(17), []string{"PLAIN", "SCRAM-SHA-256"}
	return res
}

// authenticate takes whatever it gets, and challenges it.
func (b *Broker) authenticate(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
	res.SASLAuthBytes = []byte("challenge")
	if res.ErrorCode = b.code(36); res.ErrorCode != 0 {
		res.ErrorMessage = kmsg.StringPtr("as the script has it")
	}
	return res
}

func (b *Broker) metadata(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.MetadataRequest), r.ResponseKind().(*kmsg.MetadataResponse)
	broker := kmsg.NewMetadataResponseBroker()
	broker.NodeID = 1
	broker.Host, broker.Port = b.address()
	res.Brokers, res.ControllerID = append(res.Brokers, broker), 1
	names := []string{Topic}
	if len(req.Topics) > 0 {
		names = nil
		for _, t := range req.Topics {
			names = append(names, *t.Topic)
		}
	}
	for _, name := range names {
		t, p := kmsg.NewMetadataResponseTopic(), kmsg.NewMetadataResponseTopicPartition()
		t.Topic = kmsg.StringPtr(name)
		p.Leader, p.Replicas, p.ISR = 1, []int32{1}, []int32{1}
		switch name {
		case Topic:
			t.Partitions = append(t.Partitions, p)
		case "leaderless":
			p.Leader, p.ErrorCode = -1, 5
			t.Partitions = append(t.Partitions, p)
		case "refused":
			t.ErrorCode = 29
		case "illegal":
			t.ErrorCode = 17
		default:
			t.ErrorCode = 3
		}
		res.Topics = append(res.Topics, t)
	}
	return res
}

func (b *Broker) produce(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.ProduceRequest), r.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewProduceResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.BaseOffset = p.Partition, b.code(0), -1
			if rp.ErrorCode == 0 {
				rp.BaseOffset = b.appendBatch(p.Records)
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) fetch(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.FetchRequest), r.ResponseKind().(*kmsg.FetchResponse)
	empty := true
	for _, t := range req.Topics {
		rt := kmsg.NewFetchResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewFetchResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, b.code(1)
			rp.RecordBatches, rp.HighWatermark = b.from(p.FetchOffset)
			rp.LastStableOffset = rp.HighWatermark
			if rp.ErrorCode != 0 {
				rp.RecordBatches = []byte{}
			}
			empty = empty && len(rp.RecordBatches) == 0 && rp.ErrorCode == 0
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	if empty {
		b.pause()
	} else {
		b.keep(1, req.Version, text(req, nil))
	}
	return res
}

func (b *Broker) listOffsets(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.ListOffsetsRequest), r.ResponseKind().(*kmsg.ListOffsetsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewListOffsetsResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewListOffsetsResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.Offset = p.Partition, b.code(2), 0
			if p.Timestamp == -1 {
				_, rp.Offset = b.from(0)
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) findCoordinator(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.FindCoordinatorResponse)
	res.ErrorCode, res.NodeID = b.code(10), 1
	res.Host, res.Port = b.address()
	return res
}

func (b *Broker) joinGroup(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.JoinGroupRequest), r.ResponseKind().(*kmsg.JoinGroupResponse)
	res.ErrorCode, res.MemberID = b.code(11), req.MemberID
	if res.MemberID == "" {
		b.mu.Lock()
		b.member++
		res.MemberID = "member-" + strconv.Itoa(b.member)
		b.mu.Unlock()
		if req.Version >= 4 {
			res.ErrorCode = 79 // MEMBER_ID_REQUIRED
		}
	}
	res.Generation, res.LeaderID = 1, res.MemberID
	res.Protocol = kmsg.StringPtr(req.Protocols[0].Name)
	m := kmsg.NewJoinGroupResponseMember()
	m.MemberID, m.ProtocolMetadata = res.MemberID, req.Protocols[0].Metadata
	res.Members = append(res.Members, m)
	return res
}

func (b *Broker) syncGroup(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.SyncGroupRequest), r.ResponseKind().(*kmsg.SyncGroupResponse)
	res.ErrorCode = b.code(14)
	for _, a := range req.GroupAssignment {
		res.MemberAssignment = a.MemberAssignment
	}
	return res
}

// plain answers what has one code and nothing more.
func (b *Broker) plain(r kmsg.Request) kmsg.Response {
	code := b.code(r.Key())
	switch res := r.ResponseKind().(type) {
	case *kmsg.HeartbeatResponse:
		res.ErrorCode = code
		return res
	case *kmsg.LeaveGroupResponse:
		res.ErrorCode = code
		for _, m := range r.(*kmsg.LeaveGroupRequest).Members {
			rm := kmsg.NewLeaveGroupResponseMember()
			rm.MemberID, rm.InstanceID = m.MemberID, m.InstanceID
			res.Members = append(res.Members, rm)
		}
		return res
	case *kmsg.AddOffsetsToTxnResponse:
		res.ErrorCode = code
		return res
	case *kmsg.EndTxnResponse:
		res.ErrorCode = code
		return res
	default:
		return res
	}
}

func (b *Broker) offsetCommit(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.OffsetCommitRequest), r.ResponseKind().(*kmsg.OffsetCommitResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewOffsetCommitResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, b.code(8)
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) offsetFetch(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.OffsetFetchRequest), r.ResponseKind().(*kmsg.OffsetFetchResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetFetchResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewOffsetFetchResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.Offset, rp.Metadata = p, b.code(9), -1, kmsg.StringPtr("")
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) createTopics(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.CreateTopicsRequest), r.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreateTopicsResponseTopic()
		rt.Topic, rt.ErrorCode = t.Topic, b.code(19)
		if rt.ErrorCode != 0 {
			rt.ErrorMessage = kmsg.StringPtr("as the script has it")
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) deleteTopics(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.DeleteTopicsRequest), r.ResponseKind().(*kmsg.DeleteTopicsResponse)
	for _, t := range req.TopicNames {
		rt := kmsg.NewDeleteTopicsResponseTopic()
		rt.Topic, rt.ErrorCode = kmsg.StringPtr(t), b.code(20)
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) deleteGroups(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.DeleteGroupsRequest), r.ResponseKind().(*kmsg.DeleteGroupsResponse)
	for _, g := range req.Groups {
		rg := kmsg.NewDeleteGroupsResponseGroup()
		rg.Group, rg.ErrorCode = g, b.code(42)
		res.Groups = append(res.Groups, rg)
	}
	return res
}

func (b *Broker) initProducerID(r kmsg.Request) kmsg.Response {
	res := r.ResponseKind().(*kmsg.InitProducerIDResponse)
	res.ErrorCode, res.ProducerID, res.ProducerEpoch = b.code(22), 4000, 0
	return res
}

func (b *Broker) addPartitions(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.AddPartitionsToTxnRequest), r.ResponseKind().(*kmsg.AddPartitionsToTxnResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewAddPartitionsToTxnResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewAddPartitionsToTxnResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p, b.code(24)
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (b *Broker) txnOffsetCommit(r kmsg.Request) kmsg.Response {
	req, res := r.(*kmsg.TxnOffsetCommitRequest), r.ResponseKind().(*kmsg.TxnOffsetCommitResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewTxnOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewTxnOffsetCommitResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, b.code(28)
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

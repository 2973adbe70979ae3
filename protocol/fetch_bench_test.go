package protocol

import "testing"

// BenchmarkUnmarshalOpaqueFetch reads a response of 100 partitions in 10 topics, as each fetch of a consumer does.
func BenchmarkUnmarshalOpaqueFetch(b *testing.B) {
	for _, version := range []int16{11, 12, 17} {
		b.Run("v"+string(rune('0'+version/10))+string(rune('0'+version%10)), func(b *testing.B) {
			in := &FetchResponse{Version: version}
			for i := range 100 {
				f := FetchedBlock{Partition: int32(i), Block: &FetchResponseBlock{PreferredReadReplica: -1}, Records: make([]byte, 1000)}
				if version >= fetchTopicIDs {
					f.TopicID = Uuid{byte(i / 10)}
				} else {
					f.Topic = "topic-" + string(rune('0'+i/10))
				}
				in.fetched = append(in.fetched, f)
			}
			body, err := Marshal(in)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				r := FetchResponse{Version: version}
				if err := UnmarshalOpaque(body, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

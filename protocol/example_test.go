package protocol_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama/protocol"
)

// What a client and a broker of Kafka 4.3 said to each other, as it was captured.
const (
	capturedRequest = "\x00\x00\x00\\" + // size: 92 bytes follow
		"\x00\x01\x00\f\x00\x00\x00\x03" + "\x00\aexample\x00" + // API 1 (Fetch), version 12, correlation id 3, client id
		"\xff\xff\xff\xff\x00\x00\x00d\x00\x00\x00\x01\x00\x10\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff" +
		"\x02\ngreetings\x02\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x01\x01\x00"
	capturedResponse = "\x00\x00\x00\xa8" + // size: 168 bytes follow
		"\x00\x00\x00\x03\x00" + // correlation id 3, no tagged fields
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\ngreetings\x02\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\xff\xff\xff\xffg" + // 102 bytes of records
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00Z\x00\x00\x00\x00\x02\xd9!\x82\x87\x00\x00\x00\x00\x00\x01" +
		"\x00\x00\x01\x9bv\xda\xa8\x00\x00\x00\x01\x9bv\xda\xa8\x01" +
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x02" +
		"\x1a\x00\x00\x00\x04en\nhello\x00" + "4\x00\x02\x02\x04fr\x0ebonjour\x02\fpolite\x06yes" +
		"\x00\x00\x00"
)

// Decode a request and its response that were captured on a connection, down to the records.
func Example() {
	header, body, err := protocol.CutRequestHeader([]byte(capturedRequest[4:]))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s v%d, correlation id %d, of %q\n",
		protocol.Name(header.Key), header.Version, header.CorrelationID, *header.ClientID)
	request, err := protocol.NewRequest(header.Key, header.Version)
	if err != nil {
		log.Fatal(err)
	}
	if err := protocol.Unmarshal(body, request); err != nil {
		log.Fatal(err)
	}
	for _, p := range protocol.RequestedPartitions(request.(*protocol.FetchRequest)) {
		fmt.Printf("asks for %s/%d from offset %d on\n", p.Topic, p.Partition, p.Offset)
	}

	// The answer does not say what it is of: the correlation id leads to the request.
	frame := []byte(capturedResponse)
	fmt.Printf("the answer to %d\n", binary.BigEndian.Uint32(frame[4:]))
	body, err = protocol.CutResponseHeader(frame[8:], header.Key, header.Version)
	if err != nil {
		log.Fatal(err)
	}
	response := &protocol.FetchResponse{Version: header.Version}
	if err := protocol.UnmarshalOpaque(body, response); err != nil { // the records stay where they are
		log.Fatal(err)
	}
	for _, b := range protocol.FetchedBlocks(response) {
		fmt.Printf("%s/%d: high watermark %d, %d bytes of records\n",
			b.Topic, b.Partition, b.Block.HighWaterMarkOffset, len(b.Records))
		printRecords(b.Records)
	}
	// Output:
	// Fetch v12, correlation id 3, of "example"
	// asks for greetings/0 from offset 0 on
	// the answer to 3
	// greetings/0: high watermark 2, 102 bytes of records
	// 2 records, compression none, at 1767225600000 ms
	// offset 0: en = hello
	// offset 1: fr = bonjour
	//   polite = yes
}

func printRecords(data []byte) {
	var batches protocol.BatchReader
	for batches.Reset(data); batches.Next(); {
		if err := batches.VerifyCRC(); err != nil {
			log.Fatal(err)
		}
		h := batches.Header
		fmt.Printf("%d records, compression %v, at %d ms\n", h.NumRecords, h.Codec(), h.FirstTimestamp)
		for rest := batches.Records(); len(rest) > 0; {
			var record protocol.RecordView
			var err error
			if rest, err = protocol.ReadRecord(rest, &record); err != nil {
				log.Fatal(err)
			}
			fmt.Printf("offset %d: %s = %s\n", h.BaseOffset+record.OffsetDelta, record.Key, record.Value)
			headers, err := record.AppendHeaders(nil)
			if err != nil {
				log.Fatal(err)
			}
			for _, header := range headers {
				fmt.Printf("  %s = %s\n", header.Key, header.Value)
			}
		}
	}
	if err := batches.Err(); err != nil {
		log.Fatal(err)
	}
}

// Build the frame of a request by hand, as a client sends it.
func ExampleAppendRequest() {
	frame, err := protocol.AppendRequest(nil, &protocol.HeartbeatRequest{
		Version: 4, GroupId: "group", GenerationId: 7, MemberId: "member",
	}, 1, "client")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n% x\n", frame[:20], frame[20:])
	// Output:
	// 00 00 00 24 00 0c 00 04 00 00 00 01 00 06 63 6c 69 65 6e 74
	// 00 06 67 72 6f 75 70 00 00 00 07 07 6d 65 6d 62 65 72 00 00
}

// List the APIs whose layout has changed most often.
func ExampleAPIs() {
	for _, api := range protocol.APIs() {
		if api.MaxVersion-api.MinVersion >= 13 {
			fmt.Printf("%s: versions %d to %d, flexible from %d on\n",
				api.Name, api.MinVersion, api.MaxVersion, api.FlexibleVersion)
		}
	}
	// Output:
	// Produce: versions 0 to 13, flexible from 9 on
	// Fetch: versions 0 to 18, flexible from 12 on
	// Metadata: versions 0 to 13, flexible from 9 on
}

// A response's error codes are errors.
func ExampleUnmarshal() {
	response := &protocol.HeartbeatResponse{Version: 4}
	if err := protocol.Unmarshal([]byte("\x00\x00\x00\x00\x00\x1b\x00"), response); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Err == protocol.ErrRebalanceInProgress)

	err := protocol.Unmarshal([]byte("\x00\x00"), response)
	fmt.Println(errors.Is(err, protocol.ErrInsufficientData))
	// Output:
	// true
	// true
}

// Package protocol has the messages of Kafka's protocol: requests and responses, at every version that a broker of
// Kafka 0.8 to 4.4 serves to clients and tools, and the records that they carry. It opens no connection and starts no
// goroutine. A proxy, a test that plays the broker or a tool that looks at captured bytes can use it alone.
//
// # Frames
//
// A client and a broker speak over TCP. What one sends is a frame: four bytes of size, then a header, then a body.
// All numbers are big-endian. The client asks and the broker answers, in the order of the requests of a connection; a
// request to produce with [NoResponse] is the only one without an answer.
//
// A request's header names the API by its key (such as [KeyFetch]), the version of the body's layout, a correlation
// id that the answer repeats, and the client's id. A response's header has the correlation id only: the reader must
// remember what was asked, and at which version.
//
//	request:   size  key  version  correlation id  client id  [tagged fields]  body
//	response:  size  correlation id  [tagged fields]  body
//
// [AppendRequest] makes the whole frame of a request. [CutRequestHeader] takes one apart that was read. For responses
// there are [AppendResponseHeader] and [CutResponseHeader], whose input starts behind the correlation id.
//
// # APIs and versions
//
// An API is a request and its response under one key. [APIs] lists those that this package knows. Each has versions,
// from 0 on; every change of layout is a new one, and request and response share the number. A broker serves a range
// of versions of each API: a client asks for the ranges with [ApiVersionsRequest] and then uses the highest version
// that both know. Kafka 4.0 dropped many old versions (KIP-896), so that no version of some APIs works with all
// brokers. [MaxVersionFor] tells what brokers of a Kafka version serve, for clients that do not ask.
//
// Here a message is a struct with room for its fields at all versions; the comment beside a field names the version
// that brought it, and methods fill what is kept in another shape. The field Version selects the layout: fields that
// it lacks are neither written nor read. [NewRequest] and [NewResponse] make an empty message by key and version; a
// struct literal does as well.
//
// # Bodies
//
// [Marshal] and [Unmarshal] write and read a body. They need the version and no more:
//
//	request := &protocol.HeartbeatRequest{Version: 4, GroupId: "g", GenerationId: 7, MemberId: "m"}
//	body, err := protocol.Marshal(request)
//
// Unmarshal reads a whole body: one that ends early and one with bytes left over are both errors, which wrap
// [ErrInsufficientData] and [PacketDecodingError]. No length is believed beyond the bytes that are there, and no
// input panics: it may come from anyone. What is read is copied, record data aside.
//
// Layouts are made of few types: numbers of fixed size, strings and bytes with a length in front, UUIDs, and arrays
// with a count in front. Most of them may be null where the layout says so, as nil here; where a plain string or a
// slice stands for a field that may be null, the comment tells how null reads.
//
// # Flexible versions and tagged fields
//
// Each API has a first flexible version (KIP-482, [API].FlexibleVersion). From there on, lengths are varints and each
// struct ends with tagged fields: number, size and value, for fields that are seldom set or that were added without a
// new version. A reader skips the numbers that it does not know. Structs here keep them in UnknownTags and write them
// again, so that a message can be passed on without loss. Headers end with tagged fields where bodies are flexible,
// but for the response to ApiVersions: it must be readable before the versions are known (KIP-511).
//
// # Errors
//
// Responses carry error codes, as [KError]: for the whole, for a topic or for a partition. Code 0 is [ErrNoError].
//
// # Records
//
// Produce and Fetch, and ShareFetch of share groups, carry records as bytes within the message: batches, each
// compressed as a whole. Since Kafka 0.11 that is format v2, a header of 61 bytes and then records of varints
// (KIP-98); brokers before, and old versions of the two APIs, use message sets. A fetched partition may end within a
// batch, since brokers cut at the limit of bytes.
//
// [Unmarshal] decodes all records. [UnmarshalOpaque] leaves them where they are, for a caller that decodes later or
// passes them on: [FetchedBlocks] has the data of each partition then, [BatchReader] goes from batch to batch, and
// [ReadRecord] from record to record, none of which copies.
//
// Control batches hold no data of applications: [ReadControlRecord] reads the end of a transaction, and
// [UnmarshalQuorumRecord] what KRaft writes to its log and its snapshots.
package protocol

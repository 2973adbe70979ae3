import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.record.TimestampType;

/** Record batches (format 2), as the classes of the Java client write them. */
class Batches {
    static final long AT = 1_700_000_000_123L;

    public static void main(String[] args) {
        for (CompressionType type : CompressionType.values()) {
            ByteBuffer buffer = ByteBuffer.allocate(1024);
            MemoryRecordsBuilder b = new MemoryRecordsBuilder(buffer, RecordBatch.MAGIC_VALUE_V2, Compression.of(type).build(),
                TimestampType.CREATE_TIME, 7, RecordBatch.NO_TIMESTAMP, 1L << 40, (short) 5, 99, true, false, 3, buffer.capacity());
            b.appendWithOffset(7, AT, bytes("k"), bytes("v"),
                new Header[] {new RecordHeader("h", null), new RecordHeader("", bytes("x"))});
            b.appendWithOffset(8, AT + 1000, null, bytes(""), new Header[0]);
            print("v2-" + type.name, b.build());
        }
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            print(type.name().toLowerCase(), MemoryRecords.withEndTransactionMarker(7, AT, 3, 1L << 40, (short) 5,
                new EndTransactionMarker(type, 11)));
        }
        print("leader_change", MemoryRecords.withLeaderChangeMessage(7, AT, 3, ByteBuffer.allocate(512),
            new LeaderChangeMessage().setVersion((short) 0).setLeaderId(2)
                .setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(2), new LeaderChangeMessage.Voter().setVoterId(3)))
                .setGrantingVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(2)))));
        print("snapshot_header", MemoryRecords.withSnapshotHeaderRecord(7, AT, 3, ByteBuffer.allocate(512),
            new SnapshotHeaderRecord().setVersion((short) 0).setLastContainedLogTimestamp(AT)));
        print("snapshot_footer", MemoryRecords.withSnapshotFooterRecord(7, AT, 3, ByteBuffer.allocate(512),
            new SnapshotFooterRecord().setVersion((short) 0)));
        print("kraft_version", MemoryRecords.withKRaftVersionRecord(7, AT, 3, ByteBuffer.allocate(512),
            new KRaftVersionRecord().setVersion((short) 0).setKRaftVersion((short) 1)));
        VotersRecord.EndpointCollection endpoints = new VotersRecord.EndpointCollection();
        endpoints.add(new VotersRecord.Endpoint().setName("CONTROLLER").setHost("host").setPort(9093));
        print("voters", MemoryRecords.withVotersRecord(7, AT, 3, ByteBuffer.allocate(512),
            new VotersRecord().setVersion((short) 0).setVoters(List.of(new VotersRecord.Voter().setVoterId(2)
                .setVoterDirectoryId(new Uuid(1, 2)).setEndpoints(endpoints)
                .setKRaftVersionFeature(new VotersRecord.KRaftVersionFeature().setMinSupportedVersion((short) 0)
                    .setMaxSupportedVersion((short) 1))))));
    }

    static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    static void print(String name, MemoryRecords records) {
        ByteBuffer b = records.buffer().duplicate();
        byte[] all = new byte[b.remaining()];
        b.get(all);
        System.out.println(name + " " + HexFormat.of().formatHex(all));
    }
}

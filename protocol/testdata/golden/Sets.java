import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.TimestampType;

/** Message sets (formats 0 and 1), as the classes of the Java client before 0.11 write them. */
class Sets {
    static final long AT = 1_700_000_000_123L;

    public static void main(String[] args) {
        for (byte magic = 0; magic <= 1; magic++) {
            for (CompressionType type : CompressionType.values()) {
                ByteBuffer buffer = ByteBuffer.allocate(1024);
                MemoryRecordsBuilder b = MemoryRecords.builder(buffer, magic, type, TimestampType.CREATE_TIME, 10);
                for (int i = 0; i < 3; i++) {
                    b.append(AT, "key".getBytes(StandardCharsets.UTF_8), ("value" + i).getBytes(StandardCharsets.UTF_8));
                }
                ByteBuffer out = b.build().buffer().duplicate();
                byte[] all = new byte[out.remaining()];
                out.get(all);
                System.out.println("v" + magic + "-" + type.name + " " + HexFormat.of().formatHex(all));
            }
        }
    }
}

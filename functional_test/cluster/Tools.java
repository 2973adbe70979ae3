import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/** Runs several of Kafka's tools in one JVM: CLASS ARG... ";" CLASS ARG... Each one's output begins with a line "@@ CODE". */
public class Tools {
    static final class Ended extends RuntimeException {
        Ended() {
            super(null, null, false, false);
        }
    }

    static Integer code;

    public static void main(String[] args) throws Exception {
        PrintStream real = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream captured = new PrintStream(said, true); // one for all, since Scala keeps the first that it sees
        System.setOut(captured);
        System.setErr(captured);
        Exit.Procedure end = (status, message) -> {
            if (code == null) {
                code = status;
            }
            throw new Ended();
        };
        Exit.setExitProcedure(end);
        Exit.setHaltProcedure(end);
        List<String> call = new ArrayList<>(List.of(args));
        call.add(";");
        int from = 0;
        for (int i = 0; i < call.size(); i++) {
            if (!call.get(i).equals(";")) {
                continue;
            }
            code = null;
            said.reset();
            run(call.get(from), call.subList(from + 1, i).toArray(String[]::new));
            captured.flush();
            real.printf("@@ %d%n%s%n", code == null ? 0 : code, said);
            from = i + 1;
        }
        real.flush();
        Runtime.getRuntime().halt(0);
    }

    static void run(String name, String[] args) {
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (ReflectiveOperationException e) {
            if (code == null) {
                code = 99;
                (e.getCause() == null ? e : e.getCause()).printStackTrace();
            }
        }
    }
}

import java.io.File;
import java.util.Arrays;
import org.apache.kerby.kerberos.kerb.client.KrbClient;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;

/** A Kerberos key distribution centre: folder, port, realm, then principals, each with =PASSWORD or with a keytab. */
public class Kdc {
    public static void main(String[] args) throws Exception {
        File dir = new File(args[0]);
        SimpleKdcServer kdc = new SimpleKdcServer();
        kdc.setWorkDir(dir);
        kdc.setKdcRealm(args[2]);
        kdc.setKdcHost("localhost");
        kdc.setAllowUdp(false);
        kdc.setKdcTcpPort(Integer.parseInt(args[1]));
        kdc.init();
        kdc.start();
        KrbClient client = kdc.getKrbClient();
        for (String principal : Arrays.copyOfRange(args, 3, args.length)) {
            int password = principal.indexOf('=');
            if (password >= 0) {
                kdc.createPrincipal(principal.substring(0, password), principal.substring(password + 1));
                continue;
            }
            String file = principal.replaceAll("/.*", "");
            File keytab = new File(dir, file + ".keytab");
            kdc.createAndExportPrincipals(keytab, principal);
            client.storeTicket(client.requestTgt(principal + "@" + args[2], keytab), new File(dir, file + ".ccache"));
        }
        System.out.println("The KDC is ready");
        System.in.read();
    }
}
